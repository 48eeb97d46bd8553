"""Addresses for the tests of middleware and health: they need no page of the site."""

from django.contrib import admin
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.urls import include, path

from rvuedge import health


def plain(request, name=""):
    return HttpResponse(f"<p>{'word ' * 200}</p>")


def broken(request):
    raise ValueError("a mistake of ours")


def database_away(request):
    raise OperationalError("connection refused")


def one_query(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok")


urlpatterns = [
    path("favicon.ico", plain),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("plain/", plain),
    path("plain/<str:name>/", plain),
    path("broken/", broken),
    path("database-away/", database_away),
    path("one-query/", one_query),
    path("admin/", admin.site.urls),
    path("", include("rvuedge.urls")),  # the error pages link to the site's own
]

handler500 = health.server_error
