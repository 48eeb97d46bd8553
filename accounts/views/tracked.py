"""The codes that a person tracks."""

from django.core.exceptions import ValidationError
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import tracking
from accounts.change_mails import person_of_token
from accounts.forms.tracking import AddForm, TrackedForm
from accounts.models import Profile, TrackedCode
from accounts.views.private import private_page
from codes.models import Standing
from codes.rows import row
from codes.shown import shown
from rvuedge.spreadsheets import csv_lines

_REMOVED = "removed_tracked_code"  # in the session: the last one, for its undo


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def tracked(request: HttpRequest) -> HttpResponse:
    """The list; POST adds a code to it."""
    state = shown()
    if state.schedule is None:
        return _no_release(request)
    form = AddForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            code, _ = tracking.track(
                request.user, form.cleaned_data["code"], state, **form.words()
            )
            return redirect(f"{_list()}?tracked={code.hcpcs}#c-{code.pk}")
        except ValidationError as error:
            form.add_error("code", error)
    codes = tracking.tracked(request.user, state)
    removed = request.session.get(_REMOVED) or {}
    context = {
        "section": "tracked",
        "schedule": state.schedule,
        "form": form,
        "groups": tracking.grouped(codes),
        "count": len(codes),
        "changed": sum(bool(one.changes) for one in codes),
        "group_names": sorted({one.code.group for one in codes if one.code.group}),
        "mails": request.profile.mails_changes,
        "just_tracked": _named(codes, request.GET.get("tracked", "")),
        "removed": removed.get("hcpcs")
        if request.GET.get("removed") == removed.get("hcpcs")
        else None,
    }
    return render(request, "accounts/tracked.html", context)


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def track(request: HttpRequest, hcpcs: str) -> HttpResponse:
    """One code with one button: where "Track this code" leads, through sign-in for a stranger.

    The page of a code is the same for everybody and has no token, so that the button that changes
    something is here. Nothing happens by opening this address.
    """
    state = shown()
    if state.schedule is None:
        return _no_release(request)
    hcpcs = hcpcs.upper()
    if hcpcs not in state.directory:
        raise Http404(f"{hcpcs} is not in {state.schedule.release}.")
    problem = ""
    if request.method == "POST":
        try:
            code, _ = tracking.track(request.user, hcpcs, state)
            return redirect(f"{_list()}?tracked={hcpcs}#c-{code.pk}")
        except ValidationError as error:
            problem = " ".join(error.messages)
    standing = Standing.objects.get(schedule=state.schedule, code=hcpcs)
    context = {
        "section": "tracked",
        "schedule": state.schedule,
        "row": row(standing, state.directory[hcpcs], state.schedule.release),
        "code": TrackedCode.objects.for_user(request.user).filter(hcpcs=hcpcs).first(),
        "problem": problem,
    }
    return render(request, "accounts/track.html", context)


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    code = _own(request, pk)
    before = code.group
    form = TrackedForm(request.POST if request.method == "POST" else None, instance=code)
    if request.method == "POST" and form.is_valid():
        tracking.regroup(code, before)
        form.save()
        return redirect(f"{_list()}#c-{code.pk}")
    names = TrackedCode.objects.for_user(request.user).exclude(group="")
    context = {
        "section": "tracked",
        "form": form,
        "code": TrackedCode.objects.get(pk=code.pk),  # as it is stored
        "group_names": sorted(set(names.values_list("group", flat=True))),
    }
    return render(request, "accounts/tracked_edit.html", context)


@private_page
@require_POST
def move(request: HttpRequest, pk: int) -> HttpResponse:
    code = _own(request, pk)
    tracking.move(code, up=request.POST.get("to") == "up")
    return redirect(f"{_list()}#c-{code.pk}")


@private_page
@require_POST
def favorite(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a code a favorite, or none: the button says which, so that twice is once."""
    code = _own(request, pk)
    code.is_favorite = request.POST.get("on") == "1"
    code.save(update_fields=["is_favorite"])
    return redirect(f"{_list()}#c-{code.pk}")


@private_page
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    code = _own(request, pk)
    request.session[_REMOVED] = tracking.remove(code)
    return redirect(f"{_list()}?removed={code.hcpcs}")


@private_page
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Bring back the code that was removed last."""
    kept = request.session.pop(_REMOVED, None)
    if kept is None:
        return redirect(_list())
    code = tracking.restore(request.user, kept)
    return redirect(f"{_list()}#c-{code.pk}")


@private_page
@require_safe
def as_csv(request: HttpRequest) -> HttpResponse:
    state = shown()
    codes = tracking.tracked(request.user, state)
    release = state.schedule.release if state.schedule else ""
    response = HttpResponse(
        b"".join(csv_lines(tracking.table(codes, release))), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="tracked-codes.csv"'
    return response


# Mails --------------------------------------------------------------------------------------


@private_page
@require_POST
def mails(request: HttpRequest) -> HttpResponse:
    """Turn the mails about changes on or off."""
    request.profile.mails_changes = request.POST.get("on") == "1"
    request.profile.save(update_fields=["mails_changes"])
    return redirect(f"{_list()}#mails")


@csrf_exempt  # mail programs send it without a page of ours: what is signed in the address counts
@require_http_methods(["GET", "HEAD", "POST"])
def stop_mails(request: HttpRequest, token: str) -> HttpResponse:
    """End the mails about changes, without signing in: opening it asks, POST does it.

    Mail programs post to it by themselves when somebody presses their button (RFC 8058). It can do
    nothing else, and says no more of the person than whether they are mailed.
    """
    try:
        profile = Profile.objects.filter(user=person_of_token(token)).first()
    except BadSignature as error:
        raise Http404("No such address.") from error
    if request.method == "POST" and profile and profile.mails_changes:
        profile.mails_changes = False
        profile.save(update_fields=["mails_changes"])
    context = {"is_mailed": bool(profile and profile.mails_changes)}
    response = render(request, "accounts/stop_mails.html", context)
    patch_cache_control(response, private=True, no_store=True)
    return response


def _list() -> str:
    return reverse("accounts:tracked")


def _own(request: HttpRequest, pk: int) -> TrackedCode:
    return get_object_or_404(TrackedCode.objects.for_user(request.user), pk=pk)


def _named(codes: list[tracking.Tracked], hcpcs: str) -> tracking.Tracked | None:
    return next((one for one in codes if one.code.hcpcs == hcpcs), None)


def _no_release(request: HttpRequest) -> HttpResponse:
    response = render(request, "codes/no_release.html", {"area": "codes"}, status=503)
    response["Retry-After"] = "60"
    return response
