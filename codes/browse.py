"""What lists are browsed by: categories with their statistics, and specialties.

Worked out once for each version of what the site shows.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import reverse

from codes.models import (
    Category,
    CategoryStatistics,
    CodeEdition,
    IntroductionEdition,
    Specialty,
)
from codes.shown import Shown


@dataclass(frozen=True, slots=True)
class Shelf:
    """A category in the active release. `here` counts the codes that the site has of it.

    The statistics are those of the whole release, also where the site has a part of it only.
    """

    pk: int
    slug: str
    name: str
    group: str  # the slug of its chapter; empty for a chapter
    statistics: CategoryStatistics
    here: int
    leaves: tuple["Shelf", ...]

    @property
    def is_chapter(self) -> bool:
        return not self.group

    @property
    def pks(self) -> list[int]:
        """The keys of the categories in which its codes stand."""
        return [leaf.pk for leaf in self.leaves] or [self.pk]

    def get_absolute_url(self) -> str:
        return reverse("codes:category", args=[self.slug])


@dataclass(frozen=True, slots=True)
class SpecialtyShelf:
    """A specialty and the codes of the active release whose text in force names it."""

    slug: str
    name: str
    description: str
    codes: tuple[str, ...]

    def get_absolute_url(self) -> str:
        return reverse("codes:specialty", args=[self.slug])


@dataclass(frozen=True, slots=True)
class Whole:
    """The release as a whole, and how much of it the site has."""

    here: int
    codes: int
    payable: int
    with_work: int
    statuses: Mapping[str, int]

    @property
    def without_work(self) -> int:
        return self.payable - self.with_work

    def of_status(self, letters: str) -> int:
        return sum(self.statuses.get(letter, 0) for letter in letters)


def shelves(state: Shown) -> Mapping[str, Shelf]:
    """Return every category by its slug: each chapter, followed by its leaves."""
    directory = state.directory

    def read() -> dict[str, Shelf]:
        here = Counter(listed.category_slug for listed in directory.values())
        statistics = {
            row.category_id: row
            for row in CategoryStatistics.objects.filter(schedule=state.schedule)
        }
        leaves: dict[int, list[Shelf]] = {}
        chapters = []
        categories = Category.objects.select_related("parent").order_by("position")
        for category in categories:
            if category.pk not in statistics:
                continue
            if category.parent is None:
                chapters.append(category)
                continue
            leaf = Shelf(
                category.pk,
                category.slug,
                category.name,
                category.parent.slug,
                statistics[category.pk],
                here[category.slug],
                (),
            )
            leaves.setdefault(category.parent_id, []).append(leaf)
        found = {}
        for chapter in chapters:
            inside = tuple(leaves.get(chapter.pk, ()))
            found[chapter.slug] = Shelf(
                chapter.pk,
                chapter.slug,
                chapter.name,
                "",
                statistics[chapter.pk],
                sum(leaf.here for leaf in inside),
                inside,
            )
            found |= {leaf.slug: leaf for leaf in inside}
        return found

    return state.remember("shelves", read)


def chapters(state: Shown) -> list[Shelf]:
    """Return the chapters that have codes in the active release, in their order."""
    return [one for one in shelves(state).values() if one.is_chapter and one.statistics.codes]


def whole(state: Shown) -> Whole:
    """Return what the release holds, added up over its chapters."""
    statuses: Counter[str] = Counter()
    for chapter in chapters(state):
        statuses.update(chapter.statistics.statuses)
    rows = [chapter.statistics for chapter in chapters(state)]
    return Whole(
        here=len(state.directory),
        codes=sum(row.codes for row in rows),
        payable=sum(row.payable for row in rows),
        with_work=sum(row.with_work for row in rows),
        statuses=statuses,
    )


def described(state: Shown) -> int:
    """Return how many codes of the active release have a text by an editor."""
    return state.remember(
        "described", lambda: sum(listed.has_text for listed in state.directory.values())
    )


def specialties(state: Shown) -> Mapping[str, SpecialtyShelf]:
    """Return the specialties that any code here names, by their slug, in order of name."""
    directory = state.directory

    def read() -> dict[str, SpecialtyShelf]:
        named: dict[tuple[str, str, str], list[str]] = {}
        rows = (
            CodeEdition.objects.in_force()
            .exclude(specialties=None)
            .order_by("specialties__name", "subject__code_id")
            .values_list(
                "specialties__slug",
                "specialties__name",
                "specialties__description",
                "subject__code_id",
            )
        )
        for slug, name, description, hcpcs in rows:
            if hcpcs in directory:
                named.setdefault((slug, name, description), []).append(hcpcs)
        return {
            slug: SpecialtyShelf(slug, name, description, tuple(codes))
            for (slug, name, description), codes in named.items()
        }

    return state.remember("specialties", read)


def specialty_shelf(state: Shown, specialty: Specialty) -> SpecialtyShelf:
    """Return a specialty's shelf, also where no code is on it, so that it has no public page."""
    empty = SpecialtyShelf(specialty.slug, specialty.name, specialty.description, ())
    return specialties(state).get(specialty.slug, empty)


def introductions(state: Shown) -> Mapping[str, str]:
    """Return the introductions in force, in Markdown, by the address of the page they open."""

    def read() -> dict[str, str]:
        editions = IntroductionEdition.objects.in_force().select_related(
            "subject__category", "subject__specialty"
        )
        return {edition.subject.page.get_absolute_url(): edition.body["text"]
                for edition in editions}  # fmt: skip

    return state.remember("introductions", read)
