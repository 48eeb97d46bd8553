"""The pages of a signed-in person. Each subject lists its own addresses."""

from django.urls import URLPattern, URLResolver

from accounts import (
    urls_account,
    urls_benchmarks,
    urls_contracts,
    urls_dashboard,
    urls_log,
    urls_statements,
    urls_support,
    urls_tracking,
)

app_name = "accounts"

urlpatterns: list[URLPattern | URLResolver] = [
    *urls_account.urlpatterns,
    *urls_benchmarks.urlpatterns,
    *urls_contracts.urlpatterns,
    *urls_dashboard.urlpatterns,
    *urls_log.urlpatterns,
    *urls_statements.urlpatterns,
    *urls_support.urlpatterns,
    *urls_tracking.urlpatterns,
]
