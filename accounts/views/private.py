"""What every page of a person has in common: it takes signing in, and nothing keeps a copy."""

import zoneinfo
from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_cache_control

from accounts.models import Profile

View = Callable[..., HttpResponse]


def private_page(view: View) -> View:
    """Let only signed-in people in, in their own time zone; mark the answer as theirs alone.

    The profile is at `request.profile`: made at the first page that asks for it.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.is_authenticated:
            response = login_required(view)(request, *args, **kwargs)
        else:
            request.profile = profile_of(request.user)
            with timezone.override(zone_of(request.profile)):
                response = view(request, *args, **kwargs)
        # `no-store` last: a view's own word does not count here.
        response.headers.pop("Cache-Control", None)
        patch_cache_control(response, private=True, no_store=True)
        return response

    return answer


def profile_of(user) -> Profile:
    """Return what a person says of their work. One query, two at the very first time."""
    try:
        return Profile.objects.select_related("specialty").get(user=user)
    except Profile.DoesNotExist:
        return Profile.objects.get_or_create(user=user)[0]


def zone_of(profile: Profile) -> zoneinfo.ZoneInfo | None:
    """Return the time zone in which a person reads times, or None for the site's own."""
    try:
        return profile.zone
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return None  # a zone that the machine's own data has lost
