"""Which editorial pages the public can reach now: read once for each state of the site.

Whatever editors publish changes the version of `codes.shown` (see `tell_the_site`); what begins
or ends at a date set before does not. So the dates are remembered with the version, and which of
them have passed is counted anew whenever a page is asked for, without a query.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Min
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from blog.models import (
    FaqEdition,
    HelpArticleEdition,
    LandingPageEdition,
    PostEdition,
    RedirectEdition,
    TermEdition,
)
from codes.models import FeeSchedule
from codes.shown import Shown
from rvuedge.publishing import Edition
from rvuedge.richtext import to_text
from rvuedge.terms import Term, Terms

STAGES = ("medical-students", "residents", "attendings")  # in this order
LEGAL = ("privacy", "terms", "accessibility", "notices")  # each at the root: /privacy/
EDITIONS = (
    PostEdition,
    LandingPageEdition,
    HelpArticleEdition,
    TermEdition,
    FaqEdition,
    RedirectEdition,
)
_WORDS_A_MINUTE = 220
_MAYBE_A_CODE = re.compile(r"(?<![\w$.,/-])[0-9A-Z][0-9]{3}[0-9A-Z](?![\w-])")


class Entry(NamedTuple):
    """A published page as lists and links name it."""

    edition: int
    slug: str
    title: str
    summary: str
    url: str
    first_at: datetime
    changed_at: datetime  # when its text last became another
    minutes: int  # that reading takes
    words: str  # all of them, folded, for the search of the help pages
    topic: str
    tags: Mapping[str, str]  # name by slug
    byline: str  # the role of a post's author
    codes: tuple[str, ...]  # that a post is about or names
    abbreviations: tuple[str, ...]  # of a term
    reviewer_role: str
    reviewed_on: date | None


class Answer(NamedTuple):
    question: str
    answer: str  # Markdown


class Editorial(NamedTuple):
    """Everything that editors have published beside the codes: pages by slug, as they are listed.

    `answers` are the general questions of each page; `redirects` lead from old addresses to new.
    """

    posts: Mapping[str, Entry]  # newest first
    stages: Mapping[str, Entry]
    resources: Mapping[str, Entry]
    legal: Mapping[str, Entry]
    articles: Mapping[str, Entry]
    terms: Mapping[str, Entry]  # in the order of the alphabet
    answers: Mapping[str, tuple[Answer, ...]]
    redirects: Mapping[str, str]

    def has(self, name: str, args: tuple[str, ...] = ()) -> bool:
        """Return whether there is anything at the address of this URL name ("blog:list")."""
        if name == "blog:stage":
            return args[0] in self.stages
        if name == "blog:legal":
            return args[0] in self.legal
        needed = {"blog:list": self.posts, "blog:glossary": self.terms}
        return bool(needed.get(name, True))


NOTHING = Editorial({}, {}, {}, {}, {}, {}, {}, {})


def editorial(state: Shown) -> Editorial:
    """Return what is published now. No query once remembered for this state of the site."""
    return state.remember(f"editorial pages {turns_passed(state)}", lambda: _read(timezone.now()))


def terms(state: Shown) -> Terms:
    """Return the words of the glossary as published now, for links in texts."""
    return state.remember(f"glossary {turns_passed(state)}", lambda: words_of(_bodies()))


def words_of(bodies: Iterable[Mapping[str, Any]]) -> Terms:
    """Return the words by which terms with these bodies are found in texts."""
    return Terms(map(_term, bodies))


def post_words(state: Shown) -> Terms:
    """Return what is linked in posts: the words of the glossary, and the codes that posts name."""

    def read() -> Terms:
        listed = [state.directory[hcpcs] for hcpcs in sorted(posts_by_code(state))]
        codes = [
            Term(f"code {one.hcpcs}", one.get_absolute_url(), (one.hcpcs,), ()) for one in listed
        ]
        return Terms([*map(_term, _bodies()), *codes])

    return state.remember(f"words in posts {turns_passed(state)}", read)


def posts_by_code(state: Shown) -> Mapping[str, tuple[Entry, ...]]:
    """Return the posts that name a code of the release shown, by that code, the newest first."""

    def read() -> dict[str, tuple[Entry, ...]]:
        found: dict[str, list[Entry]] = {}
        for post in editorial(state).posts.values():
            for hcpcs in post.codes:
                if hcpcs in state.directory:
                    found.setdefault(hcpcs, []).append(post)
        return {hcpcs: tuple(posts) for hcpcs, posts in found.items()}

    return state.remember(f"posts by code {turns_passed(state)}", read)


def posts_about(state: Shown, hcpcs: str) -> tuple[Entry, ...]:
    """Return the posts that name this code, the newest first."""
    return posts_by_code(state).get(hcpcs, ())


def _term(body: Mapping[str, Any]) -> Term:
    return Term(
        body["slug"],
        reverse("blog:term", args=[body["slug"]]) if body["is_linked"] else "",
        tuple(body["abbreviations"]),
        (body["title"], *body["also"]),
    )


def _bodies() -> Iterable[Mapping[str, Any]]:
    return (
        TermEdition.objects.in_force().order_by("starts_at", "pk").values_list("body", flat=True)
    )


def turns_passed(state: Shown) -> int:
    """Return how many of the dates set before have passed: with the version, what is published."""
    return bisect_right(_turns(state), timezone.now())


def last_turn(state: Shown) -> datetime | None:
    """Return when the public pages last changed by a date alone, or by publishing."""
    turns = _turns(state)
    passed = bisect_right(turns, timezone.now())
    return turns[passed - 1] if passed else None


def tell_the_site(sender: Any, instance: Edition, *, created: bool, **_: Any) -> None:
    """Change the site's version when an edition is made public, scheduled or called off."""
    if sender in EDITIONS and (instance.starts_at or not created):
        FeeSchedule.objects.mark_changed()


def landing_url(slug: str) -> str:
    """Return the address of a landing page: stages and legal texts have one of their own."""
    kind = "stage" if slug in STAGES else "legal" if slug in LEGAL else "resource"
    return reverse(f"blog:{kind}", args=[slug])


def month_of(post: Entry) -> date:
    """Return the first day of the month in which a post appeared."""
    return timezone.localtime(post.first_at).date().replace(day=1)


def topics(tags: list[str]) -> dict[str, str]:
    """Return the names of tags by their slugs."""
    return {slugify(tag): tag for tag in tags}


def minutes(text: str) -> int:
    """Return how long Markdown takes to read."""
    return max(1, -(-len(to_text(text).split()) // _WORDS_A_MINUTE))


def _turns(state: Shown) -> list[datetime]:
    """Return the last date at which anything began or ended, and all that are to come."""
    return state.remember("editorial turns", _read_turns)


def _read_turns() -> list[datetime]:
    now = timezone.now()
    dates: set[datetime] = set()
    for model in EDITIONS:
        public = model.objects.exclude(starts_at=None).order_by()
        for pair in public.values_list("starts_at", "ends_at"):
            dates.update(moment for moment in pair if moment)
    turns = sorted(dates)
    return turns[max(0, bisect_right(turns, now) - 1) :]


def _read(now: datetime) -> Editorial:
    posts = _entries(PostEdition, now, lambda slug: reverse("blog:post", args=[slug]))
    landing = _entries(LandingPageEdition, now, landing_url)
    articles = _entries(HelpArticleEdition, now, lambda slug: reverse("blog:article", args=[slug]))
    glossary = _entries(TermEdition, now, lambda slug: reverse("blog:term", args=[slug]))
    newest = sorted(posts, key=lambda entry: (entry.first_at, entry.edition), reverse=True)
    in_order = sorted(landing, key=lambda entry: entry.title)
    return Editorial(
        posts=_by_slug(newest),
        stages={slug: entry for slug in STAGES for entry in landing if entry.slug == slug},
        resources=_by_slug([one for one in in_order if one.slug not in {*STAGES, *LEGAL}]),
        legal={slug: entry for slug in LEGAL for entry in landing if entry.slug == slug},
        articles=_by_slug(sorted(articles, key=lambda entry: (entry.topic, entry.title))),
        terms=_by_slug(sorted(glossary, key=lambda entry: entry.title.casefold())),
        answers=_answers(now),
        redirects={
            body["old_path"]: body["new_path"]
            for body in RedirectEdition.objects.in_force(now).values_list("body", flat=True)
        },
    )


def _entries(model: type[Edition], now: datetime, url: Any) -> list[Entry]:
    """Return the pages of one kind. Of two with the same slug the one that began last counts."""
    begun = model.objects.filter(starts_at__lte=now).order_by()
    first = dict(begun.values_list("subject").annotate(Min("starts_at")))
    found: dict[str, Entry] = {}
    for edition in model.objects.in_force(now).order_by("starts_at", "pk"):
        body = edition.body
        words = f"{body['title']} {body['summary']} {to_text(body['text'])}"
        found[body["slug"]] = Entry(
            edition.pk,
            body["slug"],
            body["title"],
            body["summary"],
            url(body["slug"]),
            first[edition.subject_id],
            edition.starts_at,
            minutes(body["text"]),
            words.casefold(),
            body.get("topic", ""),
            topics(body.get("tags", [])),
            body.get("byline", ""),
            _codes_in(body) if model is PostEdition else (),
            tuple(body.get("abbreviations", ())),
            edition.reviewer_role,
            edition.reviewed_on,
        )
    return list(found.values())


def _codes_in(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the codes that a post says it is about, and what else in it may be one."""
    return tuple(dict.fromkeys([*body["codes"], *_MAYBE_A_CODE.findall(body["text"])]))


def _by_slug(entries: list[Entry]) -> dict[str, Entry]:
    return {entry.slug: entry for entry in entries}


def _answers(now: datetime) -> dict[str, tuple[Answer, ...]]:
    bodies = FaqEdition.objects.in_force(now).values_list("body", flat=True)
    by_page: dict[str, list[Answer]] = {}
    for body in sorted(bodies, key=lambda body: (body["position"], body["question"])):
        by_page.setdefault(body["page"], []).append(Answer(body["question"], body["answer"]))
    return {page: tuple(answers) for page, answers in by_page.items()}
