"""The contact form. It is open to everybody, knows no visitor, and sets no cookie."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts.models import SupportRequest
from accounts.support import CONTACT, ContactForm, tell_support
from codes.shown import Shown, shown
from codes.views.public import public_page
from rvuedge.form_guard import guarded_form


@guarded_form(CONTACT)
def contact(request: HttpRequest, wait: int) -> HttpResponse:
    """Show the form, or take what was sent. `wait`: seconds, if an address sent too many."""
    if request.method != "POST":
        form = ContactForm(initial={"code": request.GET.get("code", "")[:5]})
    else:
        form = ContactForm(request.POST)
        if not wait and form.is_valid():
            if not form.is_trapped and form.is_first():
                tell_support(form.save(), request.build_absolute_uri("/")[:-1])
            return HttpResponseRedirect(reverse("accounts:contact_thanks"))
    state = request.shown = shown()  # for the menu
    return render(
        request,
        "accounts/contact.html",
        {
            "area": "support",
            "schedule": state.schedule,
            "crumbs": [("Support", reverse("blog:support"))],
            "form": form,
            "topics": SupportRequest.Topic.choices,
            "topic": form["topic"].value() or SupportRequest.Topic.FIGURE,
            "wait_minutes": -(-wait // 60),
        },
    )


@public_page
def thanks(request: HttpRequest, state: Shown) -> HttpResponse:
    context = {"area": "support", "schedule": state.schedule}
    return render(request, "accounts/contact_thanks.html", context)
