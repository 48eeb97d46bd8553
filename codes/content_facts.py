"""What the database knows that an editor's text can be held against."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.core.cache import cache

from codes import taxonomy
from codes.content_warnings import Facts, codes_named, long_sentences
from codes.models import CodeContent, Descriptor, FeeSchedule, Rate, Standing

REMEMBERED = 10 * 60  # seconds that a search for copied sentences is kept
_TEXTS = ("description", "plain_language", "clinical_context", "billing")
_RVUS = ("work_rvu", "pe_nonfac", "pe_fac", "mp_rvu", "total_nonfac", "total_fac")
_SHARES = ("pre_pct", "intra_pct", "post_pct")


def facts_of(hcpcs: str, body: Mapping[str, Any], *, search: bool = True) -> Facts:
    """Return what is known of a code and of every code that its text names: five queries.

    Without `search`, other codes' texts are not read for sentences that they share.
    """
    codes = codes_named(hcpcs, body)
    schedules = FeeSchedule.objects.in_bulk()
    active = next((one for one in schedules.values() if one.is_active), None)
    now: dict[str, set[Decimal]] = defaultdict(set)
    before: dict[str, set[Decimal]] = defaultdict(set)
    descriptors = set()
    rows = Rate.objects.filter(code__in=codes).values_list(
        "schedule_id", "code_id", "descriptor", *_RVUS, *_SHARES
    )
    for key, code, wording, *values in rows:
        figures = now if active and key == active.pk else before
        rvus, shares = values[: len(_RVUS)], values[len(_RVUS) :]
        figures[code].update(rvus, (share * 100 for share in shares), _factors(schedules[key]))
        if code == hcpcs and wording:
            descriptors.add(wording)
    amounts = Standing.objects.filter(code__in=codes).values_list(
        "schedule_id", "code_id", "national_nonfac", "national_fac"
    )
    for key, code, *dollars in amounts:
        figures = now if active and key == active.pk else before
        figures[code].update(amount for amount in dollars if amount is not None)
    descriptors.update(Descriptor.objects.filter(code=hcpcs).values_list("text", flat=True))
    is_owned = taxonomy.descriptor_owner(hcpcs) != "CMS"
    return Facts(
        release=active.release if active else "",
        figures={code: frozenset(values) for code, values in now.items()},
        earlier={code: frozenset(values) for code, values in before.items()},
        descriptors=tuple(sorted(descriptors)) if is_owned else (),
        elsewhere=elsewhere(hcpcs, long_sentences(body), search=search),
    )


def _factors(schedule: FeeSchedule) -> list[Decimal]:
    factors = (
        schedule.conversion_factor,
        schedule.qp_conversion_factor,
        schedule.anesthesia_factor,
        schedule.qp_anesthesia_factor,
    )
    return [factor for factor in factors if factor is not None]


def elsewhere(
    hcpcs: str, wanted: Iterable[str], *, search: bool = True
) -> dict[str, tuple[str, ...]]:
    """Return, for each sentence that other codes' texts hold word for word, those codes.

    All texts are read for it, in less than a second at 17,000 of them. The answer to the very same
    question is kept for some minutes; without `search` only such an answer is given.
    """
    pieces = {sentence.rstrip(".?! "): sentence for sentence in wanted}
    asked = "\n".join([hcpcs, *sorted(pieces)])
    key = f"elsewhere:{hashlib.sha256(asked.encode()).hexdigest()}"
    found: dict[str, tuple[str, ...]] | None = cache.get(key)
    if found is None:
        found = _search(hcpcs, pieces) if pieces and search else {}
        if search:
            cache.set(key, found, REMEMBERED)
    return found


def _search(hcpcs: str, pieces: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    # A text is cut at ". ": the end of a paragraph keeps its mark.
    ends = {piece + mark: sentence for piece, sentence in pieces.items() for mark in ("", *".?!")}
    found: dict[str, list[str]] = {}
    rows = CodeContent.objects.order_by().values_list("code_id", *_TEXTS)
    for code, *texts in rows.iterator(chunk_size=1000):
        said = "\n".join(texts).replace("\n", ". ").replace("? ", ". ").split(". ")
        for end in ends.keys() & said:
            if code != hcpcs:
                found.setdefault(ends[end], []).append(code)
    return {sentence: tuple(sorted(set(codes))) for sentence, codes in found.items()}
