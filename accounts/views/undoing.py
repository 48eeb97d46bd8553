"""The way back: what the last change of this session did, said once, and undone when asked to."""

import secrets
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts import entries
from accounts.entries import Undo
from accounts.views.private import private_page

_UNDO, _SAID = "undo", "undo_said"


def offer(request: HttpRequest, text: str, undo: Undo | None) -> None:
    """Remember what was done, for the next page to say; with `undo`, it can be taken back."""
    request.session[_UNDO] = {
        "id": secrets.token_urlsafe(9),
        "text": text,
        "undo": undo.to_json() if undo else None,
    }
    request.session[_SAID] = False


def toast(request: HttpRequest) -> dict[str, Any] | None:
    """Return what was just done (`text`, `id`, `undo`), at the first page that asks."""
    if request.session.get(_SAID, True):
        return None
    request.session[_SAID] = True
    found: dict[str, Any] = request.session[_UNDO]
    return found


@private_page
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take back the last change of this session, if it is the one that was meant."""
    known = request.session.get(_UNDO)
    if not known or not known["undo"] or known["id"] != request.POST.get("undo"):
        messages.error(request, "That was taken back already, or is too long ago.")
        return HttpResponseRedirect(next_address(request))
    try:
        count = entries.take_back(request.user, Undo.from_json(known["undo"]))
    except entries.EntryError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(next_address(request))
    del request.session[_UNDO]
    offer(request, f"Taken back: {count} {'entry' if count == 1 else 'entries'}", None)
    return HttpResponseRedirect(next_address(request))


def next_address(request: HttpRequest) -> str:
    """Return where a form wants to go on to, never beyond this site; the log otherwise."""
    address = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(address, allowed_hosts=None) and address.startswith("/"):
        return address
    return reverse("accounts:log")
