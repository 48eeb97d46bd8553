"""Addresses of a person's account. Those of getting in and out are in entrance_urls.py."""

from django.urls import path

from accounts.views import account, welcome

urlpatterns = [
    path("account/", account.account, name="account"),
    path("account/profile/", account.profile, name="profile"),
    path("account/export/", account.take_along, name="export"),
    path("account/delete/", account.delete, name="delete"),
    path("account/deleted/", account.deleted, name="deleted"),
    path("welcome/", welcome.welcome, name="welcome"),
]
