"""Which specialties of Medicare's public file belong to which of ours: data, and no Django.

Ours are the slugs of codes/catalogue/specialties.toml; Medicare's are the values of
Rndrng_Prvdr_Type. The first that is published is taken where nothing else is chosen; later ones
are names of other years, or narrower specialties. What Medicare's file does not know as a
specialty (pediatric surgery, home health) is not here: another one would be a guess.
"""

from collections.abc import Container, Mapping

MEDICARE_NAMES: Mapping[str, tuple[str, ...]] = {
    "allergy-immunology": ("Allergy/ Immunology", "Allergy/Immunology"),
    "anesthesiology": ("Anesthesiology",),
    "cardiology": (
        "Cardiology",
        "Interventional Cardiology",
        "Clinical Cardiac Electrophysiology",
        "Advanced Heart Failure and Transplant Cardiology",
    ),
    "cardiothoracic-surgery": ("Thoracic Surgery", "Cardiac Surgery"),
    "colorectal-surgery": (
        "Colorectal Surgery (Proctology)",
        "Colorectal Surgery (formerly Proctology)",
    ),
    "critical-care": ("Critical Care (Intensivists)",),
    "dermatology": ("Dermatology", "Micrographic Dermatologic Surgery"),
    "emergency-medicine": ("Emergency Medicine",),
    "endocrinology": ("Endocrinology",),
    "family-medicine": ("Family Practice", "Family Medicine", "General Practice"),
    "gastroenterology": ("Gastroenterology",),
    "general-surgery": ("General Surgery", "Surgical Oncology"),
    "geriatrics": ("Geriatric Medicine",),
    "hematology-oncology": ("Hematology-Oncology", "Medical Oncology", "Hematology"),
    "hospital-medicine": ("Hospitalist",),
    "infectious-disease": ("Infectious Disease",),
    "internal-medicine": ("Internal Medicine",),
    "interventional-radiology": ("Interventional Radiology",),
    "laboratory-medicine": ("Pathology",),
    "nephrology": ("Nephrology",),
    "neurology": ("Neurology",),
    "neurosurgery": ("Neurosurgery",),
    "nuclear-medicine": ("Nuclear Medicine",),
    "nursing": (
        "Nurse Practitioner",
        "Certified Clinical Nurse Specialist",
        "Certified Nurse Midwife",
    ),
    "obstetrics-gynecology": ("Obstetrics & Gynecology", "Gynecological Oncology"),
    "ophthalmology": ("Ophthalmology",),
    "optometry": ("Optometry",),
    "orthopedic-surgery": ("Orthopedic Surgery", "Hand Surgery", "Sports Medicine"),
    "otolaryngology": ("Otolaryngology",),
    "pain-medicine": ("Interventional Pain Management", "Pain Management"),
    "palliative-care": ("Hospice and Palliative Care",),
    "pathology": ("Pathology",),
    "pediatrics": ("Pediatric Medicine",),
    "physical-medicine": ("Physical Medicine and Rehabilitation",),
    "physical-therapy": ("Physical Therapist in Private Practice",),
    "plastic-surgery": ("Plastic and Reconstructive Surgery",),
    "podiatry": ("Podiatry",),
    "psychiatry": ("Psychiatry", "Geriatric Psychiatry", "Neuropsychiatry"),
    "psychology": ("Clinical Psychologist", "Psychologist, Clinical"),
    "pulmonology": ("Pulmonary Disease",),
    "radiation-oncology": ("Radiation Oncology",),
    "radiology": ("Diagnostic Radiology",),
    "rheumatology": ("Rheumatology",),
    "sleep-medicine": ("Sleep Medicine",),
    "social-work": ("Licensed Clinical Social Worker",),
    "urology": ("Urology",),
    "vascular-surgery": ("Vascular Surgery",),
}


def medicare_name(slug: str, published: Container[str]) -> str:
    """Return the first name of a specialty that is among the published ones, or ""."""
    names = MEDICARE_NAMES.get(slug, ())
    return next((name for name in names if name in published), "")
