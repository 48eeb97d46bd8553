"""Addresses of the contact form: the only pages of this app that are open to everybody."""

from django.urls import path

from accounts.views import contact

urlpatterns = [
    path("support/contact/", contact.contact, name="contact"),
    path("support/contact/thanks/", contact.thanks, name="contact_thanks"),
]
