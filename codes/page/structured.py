"""A code's page as machines read it: schema.org in JSON-LD."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from codes import taxonomy
from codes.page.questions import Answer


def structured(
    *,
    url: str,
    root: str,
    hcpcs: str,
    label: str,
    description: str,
    crumbs: Sequence[tuple[str, str]],
    questions: Sequence[Answer],
    specialties: Sequence[str],
    released_on: date | None,
    reviewed_on: date | None,
) -> dict[str, Any]:
    """Return the graph for one page: MedicalWebPage, MedicalCode, BreadcrumbList, FAQPage.

    `url` is the canonical address; `root` the site's, without a final slash.
    """
    system = taxonomy.system(hcpcs)
    page: dict[str, Any] = {
        "@type": "MedicalWebPage",
        "@id": url,
        "url": url,
        "name": f"{system} {hcpcs}: {label}",
        "description": description,
        "inLanguage": "en-US",
        "isPartOf": {"@type": "WebSite", "name": "RVU Edge", "url": f"{root}/"},
        "mainEntity": {"@id": f"{url}#code"},
        "breadcrumb": {"@id": f"{url}#breadcrumbs"},
        "audience": [
            {"@type": "MedicalAudience", "audienceType": "Clinician"},
            {"@type": "MedicalAudience", "audienceType": "MedicalResearcher"},
        ],
    }
    if specialties:
        page["about"] = [{"@type": "Thing", "name": name} for name in specialties]
    if released_on:
        page["datePublished"] = released_on
    if reviewed_on:
        page["lastReviewed"] = reviewed_on
    graph: list[dict[str, Any]] = [
        page,
        {
            "@type": "MedicalCode",
            "@id": f"{url}#code",
            "codeValue": hcpcs,
            "codingSystem": "CPT" if system == taxonomy.CPT else "HCPCS Level II",
            "name": label,
        },
        {
            "@type": "BreadcrumbList",
            "@id": f"{url}#breadcrumbs",
            "itemListElement": [
                {"@type": "ListItem", "position": i, "name": name, "item": f"{root}{address}"}
                for i, (name, address) in enumerate(crumbs, start=1)
            ],
        },
    ]
    if questions:
        graph.append(
            {
                "@type": "FAQPage",
                "@id": f"{url}#questions",
                "mainEntity": [
                    {
                        "@type": "Question",
                        "name": one.question,
                        "acceptedAnswer": {"@type": "Answer", "text": one.answer},
                    }
                    for one in questions
                ],
            }
        )
    return {"@context": "https://schema.org", "@graph": graph}
