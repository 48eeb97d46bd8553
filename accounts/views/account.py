"""A person's own account: what they said of themselves, taking all along, leaving."""

from tempfile import SpooledTemporaryFile

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import BadRequest
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import export, second_factor
from accounts.forms.account import LeavingForm, ProfileForm
from accounts.leaving import Stays, leave
from accounts.limits import is_one_too_many
from accounts.models import AuditEntry
from accounts.views.entrance import WIPE
from accounts.views.private import private_page
from codes.places import localities
from codes.shown import shown
from rvuedge.spreadsheets import FileError

IN_MEMORY = 1024 * 1024  # bytes of an export; the rest goes through a temporary file


@private_page
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    return _page(request, LeavingForm(user=request.user))


def _page(request: HttpRequest, form: LeavingForm, stays: str = "") -> HttpResponse:
    user = request.user
    codes = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    state = shown()
    place = localities(state).get(request.profile.locality) if state.schedule else None
    changed = AuditEntry.objects.filter(who=user, what="changed the password").first()
    context = {
        "section": "account",
        "profile": request.profile,
        "place": f"{place.title}, {place.state}" if place else request.profile.locality,
        "factors": [factor.get_type_display() for factor in second_factor.factors(user)],
        "backup_codes": len(codes.wrap().get_unused_codes()) if codes else 0,
        "changed_at": changed.at if changed else None,
        "sessions": UserSession.objects.filter(user=user).count(),
        "counts": [f"{count:,} {name}" for count, name in export.counts(user)],
        "form": form,
        "stays": stays,
    }
    return render(request, "accounts/account.html", context)


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    state = shown()
    form = ProfileForm(request.POST or None, instance=request.profile, state=state)
    if request.method == "POST" and form.is_valid():
        form.save()
        note = form.found.note
        messages.success(request, f"Your profile is saved. {note}".strip())
        return redirect("accounts:account")
    context = {"section": "account", "form": form, "choices": form.found.choices}
    return render(request, "accounts/profile.html", context)


@private_page
@require_POST
def take_along(request: HttpRequest) -> HttpResponse:
    """Answer with a file of everything, made at once and kept nowhere."""
    kind = request.POST.get("format", "")
    if kind not in export.FORMATS:
        raise BadRequest("There is no such format.")
    write, ending, content_type = export.FORMATS[kind]
    file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (the response closes it)
    try:
        write(export.tables(request.user), file)
    except FileError as error:
        file.close()
        messages.error(request, f"The workbook could not be made. {error}")
        return redirect("accounts:account")
    file.seek(0)
    name = f"rvu-edge-{timezone.localdate():%Y-%m-%d}.{ending}"
    return FileResponse(file, as_attachment=True, filename=name, content_type=content_type)


@sensitive_post_parameters("password")
@private_page
@require_POST
def delete(request: HttpRequest) -> HttpResponse:
    form = LeavingForm(request.POST, user=request.user)
    if not form.is_valid():
        response = _page(request, form)
        if is_one_too_many(form):
            response.status_code = 429
        return response
    try:
        leave(request.user)
    except Stays as reason:
        return _page(request, LeavingForm(user=request.user), str(reason))
    logout(request)
    response = redirect("accounts:deleted")
    response["Clear-Site-Data"] = WIPE
    return response


@never_cache
@require_safe
def deleted(request: HttpRequest) -> HttpResponse:
    """Say goodbye. There is nobody signed in any more."""
    return render(request, "account/deleted.html")
