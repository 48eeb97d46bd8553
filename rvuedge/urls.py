"""Every address of the site. Error pages are templates: 400.html, 403.html, 404.html, 500.html."""

from django.contrib import admin
from django.urls import include, path

from rvuedge import health, llms, publishing_admin, sitemaps, views

urlpatterns = [
    path("", views.home, name="home"),
    path("admin/", admin.site.urls),
    path("preview/<str:token>/", publishing_admin.preview, name="preview"),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("favicon.ico", views.favicon),
    path("robots.txt", views.robots),
    path("llms.txt", llms.llms, name="llms"),
    path("opensearch.xml", views.opensearch, name="opensearch"),
    path("site.webmanifest", views.manifest, name="site_manifest"),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("sitemap-<slug:section>.xml", sitemaps.one_kind, name="sitemap_section"),
    path(".well-known/security.txt", views.security_txt, name="security_txt"),
    path("security.txt", views.security_txt),
    path("", include("accounts.urls")),
    path("account/", include("accounts.entrance_urls")),
    path("", include("blog.urls")),
    path("", include("codes.urls")),
]

handler500 = health.server_error
