"""The forms of a code's text as a browser sends them."""

from django.urls import reverse


def change_url(content):
    return reverse("admin:codes_codecontent_change", args=[content.pk])


def step_url(content, step):
    return reverse("admin:codes_codecontent_step", args=[content.pk, step])


def empty(**changes):
    """Return the form of a new text, its lists empty."""
    data = {
        "label": "Laparoscopic gallbladder removal",
        "synonyms": "",
        "description": "What the service is.",
        "plain_language": "What the service is, for patients.",
        "clinical_context": "When it is done.",
        "billing": "What the indicators do not say.",
        "sources": "",
        "owner": "",
        "next_review_on": "",
    }
    for prefix in ("questions", "related"):
        data |= {
            f"{prefix}-TOTAL_FORMS": 0,
            f"{prefix}-INITIAL_FORMS": 0,
            f"{prefix}-MIN_NUM_FORMS": 0,
            f"{prefix}-MAX_NUM_FORMS": 1000,
        }
    return {**data, **changes}


def posted(content, **changes):
    """Return the form of a stored text as it stands now, but for the changes."""
    content.refresh_from_db()
    data = empty(
        _version=content.version,
        label=content.label,
        synonyms="\n".join(content.synonyms),
        description=content.description,
        plain_language=content.plain_language,
        clinical_context=content.clinical_context,
        billing=content.billing,
        sources="\n".join(content.sources),
        specialties=[one.pk for one in content.specialties.all()],
        owner=content.owner_id or "",
        next_review_on=content.next_review_on or "",
    )
    rows = {
        "questions": content.questions.values("id", "question", "answer", "position"),
        "related": content.related.values("id", "code", "kind", "note", "position"),
    }
    for prefix, found in rows.items():
        for index, row in enumerate(found):
            data |= {f"{prefix}-{index}-{name}": value for name, value in row.items()}
            data[f"{prefix}-{index}-content"] = content.pk
        data[f"{prefix}-TOTAL_FORMS"] = data[f"{prefix}-INITIAL_FORMS"] = len(found)
    return {**data, **changes}
