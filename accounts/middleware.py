"""What pages of people's accounts have in common."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.cache import patch_cache_control

from accounts.limits import WAIT, is_one_too_many
from accounts.views.private import profile_of, zone_of

PREFIX = "/account/"


class AccountPagesMiddleware:
    """Give allauth's pages what @private_page gives ours, and say 429 where it counts too many.

    They are kept out of every cache, and their times are those of the person's own zone.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        with timezone.override(timezone.get_default_timezone()):
            response = self.get_response(request)
        patch_cache_control(response, private=True, no_store=True)
        if response.status_code == 429:
            response.headers.setdefault("Retry-After", str(WAIT))
        return response

    def process_template_response(
        self, request: HttpRequest, response: TemplateResponse
    ) -> TemplateResponse:
        """Set the clock, and give a refused form's page the status that goes with its sentence."""
        if not request.path_info.startswith(PREFIX):
            return response
        if request.user.is_authenticated and (zone := zone_of(profile_of(request.user))):
            timezone.activate(zone)  # until __call__ sets it back
        if request.method == "POST":
            context = response.context_data or {}
            if any(is_one_too_many(context.get(name)) for name in ("form", "webauthn_form")):
                response.status_code = 429
        return response
