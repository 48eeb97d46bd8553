"""The quick log: settings that apply to the next tap, and tiles that log with one tap."""

import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods, require_safe

from accounts import entries
from accounts.entries import Done
from accounts.entry_lines import credited_words, lines
from accounts.forms.entry import OTHER, TODAY, YESTERDAY, QuickForm, day_in_words, known_code
from accounts.models import CustomCode, Procedure, User
from accounts.models.log import Role, Setting
from accounts.quick_log import Desk, sum_words
from accounts.views import undoing
from accounts.views.private import private_page
from codes.index import index, no_work_words
from codes.search import highlight
from codes.shown import Shown, shown

LOGGING = ("code", "custom", "set", "repeat")  # the buttons that log something
KEPT = "log"  # of the session: what the next entry begins with
MOST_SUGGESTIONS = 8


class Unfinished(ValidationError):
    """More has to be typed before this code can be logged."""


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def log(request: HttpRequest) -> HttpResponse:
    """The page, and every button of its one form."""
    today = timezone.localdate()
    state = shown()
    if request.method != "POST":
        form = _empty_form(request, today)
        return _page(request, form, state, chosen=_code_in(request.GET.get("code", ""), state))
    form = QuickForm(request.POST, user=request.user, today=today)
    post = request.POST
    if any(name in post for name in LOGGING):
        return _logged(request, form, state)
    if "step" in post:
        return _page(request, _stepped(request, today), state, chosen=_chosen(post, state), open=1)
    if "choose" in post:
        return _page(request, form, state, chosen=_code_in(post["choose"], state), open=1)
    words = " ".join(post.get("q", "")[:200].split())
    if not words:
        return _page(request, form, state, error="Type a code or a word to look for.", field="q")
    if code := _code_in(words, state):
        return _page(request, form, state, chosen=code, open=1)
    return _page(request, form, state, words=words)


def _logged(request: HttpRequest, form: QuickForm, state: Shown) -> HttpResponse:
    chosen = _chosen(request.POST, state)
    try:
        done = keep(request.user, form, request.POST, state)
    except Unfinished as error:
        chosen = _code_in(request.POST.get("code", ""), state)
        return _page(request, form, state, chosen=chosen, open=1, error=error.messages[0])
    except ValidationError as error:
        return _page(request, form, state, chosen=chosen, open=1, error=error.messages[0])
    remember(request, form)
    undoing.offer(request, said(done, form.today), done.undo if done.undo.remove else None)
    return HttpResponseRedirect(reverse("accounts:log"))


def keep(user: User, form: QuickForm, post: Mapping[str, str], state: Shown) -> Done:
    """Log what a tap asks for. ValidationError, with a sentence, where it cannot be logged."""
    if not form.is_valid():
        raise ValidationError("Nothing was logged yet. See what is marked below.")
    new = _new_entries(user, form, post, state)
    try:
        return entries.add(user, new, form.cleaned_data["joins"])
    except entries.EntryError as error:
        raise ValidationError(str(error)) from error


def _new_entries(
    user: User, form: QuickForm, post: Mapping[str, str], state: Shown
) -> list[Procedure]:
    typed = form.cleaned_data
    day = typed["performed_on"]
    if "repeat" in post:
        source = parse_iso(post["repeat"])
        new = entries.repeated(user, source, day, typed["key"]) if source else []
        if not new:
            raise ValidationError("There is nothing on that day to repeat.")
        return new
    desk = Desk(user, state, day, typed["site"])
    if "set" in post:
        code_set = next((one for one in desk.sets if str(one.pk) == post["set"]), None)
        if code_set is None:
            raise ValidationError("This set is no longer there.")
        if typed["modifiers"]:
            words = " and ".join(typed["modifiers"])
            raise ValidationError(f"A set brings its own modifiers. Untick {words} first.")
        like = form.entry()
        like.key = form.derived_key("set", code_set.pk)
        return entries.of_set(code_set, like)
    if "custom" in post:
        custom = _custom(user, post["custom"])
        return [form.entry(custom=custom)]
    hcpcs = known_code(post.get("code", ""))
    _check_modifiers(hcpcs, typed["modifier"], desk)
    if desk.is_anesthesia(hcpcs) and typed["minutes"] is None and typed["base_units"] is None:
        raise Unfinished(
            f"{hcpcs} is an anesthesia service: enter its base units and the minutes."
        )
    one = form.entry(hcpcs)
    if not desk.is_anesthesia(hcpcs):  # typed for another code, on the same page
        one.base_units = one.minutes = None
    return [one]


def _custom(user: User, text: str) -> CustomCode:
    mine = CustomCode.objects.for_user(user).filter(is_retired=False)
    found = mine.filter(pk=int(text)).first() if text.isascii() and text.isdigit() else None
    if found is None:
        raise ValidationError("This custom code is no longer offered.")
    return found


def _check_modifiers(hcpcs: str, ticked: list[str], desk: Desk) -> None:
    """What was ticked for one code may still be ticked for the next, which cannot have it.

    Of a code without a row that day nobody knows what it can carry.
    """
    if not desk.has_rows(hcpcs):
        return
    possible = {modifier for modifier, _ in desk.possible(hcpcs)}
    wrong = [modifier for modifier in ticked if modifier not in possible]
    if wrong:
        words = " and ".join(wrong)
        raise ValidationError(
            f"{hcpcs} cannot carry {words}. Untick {words}, or write it under “Other modifiers” "
            "if you billed it all the same."
        )


def said(done: Done, today: date) -> str:
    """Return what was logged, as a toast says it."""
    found = done.procedures
    if done.repeated == len(found):
        subject = found[0].code_and_modifiers if len(found) == 1 else f"{len(found)} entries"
        return f"{subject}: logged already. Sent twice, it is kept once."
    when = _when(found[0].performed_on, today)
    if len(found) == 1:
        return f"Logged {found[0].code_and_modifiers}, {credited_words(found[0])}, {when}"
    return f"Logged {len(found)} entries, {sum_words(found)} wRVUs, {when}"


def _when(day: date, today: date) -> str:
    if day == today:
        return "today"
    return "yesterday" if day == today - timedelta(days=1) else day_in_words(day)


# What the next entry begins with ----------------------------------------------------------


def remember(request: HttpRequest, form: QuickForm) -> None:
    """Keep day, place and role for the next entry; modifiers and units are of one entry only."""
    typed = form.cleaned_data
    day = typed["performed_on"]
    request.session[KEPT] = {
        "kept_on": form.today.isoformat(),
        "date": None if day == form.today else day.isoformat(),
        "site": typed["site"].pk if typed["site"] else None,
        "setting": form.data.get("setting", ""),
        "role": typed["role"],
    }


def _empty_form(request: HttpRequest, today: date) -> QuickForm:
    kept = request.session.get(KEPT, {})
    initial: dict[str, Any] = {
        "key": uuid.uuid4(),
        "units": 1,
        "day": TODAY,
        "role": Role.PERFORMED.value,
        "setting": kept.get("setting", ""),
    }
    form = QuickForm(user=request.user, today=today, initial=initial)
    if kept:
        initial["role"] = kept["role"]
        initial["site"] = kept["site"]
    elif form.sites:
        initial["site"] = form.sites[0].pk
    # Another day is kept for as long as the day lasts on which it was chosen.
    if kept.get("date") and kept["kept_on"] == today.isoformat():
        initial["date"] = parse_date(kept["date"])
        is_yesterday = initial["date"] == today - timedelta(days=1)
        initial["day"] = YESTERDAY if is_yesterday else OTHER
    return form


def _stepped(request: HttpRequest, today: date) -> QuickForm:
    """Return the form with one unit more or fewer, as the buttons beside the field ask."""
    post: QueryDict = request.POST.copy()
    units = post.get("units", "")
    number = int(units) if units.isascii() and units.isdigit() and len(units) < 5 else 1
    post["units"] = str(max(1, min(999, number + (-1 if post["step"] == "-1" else 1))))
    return QuickForm(post, user=request.user, today=today)


# The page ---------------------------------------------------------------------------------


def _page(
    request: HttpRequest,
    form: QuickForm,
    state: Shown,
    *,
    chosen: str = "",
    words: str = "",
    error: str = "",
    field: str = "",
    open: bool = False,
) -> HttpResponse:
    context = page_context(request.user, form, state, chosen)
    desk: Desk = context["desk"]
    day = context["day"]
    stored = list(
        Procedure.objects.for_user(request.user)
        .filter(performed_on=day)
        .select_related("site", "custom")
        .defer("working")
        .order_by("-pk")
    )
    problems = _problems(form) if error and form.is_bound and not words else []
    context |= {
        "entries": lines(stored, state.directory),
        "total": sum_words(stored) if stored else "",
        "last": stored[0] if stored else None,
        "found": desk.find(words) if words else None,
        "words": words,
        "error": error,
        "error_field": field,
        "problems": problems,
        "is_open": bool(open or problems),
        "toast": undoing.toast(request),
        "again": None if form.is_bound else _day_before(request.user, day),
    }
    status = 422 if error else 200
    return render(request, "accounts/log.html", context, status=status)


def page_context(user: User, form: QuickForm, state: Shown, chosen: str = "") -> dict[str, Any]:
    """Return what the page offers, whether or not there is a network."""
    day = _day_of(form)
    site = _site_of(form)
    desk = Desk(user, state, day, site)
    is_anesthesia = bool(chosen) and desk.is_anesthesia(chosen)
    ticked = set(form.data.getlist("modifier")) if form.is_bound else set()
    return {
        "section": "log",
        "form": form,
        "desk": desk,
        "day": day,
        "when": _when(day, form.today).capitalize(),
        "today": form.today,
        "site": site,
        "chosen": state.directory.get(chosen) if chosen else None,
        "chosen_code": chosen,
        "is_anesthesia": is_anesthesia,
        "base_units": desk.last_base_units(chosen) if is_anesthesia else None,
        "modifiers": [(one, text, one in ticked) for one, text in desk.modifiers(chosen)],
        "ticked": sorted(ticked),
        "roles": Role.choices,
        "sites": [(one.pk, one.name) for one in form.sites],
        "owner": owner_mark(user),
        "settings": Setting.choices,
    }


def owner_mark(user: User) -> str:
    """Return what tells people on one phone apart, and says nothing of who they are."""
    return salted_hmac("rvuedge.log.owner", str(user.pk)).hexdigest()[:24]


def _problems(form: QuickForm) -> list[tuple[str, str]]:
    """Return the id of each field that is wrong, with its sentence."""
    others = {
        "day": "log-date",
        "key": "log-q",
        "joins": "log-q",
        "modifier": "log-more_modifiers",
    }
    return [
        (others.get(name, f"log-{name}"), message)
        for name, messages in form.errors.items()
        for message in messages
    ]


def _day_of(form: QuickForm) -> date:
    if form.is_bound:
        form.is_valid()
        day = form.cleaned_data.get("performed_on")
    else:
        days = {OTHER: form.initial.get("date"), YESTERDAY: form.today - timedelta(days=1)}
        day = days.get(form.initial["day"])
    return day or form.today


def _site_of(form: QuickForm) -> Any:
    if form.is_bound:
        return form.cleaned_data.get("site")
    return next((one for one in form.sites if one.pk == form.initial.get("site")), None)


def _day_before(user: User, day: date) -> dict[str, Any] | None:
    """Return the last day before this one that has entries, and how many."""
    earlier = Procedure.objects.for_user(user).filter(performed_on__lt=day)
    last = earlier.order_by().aggregate(day=Max("performed_on"))["day"]
    if last is None:
        return None
    counted = earlier.filter(performed_on=last).aggregate(count=Count("pk"))
    return {"day": last, "when": _when(last, day), "count": counted["count"]}


def _chosen(post: QueryDict, state: Shown) -> str:
    return _code_in(post.get("chosen", ""), state)


def _code_in(text: str, state: Shown) -> str:
    """Return a code of the shown release that the text is, or ""."""
    code = text.strip().upper()
    return code if code in state.directory else ""


def parse_iso(text: str) -> date | None:
    try:
        return parse_date(text[:10])
    except ValueError:
        return None


# Suggestions ------------------------------------------------------------------------------


@private_page
@require_safe
def suggestions(request: HttpRequest) -> HttpResponse:
    """The options under the search input: chosen, a code is put into the form."""
    state = shown()
    query = " ".join(request.GET.get("q", "")[:200].split())
    hits = index(state).search(query, limit=MOST_SUGGESTIONS).hits if len(query) > 1 else []
    words = no_work_words(state)
    found = [
        {
            "code": hit.entry.hcpcs,
            "pieces": highlight(hit.entry.label, query),
            "why": highlight(hit.why, query),
            "value": state.directory[hit.entry.hcpcs].work or words.get(hit.entry.hcpcs, "none"),
        }
        for hit in hits
    ]
    return render(request, "accounts/_log_suggestions.html", {"suggestions": found})
