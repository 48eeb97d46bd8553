"""The addresses of the API, all named in codes:."""

from django.urls import path, re_path

from codes.api import bulk, schema, views

urlpatterns = [
    path("api/", schema.documentation, name="api_docs"),
    path("api/v1/", views.Root.as_view(), name="api_root"),
    path("api/v1/openapi.json", schema.OpenApi.as_view(), name="api_openapi"),
    path("api/v1/codes/", views.Codes.as_view(), name="api_codes"),
    path("api/v1/codes/<str:code>/", views.Code.as_view(), name="api_code"),
    path("api/v1/codes/<str:code>/history/", views.History.as_view(), name="api_history"),
    path("api/v1/search/", views.Search.as_view(), name="api_search"),
    path("api/v1/categories/", views.Categories.as_view(), name="api_categories"),
    path("api/v1/specialties/", views.Specialties.as_view(), name="api_specialties"),
    path("api/v1/payment/", views.Payment.as_view(), name="api_payment"),
    path("api/v1/localities/", views.Localities.as_view(), name="api_localities"),
    path("api/v1/releases/", views.Releases.as_view(), name="api_releases"),
    path("api/v1/releases/<str:release>/", views.Release.as_view(), name="api_release"),
    path("api/v1/releases/<str:release>/rates/", views.Rates.as_view(), name="api_rates"),
    path(
        "api/v1/releases/<str:release>/rates.csv",
        bulk.RatesCsv.as_view(),
        name="api_rates_csv",
    ),
    path(
        "api/v1/releases/<str:release>/rates.jsonl",
        bulk.RatesJsonLines.as_view(),
        name="api_rates_jsonl",
    ),
    path("api/v1/releases/<str:release>/changes/", views.Changes.as_view(), name="api_changes"),
    re_path(r"^api/(?P<path>.*)$", views.Nothing.as_view(), name="api_nothing"),
]
