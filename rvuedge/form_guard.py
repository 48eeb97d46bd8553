"""Guarding forms that anybody may send, without an account, a session, a cookie or a script.

Such a form acts with nobody's rights, so that a foreign site gains nothing by having it sent.
What there is to fear is machines. Against them: a signed stamp that says when the form was asked
for and which form it was, a field that people do not see, a least time for filling it in, and a
limit on how often one address may send. Nothing of it is kept: the address only as a hash, in
the cache, for a few minutes.
"""

import time
from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import get_random_string
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

LEAST_SECONDS = 3  # nobody reads and fills in a form faster
MOST_SECONDS = 24 * 60 * 60
MOST_POSTS = 10  # from one address within a window
WINDOW = 10 * 60  # seconds

View = Callable[..., HttpResponse]

TRAP = "website"  # the field that people do not see: its name invites programs


class OneLineEmailField(forms.EmailField):
    """An address that stands in the head of a mail: a line break in it is refused, not mended."""

    def to_python(self, value: Any) -> Any:
        if value and ("\n" in value or "\r" in value):
            raise ValidationError("Enter one email address, on one line.", code="newline")
        return super().to_python(value)


class GuardedForm(forms.Form):
    """A form with a stamp and a trap. A subclass names its `purpose`, which the stamp is bound to.

    A purpose is one word, as it becomes part of a cache's key.
    `is_trapped` after validation: a machine sent it. Thank it, and keep nothing.
    """

    purpose: ClassVar[str]

    stamp = forms.CharField(max_length=200, required=False, widget=forms.HiddenInput)
    website = forms.CharField(max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stamp"].initial = new_stamp(self.purpose)
        self.renewed = ""  # a stamp to send with the form again, where its own has run out

    @property
    def is_trapped(self) -> bool:
        return bool(self.data.get(TRAP))

    @property
    def stamp_value(self) -> str:
        """The stamp to print: the form's own, so that mending it costs no second wait."""
        return self.renewed or self["stamp"].value() or ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        try:
            check_stamp(self.purpose, cleaned.get("stamp") or "")
        except ValidationError as error:
            if error.code != "early":  # that one becomes good by itself
                self.renewed = new_stamp(self.purpose)
            self.add_error(None, error)
        return cleaned

    def is_first(self) -> bool:
        """Return whether the form has not been sent before: a double click counts once."""
        key = "form:" + sha256(self.cleaned_data["stamp"].encode()).hexdigest()
        return cache.add(key, 1, MOST_SECONDS)


def new_stamp(purpose: str) -> str:
    """Return a stamp that no other form has: two people may ask within the same second."""
    return _signer(purpose).sign(get_random_string(12))


def check_stamp(purpose: str, stamp: str) -> None:
    """Raise ValidationError, with a sentence for people, unless a stamp is right and its time is.

    Too early is less than LEAST_SECONDS after the form was asked for, too late a day after.
    """
    signer = _signer(purpose)
    try:
        if not stamp.isascii():
            raise BadSignature  # a lone surrogate could not even be checked
        signer.unsign(stamp, max_age=MOST_SECONDS)
    except SignatureExpired as error:
        raise ValidationError(
            "The page was open for more than a day. Your text is kept: send it again.",
            code="late",
        ) from error
    except BadSignature as error:
        raise ValidationError(
            "The form did not arrive whole. Your text is kept: wait a moment, then send it again.",
            code="stamp",
        ) from error
    try:
        signer.unsign(stamp, max_age=LEAST_SECONDS - 1)
    except SignatureExpired:
        return
    raise ValidationError(
        "That was very fast. Your text is kept: look it over and send it again.", code="early"
    )


def _signer(purpose: str) -> TimestampSigner:
    return TimestampSigner(salt=f"rvuedge.form_guard.{purpose}")


def client_address(request: HttpRequest) -> str:
    """Return who sent a request, as the outermost proxy of our own saw it, or "".

    Of X-Forwarded-For only what our own proxies wrote is believed: the last TRUSTED_PROXIES.
    """
    hops = settings.TRUSTED_PROXIES
    if hops:
        seen = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        if len(seen) >= hops and seen[-hops]:
            return seen[-hops]
    return str(request.META.get("REMOTE_ADDR", ""))


def seconds_to_wait(purpose: str, address: str, most: int = MOST_POSTS) -> int:
    """Count one more form from an address; return 0, or for how long it has to wait.

    A cache that is away counts nothing: then the stamp and the trap are left.
    """
    window, into = divmod(int(time.time()), WINDOW)
    who = sha256(f"{settings.SECRET_KEY} {_network(address)}".encode()).hexdigest()
    key = f"form:{purpose}:{window}:{who}"
    cache.add(key, 0, WINDOW)
    try:
        count = cache.incr(key)
    except ValueError:  # dropped in between, for want of room
        count = 1
    return WINDOW - into if count > most else 0


def _network(address: str) -> str:
    """Return what one household or machine has of addresses: an IPv6 one can change at will."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(ip_network(f"{parsed}/64", strict=False))
    return address


def guarded_form(purpose: str) -> Callable[[View], View]:
    """Mark a view that shows and takes a GuardedForm; it gets `wait` as its second argument.

    `wait` is 0, or the seconds that this address has to wait because it sent too many: then the
    view must take nothing, and its answer becomes a 429. No answer is kept anywhere: it holds a
    stamp, and what somebody has typed.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        @never_cache
        @require_http_methods(["GET", "HEAD", "POST"])
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            wait = 0
            if request.method == "POST":
                wait = seconds_to_wait(purpose, client_address(request))
            response = view(request, wait, *args, **kwargs)
            if wait:
                response.status_code = 429
                response["Retry-After"] = str(wait)
            return response

        # Django's token needs a cookie, and these pages set none. A foreign site gains nothing
        # by sending such a form: the view knows nobody whose rights could be borrowed. The stamp
        # stands in for the token. Only the signed address that stops mails does without one too
        # (accounts/views/tracked.py).
        return csrf_exempt(answer)

    return decorate
