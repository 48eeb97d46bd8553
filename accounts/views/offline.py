"""What the log needs without a network: a shell to keep, a worker, and a place to send to.

The phone keeps what is typed in its own store, each entry with its key, and sends it when the
network is back. A key makes an entry counted once, however often it arrives.
"""

from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from accounts.forms.entry import QuickForm
from accounts.models.log import Role
from accounts.views import undoing
from accounts.views.log import keep, owner_mark, page_context, remember, said
from accounts.views.private import private_page
from codes.shown import shown

AN_HOUR = 60 * 60
WORKER = Path(settings.BASE_DIR) / "rvuedge" / "static" / "js" / "log-worker.js"


@private_page
@require_safe
def shell(request: HttpRequest) -> HttpResponse:
    """The log's page with favorites and settings, but without a list and without a token.

    The only private page that the phone keeps.
    """
    today = timezone.localdate()
    initial = {"units": 1, "day": "today", "role": Role.PERFORMED.value, "key": ""}
    form = QuickForm(user=request.user, today=today, initial=initial)
    if form.sites:
        initial["site"] = form.sites[0].pk
    context = page_context(request.user, form, shown())
    return render(request, "accounts/log.html", {**context, "offline": True})


@private_page
@require_safe
def token(request: HttpRequest) -> HttpResponse:
    """A token to send with, and whose entries may be sent now."""
    return JsonResponse({"token": get_token(request), "owner": owner_mark(request.user)})


@private_page
@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """Take one entry that a script sends: the fields of the log's form, answered in JSON.

    200: it is kept, now or before. 422: it is refused, with the sentences why; the phone keeps
    it until it is mended or thrown away. 409: it belongs to somebody else.
    """
    if request.POST.get("owner") != owner_mark(request.user):
        text = "This entry was typed by somebody else, who has to sign in to send it."
        return JsonResponse({"errors": [text]}, status=409)
    today = timezone.localdate()
    form = QuickForm(request.POST, user=request.user, today=today, sent_alone=True)
    try:
        done = keep(request.user, form, request.POST, shown())
    except ValidationError as error:
        details = [text for texts in form.errors.values() for text in texts]
        return JsonResponse({"errors": details or error.messages}, status=422)
    text = said(done, form.today)
    if "later" not in request.POST:
        remember(request, form)
        undoing.offer(request, text, done.undo if done.undo.remove else None)
    return JsonResponse({"text": text, "last": str(done.procedures[-1].key)})


@require_safe
@cache_control(public=True, max_age=0, must_revalidate=True)
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, at an address without a hash: a browser asks there for a newer one."""
    return HttpResponse(WORKER.read_text("utf-8"), content_type="text/javascript; charset=utf-8")


@require_safe
@cache_control(public=True, max_age=AN_HOUR)
def manifest(request: HttpRequest) -> HttpResponse:
    """What a phone needs to install the log as an app."""
    log = reverse("accounts:log")
    return JsonResponse(
        {
            "name": "RVU Edge",
            "short_name": "RVU Edge",
            "description": "Log what you did, and see what it counts.",
            "id": log,
            "start_url": log,
            "scope": "/",
            "display": "standalone",
            "background_color": "#ffffff",
            "theme_color": "#0b5f52",
            "icons": [
                {"src": static("img/favicon.svg"), "sizes": "any", "type": "image/svg+xml"},
                *(
                    {"src": static(f"img/icon-{size}.png"), "sizes": f"{size}x{size}",
                     "type": "image/png", "purpose": "any maskable"}
                    for size in (192, 512)
                ),
            ],
        },
        content_type="application/manifest+json",
    )  # fmt: skip
