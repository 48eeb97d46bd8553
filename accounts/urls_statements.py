"""Addresses of the employer's statements. accounts/urls.py takes them in."""

from django.urls import path

from accounts.views import statements

urlpatterns = [
    path("statements/", statements.statement_list, name="statements"),
    path("statements/new/", statements.new, name="statement_new"),
    path("statements/new/columns/", statements.columns, name="statement_columns"),
    path("statements/new/cancel/", statements.cancel, name="statement_cancel"),
    path("statements/<int:pk>/", statements.detail, name="statement"),
    path("statements/<int:pk>/rate/", statements.rate, name="statement_rate"),
    path("statements/<int:pk>/match/", statements.match, name="statement_match"),
    path("statements/<int:pk>/ask/", statements.ask, name="statement_ask"),
    path("statements/<int:pk>/letter/", statements.letter, name="statement_letter"),
    path("statements/<int:pk>/lines.csv", statements.as_csv, name="statement_csv"),
    path("statements/<int:pk>/delete/", statements.delete, name="statement_delete"),
    path("statements/<int:pk>/lines/<int:line>/", statements.line, name="statement_line"),
    path("statements/<int:pk>/lines/<int:line>/log/", statements.log, name="statement_log"),
    path("statements/<int:pk>/<slug:slug>/", statements.section, name="statement_section"),
]
