"""Addresses of the dashboard and of what residents have to reach."""

from django.urls import path

from accounts.views import dashboard

urlpatterns = [
    path("dashboard/", dashboard.overview, name="dashboard"),
    path("dashboard/<slug:slug>.csv", dashboard.table, name="dashboard_table"),
    path("dashboard/<int:year>-<int:month>/", dashboard.month_report, name="month_report"),
    path("dashboard/minimums/", dashboard.minimum_list, name="minimums"),
    path("dashboard/minimums/add/", dashboard.minimum_add, name="minimum_add"),
    path("dashboard/minimums/<int:pk>/", dashboard.minimum_change, name="minimum_change"),
    path("dashboard/minimums/<int:pk>/delete/", dashboard.minimum_delete, name="minimum_delete"),
]
