"""The first steps of somebody new: their codes, their contract, their first entry."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts import second_factor
from accounts.models import Contract, Procedure, TrackedCode
from accounts.tracking import track
from accounts.views.private import private_page
from codes import browse
from codes.shown import Shown, shown

MOST = 40  # favorites at one go: more are no favorites


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    state = shown()
    shelves = browse.specialties(state) if state.schedule else {}
    if request.method == "POST":
        return _answer(request, state)
    user = request.user
    chosen = shelves.get(request.GET.get("specialty", ""))
    context = {
        "section": "dashboard",
        "has_factor": second_factor.has_one(user),
        "favorites": TrackedCode.objects.for_user(user).filter(is_favorite=True).count(),
        "has_contract": Contract.objects.for_user(user).exists(),
        "has_entry": Procedure.objects.for_user(user).exists(),
        "shelves": shelves.values(),
        "chosen": chosen,
        "offered": [state.directory[code] for code in chosen.codes[:MOST]] if chosen else [],
        "today": timezone.localdate(),
    }
    return render(request, "accounts/welcome.html", context)


def _answer(request: HttpRequest, state: Shown) -> HttpResponse:
    """Make favorites of what was ticked; with nothing ticked, or "later", only go on."""
    profile = request.profile
    if profile.welcomed_at is None:
        profile.welcomed_at = timezone.now()
        profile.save(update_fields=["welcomed_at"])
    if "later" in request.POST:
        return redirect(_dashboard())
    added = 0
    for hcpcs in list(dict.fromkeys(request.POST.getlist("code")))[:MOST]:
        try:
            code, _ = track(request.user, hcpcs, state)
        except ValidationError as error:
            messages.error(request, error.messages[0])
            continue
        if not code.is_favorite:
            code.is_favorite = True
            code.save(update_fields=["is_favorite"])
            added += 1
    if added == 1:
        messages.success(request, "1 code is a favorite now.")
    elif added:
        messages.success(request, f"{added} codes are favorites now.")
    else:
        messages.warning(request, "No code was chosen. Tick those that you use.")
    return redirect("accounts:welcome")


def _dashboard() -> str:
    try:
        return reverse("accounts:dashboard")
    except NoReverseMatch:
        return reverse("accounts:account")
