from django.urls import include, path, re_path

from codes.views import calculator, cards, changes, code, compare, lists, search

app_name = "codes"

urlpatterns = [
    path("cpt-codes/", lists.code_list, name="list"),
    path("cpt-codes/<slug:category>/", lists.category, name="category"),
    path("cpt-codes/<slug:category>/<str:hcpcs>.md", code.code_markdown, name="markdown"),
    path("cpt-codes/<slug:category>/<str:hcpcs>/", code.code_detail, name="code"),
    path("cards/<str:hcpcs>.png", cards.code_card, name="card"),
    path("specialties/", lists.specialties, name="specialties"),
    path("specialties/<slug:slug>/", lists.specialty, name="specialty"),
    path("changes/", changes.change_list, name="changes"),
    path("changes/feed/", changes.feed, name="changes_feed"),
    path("changes/<str:release>/", changes.change_ledger, name="ledger"),
    path("compare/", compare.compare, name="compare"),
    path("compare/<slug:slug>/", compare.family, name="family"),
    path("calculator/", calculator.calculator, name="calculator"),
    path("search/", search.search, name="search"),
    path("search/suggestions/", search.suggestions, name="suggestions"),
    re_path(r"^(?P<hcpcs>[0-9A-Za-z]{5})/$", code.short_address, name="short"),
    path("", include("codes.api.urls")),
]
