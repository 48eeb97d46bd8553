"""What pages of people's accounts have in common."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import patch_cache_control

from accounts.limits import WAIT

PREFIX = "/account/"
TOO_MANY = {"too_many_login_attempts", "rate_limited"}  # allauth's codes of form errors


class AccountPagesMiddleware:
    """Keep allauth's pages out of every cache, and say 429 and a time where it counts too many."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path_info.startswith(PREFIX):
            patch_cache_control(response, private=True, no_store=True)
            if response.status_code == 429:
                response.headers.setdefault("Retry-After", str(WAIT))
        return response

    def process_template_response(
        self, request: HttpRequest, response: TemplateResponse
    ) -> TemplateResponse:
        """Give the page of a refused form the status that goes with its sentence."""
        if request.method == "POST" and request.path_info.startswith(PREFIX):
            context = response.context_data or {}
            forms = [form for name in ("form", "webauthn_form") if (form := context.get(name))]
            codes = {
                error.code
                for form in forms
                for errors in form.errors.as_data().values()
                for error in errors
            }
            if codes & TOO_MANY:
                response.status_code = 429
        return response
