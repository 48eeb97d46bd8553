"""The pages of a signed-in person. Each subject lists its own addresses."""

from django.urls import URLPattern, URLResolver

app_name = "accounts"

urlpatterns: list[URLPattern | URLResolver] = []
