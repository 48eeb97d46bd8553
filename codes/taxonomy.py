"""Which kind of code a code is, and which category it stands in: patterns and ranges, no Django.

The ranges are those of the CPT and HCPCS code systems; the names are our own. Where ranges
overlap, the narrowest wins, so that every code of the federal files since 2020 falls in exactly
one leaf. A range is a little wider than today's codes where codes have been retired.
"""

import re
from functools import lru_cache
from typing import NamedTuple

CPT = "CPT"
HCPCS = "HCPCS"

# nnnnA were the COVID-19 vaccine administration codes of 2021 to 2023.
_CPT_PATTERN = re.compile(r"[0-9]{4}[0-9AFTUM]")
_LEVEL_II_PATTERN = re.compile(r"[A-V][0-9]{4}")
# RVU26C holds one placeholder, GXXX1: it is kept, and never indexed.
_PLACEHOLDER_PATTERN = re.compile(r"[A-V](?=[0-9X]{4}$)[0-9]*X[0-9X]*")


class Leaf(NamedTuple):
    """One category that codes stand in, as a range of codes in character order."""

    slug: str
    name: str
    group: str
    start: str
    end: str


class Group(NamedTuple):
    """A chapter: several leaves under one name."""

    slug: str
    name: str


GROUPS = (
    Group("evaluation-management", "Evaluation and management"),
    Group("anesthesia", "Anesthesia"),
    Group("surgery", "Surgery"),
    Group("radiology", "Radiology"),
    Group("pathology-laboratory", "Pathology and laboratory"),
    Group("medicine", "Medicine"),
    Group("other-cpt", "Other CPT categories"),
    Group("hcpcs-level-ii", "HCPCS Level II"),
)

# slug, name, then one or more ranges. A range with a suffix letter is one of its own.
_LEAVES: tuple[tuple[str, str, str, tuple[tuple[str, str], ...]], ...] = (
    # Evaluation and management
    ("evaluation-management", "office-visits", "Office visits", (("99201", "99215"),)),
    ("evaluation-management", "hospital-visits", "Hospital visits", (("99217", "99239"),)),
    ("evaluation-management", "consultations", "Consultations", (("99241", "99255"),)),
    ("evaluation-management", "emergency-visits", "Emergency visits", (("99281", "99288"),)),
    ("evaluation-management", "critical-care", "Critical care", (("99291", "99292"),)),
    ("evaluation-management", "nursing-facility", "Nursing facility", (("99304", "99318"),)),
    ("evaluation-management", "home-visits", "Home visits", (("99324", "99350"),)),
    (
        "evaluation-management",
        "prolonged-services",
        "Prolonged and standby services",
        (("99354", "99360"), ("99415", "99418")),
    ),
    (
        "evaluation-management",
        "conferences-oversight",
        "Conferences and care oversight",
        (("99366", "99380"),),
    ),
    (
        "evaluation-management",
        "preventive-visits",
        "Preventive visits",
        (("99381", "99412"), ("99429", "99429")),
    ),
    (
        "evaluation-management",
        "online-phone-care",
        "Online, phone and care management",
        (("99421", "99452"),),
    ),
    (
        "evaluation-management",
        "remote-monitoring",
        "Special reports and remote monitoring",
        (
            ("99445", "99445"),
            ("99450", "99450"),
            ("99453", "99459"),
            ("99470", "99470"),
            ("99473", "99474"),
        ),
    ),
    (
        "evaluation-management",
        "newborn-pediatric-care",
        "Newborn and pediatric critical care",
        (("99460", "99480"), ("99485", "99486")),
    ),
    (
        "evaluation-management",
        "care-planning",
        "Care planning and management",
        (("99483", "99499"),),
    ),
    ("evaluation-management", "telemedicine", "Telemedicine visits", (("98000", "98016"),)),
    # Anesthesia
    ("anesthesia", "anesthesia-head", "Anesthesia, head", (("00100", "00222"),)),
    ("anesthesia", "anesthesia-neck", "Anesthesia, neck", (("00300", "00352"),)),
    ("anesthesia", "anesthesia-chest-wall", "Anesthesia, chest wall", (("00400", "00474"),)),
    (
        "anesthesia",
        "anesthesia-intrathoracic",
        "Anesthesia, inside the chest",
        (("00500", "00580"),),
    ),
    ("anesthesia", "anesthesia-spine", "Anesthesia, spine", (("00600", "00670"),)),
    (
        "anesthesia",
        "anesthesia-upper-abdomen",
        "Anesthesia, upper abdomen",
        (("00700", "00797"),),
    ),
    (
        "anesthesia",
        "anesthesia-lower-abdomen",
        "Anesthesia, lower abdomen",
        (("00800", "00882"),),
    ),
    ("anesthesia", "anesthesia-perineum", "Anesthesia, perineum", (("00902", "00952"),)),
    ("anesthesia", "anesthesia-pelvis", "Anesthesia, pelvis", (("01112", "01173"),)),
    ("anesthesia", "anesthesia-upper-leg", "Anesthesia, upper leg", (("01200", "01274"),)),
    ("anesthesia", "anesthesia-knee", "Anesthesia, knee", (("01320", "01444"),)),
    (
        "anesthesia",
        "anesthesia-lower-leg",
        "Anesthesia, lower leg and foot",
        (("01462", "01522"),),
    ),
    ("anesthesia", "anesthesia-shoulder", "Anesthesia, shoulder", (("01610", "01680"),)),
    (
        "anesthesia",
        "anesthesia-upper-arm",
        "Anesthesia, upper arm and elbow",
        (("01710", "01782"),),
    ),
    (
        "anesthesia",
        "anesthesia-forearm-hand",
        "Anesthesia, forearm and hand",
        (("01810", "01860"),),
    ),
    (
        "anesthesia",
        "anesthesia-radiologic",
        "Anesthesia, radiologic procedures",
        (("01916", "01942"),),
    ),
    ("anesthesia", "anesthesia-burns", "Anesthesia, burns", (("01951", "01953"),)),
    ("anesthesia", "anesthesia-obstetric", "Anesthesia, obstetric", (("01958", "01969"),)),
    ("anesthesia", "anesthesia-other", "Anesthesia, other", (("01990", "01999"),)),
    # Surgery
    ("surgery", "needle-aspiration", "Needle aspiration", (("10004", "10021"),)),
    ("surgery", "integumentary", "Skin and breast", (("10030", "19499"),)),
    ("surgery", "musculoskeletal", "Musculoskeletal system", (("20100", "29999"),)),
    ("surgery", "respiratory", "Respiratory system", (("30000", "32999"),)),
    ("surgery", "cardiovascular", "Heart and vessels", (("33016", "37799"),)),
    ("surgery", "blood-lymph", "Blood and lymph", (("38100", "38999"),)),
    (
        "surgery",
        "mediastinum-diaphragm",
        "Mediastinum and diaphragm",
        (("39000", "39599"),),
    ),
    ("surgery", "digestive", "Digestive system", (("40490", "49999"),)),
    ("surgery", "urinary", "Urinary system", (("50010", "53899"),)),
    ("surgery", "male-genital", "Male genital system", (("54000", "55899"),)),
    ("surgery", "reproductive", "Reproductive procedures", (("55920", "55980"),)),
    ("surgery", "female-genital", "Female genital system", (("56405", "58999"),)),
    ("surgery", "maternity", "Maternity care and delivery", (("59000", "59899"),)),
    ("surgery", "endocrine", "Endocrine system", (("60000", "60699"),)),
    ("surgery", "nervous-system", "Nervous system", (("61000", "64999"),)),
    ("surgery", "eye", "Eye", (("65091", "68899"),)),
    ("surgery", "ear", "Ear", (("69000", "69979"),)),
    ("surgery", "operating-microscope", "Operating microscope", (("69990", "69990"),)),
    # Radiology
    ("radiology", "diagnostic-imaging", "Diagnostic imaging", (("70010", "76499"),)),
    ("radiology", "ultrasound", "Ultrasound", (("76506", "76999"),)),
    ("radiology", "imaging-guidance", "Imaging guidance", (("77001", "77022"),)),
    ("radiology", "breast-imaging", "Breast imaging", (("77046", "77067"),)),
    ("radiology", "bone-joint-imaging", "Bone and joint imaging", (("77071", "77092"),)),
    ("radiology", "radiation-oncology", "Radiation oncology", (("77261", "77799"),)),
    ("radiology", "nuclear-medicine", "Nuclear medicine", (("78012", "79999"),)),
    # Pathology and laboratory
    ("pathology-laboratory", "panels", "Laboratory panels", (("80047", "80081"),)),
    ("pathology-laboratory", "drug-assays", "Drug assays", (("80143", "80377"),)),
    (
        "pathology-laboratory",
        "stimulation-tests",
        "Stimulation and suppression tests",
        (("80400", "80439"),),
    ),
    (
        "pathology-laboratory",
        "pathology-consultations",
        "Pathology consultations",
        (("80500", "80506"),),
    ),
    ("pathology-laboratory", "urinalysis", "Urinalysis", (("81000", "81099"),)),
    ("pathology-laboratory", "molecular-tests", "Molecular tests", (("81105", "81599"),)),
    ("pathology-laboratory", "chemistry", "Chemistry", (("82009", "84999"),)),
    (
        "pathology-laboratory",
        "hematology",
        "Hematology and coagulation",
        (("85002", "85999"),),
    ),
    ("pathology-laboratory", "immunology", "Immunology", (("86000", "86849"),)),
    ("pathology-laboratory", "transfusion", "Transfusion medicine", (("86850", "86999"),)),
    ("pathology-laboratory", "microbiology", "Microbiology", (("87003", "87999"),)),
    ("pathology-laboratory", "autopsy", "Autopsy", (("88000", "88099"),)),
    ("pathology-laboratory", "cytopathology", "Cytopathology", (("88104", "88199"),)),
    ("pathology-laboratory", "cytogenetics", "Cytogenetics", (("88230", "88299"),)),
    (
        "pathology-laboratory",
        "surgical-pathology",
        "Surgical pathology",
        (("88300", "88399"),),
    ),
    (
        "pathology-laboratory",
        "other-laboratory",
        "Other laboratory procedures",
        (("88720", "89240"),),
    ),
    (
        "pathology-laboratory",
        "reproductive-laboratory",
        "Reproductive laboratory",
        (("89250", "89398"),),
    ),
    # Medicine
    ("medicine", "immune-globulins", "Immune globulins", (("90281", "90399"),)),
    (
        "medicine",
        "vaccine-administration",
        "Vaccine administration",
        (("90460", "90474"), ("90480", "90484"), ("0000A", "9999A")),
    ),
    ("medicine", "vaccines", "Vaccines", (("90476", "90759"), ("91300", "91399"))),
    ("medicine", "psychiatry", "Psychiatry and psychotherapy", (("90785", "90899"),)),
    ("medicine", "biofeedback", "Biofeedback", (("90901", "90913"),)),
    ("medicine", "dialysis", "Dialysis", (("90935", "90999"),)),
    ("medicine", "gastroenterology", "Gastroenterology tests", (("91010", "91299"),)),
    ("medicine", "ophthalmology", "Eye examinations and tests", (("92002", "92499"),)),
    ("medicine", "ent-audiology", "Ear, nose, throat and hearing", (("92502", "92700"),)),
    (
        "medicine",
        "medicine-cardiovascular",
        "Heart tests and catheter procedures",
        (("92920", "93799"),),
    ),
    ("medicine", "vascular-studies", "Vascular studies", (("93880", "93998"),)),
    ("medicine", "pulmonary", "Lung function", (("94002", "94799"),)),
    ("medicine", "allergy", "Allergy", (("95004", "95199"),)),
    ("medicine", "glucose-monitoring", "Glucose monitoring", (("95249", "95251"),)),
    ("medicine", "neurology-sleep", "Neurology and sleep", (("95700", "96020"),)),
    ("medicine", "genetics", "Genetic counseling", (("96040", "96041"),)),
    ("medicine", "cognitive-testing", "Cognitive testing", (("96105", "96146"),)),
    ("medicine", "health-behavior", "Health behavior", (("96156", "96171"),)),
    ("medicine", "caregiver-training", "Caregiver training", (("96202", "96203"),)),
    (
        "medicine",
        "infusion-injection",
        "Infusion, injection and chemotherapy",
        (("96360", "96549"),),
    ),
    ("medicine", "photodynamic-therapy", "Photodynamic therapy", (("96567", "96574"),)),
    ("medicine", "dermatology", "Dermatology treatments", (("96900", "96999"),)),
    ("medicine", "scalp-cooling", "Scalp cooling", (("97007", "97009"),)),
    ("medicine", "physical-medicine", "Physical medicine", (("97010", "97799"),)),
    ("medicine", "adaptive-behavior", "Adaptive behavior", (("97151", "97158"),)),
    ("medicine", "nutrition", "Nutrition therapy", (("97802", "97804"),)),
    ("medicine", "acupuncture", "Acupuncture", (("97810", "97814"),)),
    ("medicine", "osteopathic", "Osteopathic manipulation", (("98925", "98929"),)),
    ("medicine", "chiropractic", "Chiropractic manipulation", (("98940", "98943"),)),
    (
        "medicine",
        "education-online",
        "Education and online care by staff",
        (("98960", "98972"),),
    ),
    (
        "medicine",
        "remote-therapeutic-monitoring",
        "Remote therapeutic monitoring",
        (("98975", "98986"),),
    ),
    ("medicine", "special-services", "Special services", (("99000", "99082"),)),
    ("medicine", "remote-data", "Remote data review", (("99091", "99091"),)),
    (
        "medicine",
        "anesthesia-circumstances",
        "Anesthesia circumstances",
        (("99100", "99140"),),
    ),
    ("medicine", "sedation", "Moderate sedation", (("99151", "99157"),)),
    ("medicine", "other-medicine", "Other medical services", (("99170", "99199"),)),
    ("medicine", "home-health", "Home health", (("99500", "99602"),)),
    ("medicine", "medication-management", "Medication management", (("99605", "99607"),)),
    # Other CPT categories
    ("other-cpt", "category-ii", "Category II, quality tracking", (("0000F", "9999F"),)),
    ("other-cpt", "category-iii", "Category III, new technology", (("0000T", "9999T"),)),
    (
        "other-cpt",
        "proprietary-lab",
        "Proprietary laboratory tests",
        (("0000U", "9999U"),),
    ),
    ("other-cpt", "lab-algorithms", "Laboratory algorithms", (("0000M", "9999M"),)),
    # HCPCS Level II
    ("hcpcs-level-ii", "a-codes", "A codes: ambulance and supplies", (("A0000", "A9999"),)),
    ("hcpcs-level-ii", "b-codes", "B codes: tube and IV feeding", (("B0000", "B9999"),)),
    ("hcpcs-level-ii", "c-codes", "C codes: hospital outpatient", (("C0000", "C9999"),)),
    ("hcpcs-level-ii", "d-codes", "D codes: dental", (("D0000", "D9999"),)),
    ("hcpcs-level-ii", "e-codes", "E codes: durable equipment", (("E0000", "E9999"),)),
    (
        "hcpcs-level-ii",
        "g-codes",
        "G codes: CMS services and measures",
        (("G0000", "G9999"),),
    ),
    ("hcpcs-level-ii", "h-codes", "H codes: behavioral health", (("H0000", "H9999"),)),
    ("hcpcs-level-ii", "j-codes", "J codes: drugs", (("J0000", "J9999"),)),
    ("hcpcs-level-ii", "k-codes", "K codes: temporary equipment", (("K0000", "K9999"),)),
    ("hcpcs-level-ii", "l-codes", "L codes: orthotics, prosthetics", (("L0000", "L9999"),)),
    (
        "hcpcs-level-ii",
        "m-codes",
        "M codes: services and measures",
        (("M0000", "M9999"),),
    ),
    ("hcpcs-level-ii", "p-codes", "P codes: laboratory and blood", (("P0000", "P9999"),)),
    ("hcpcs-level-ii", "q-codes", "Q codes: temporary, CMS", (("Q0000", "Q9999"),)),
    (
        "hcpcs-level-ii",
        "r-codes",
        "R codes: portable X-ray transport",
        (("R0000", "R9999"),),
    ),
    ("hcpcs-level-ii", "s-codes", "S codes: private payers", (("S0000", "S9999"),)),
    ("hcpcs-level-ii", "t-codes", "T codes: state Medicaid", (("T0000", "T9999"),)),
    ("hcpcs-level-ii", "u-codes", "U codes: laboratory", (("U0000", "U9999"),)),
    ("hcpcs-level-ii", "v-codes", "V codes: vision and hearing", (("V0000", "V9999"),)),
)

LEAVES = tuple(
    Leaf(slug, name, group, start, end)
    for group, slug, name, ranges in _LEAVES
    for start, end in ranges
)
LEAF_SLUGS = tuple(slug for _, slug, _, _ in _LEAVES)


def is_code(text: str) -> bool:
    """Return whether `text` has the form of a CPT or HCPCS Level II code, in capitals."""
    return bool(
        _CPT_PATTERN.fullmatch(text)
        or _LEVEL_II_PATTERN.fullmatch(text)
        or _PLACEHOLDER_PATTERN.fullmatch(text)
    )


def is_placeholder(hcpcs: str) -> bool:
    """Return whether the file only holds a place for a code (GXXX1): kept, never indexed."""
    return bool(_PLACEHOLDER_PATTERN.fullmatch(hcpcs))


def system(hcpcs: str) -> str:
    """Return "CPT" for AMA's codes and "HCPCS" for Level II: a letter code is never CPT."""
    return CPT if hcpcs[0].isdigit() else HCPCS


def descriptor_owner(hcpcs: str) -> str:
    """Return who owns the published wording of a code: "AMA", "ADA" (dental) or "CMS"."""
    if system(hcpcs) == CPT:
        return "AMA"
    return "ADA" if hcpcs.startswith("D") else "CMS"


def _sort_key(code: str) -> tuple[str, int]:
    """Return the family of a code (its letter, or its final one) and its number."""
    if code[0].isalpha():
        digits = code[1:].replace("X", "0")
        return code[0], int(digits)
    if code[-1].isalpha():
        return f"*{code[-1]}", int(code[:-1])
    return "", int(code)


_RANGES = tuple(
    (*_sort_key(leaf.start), _sort_key(leaf.end)[1], leaf)
    for leaf in sorted(LEAVES, key=lambda leaf: _sort_key(leaf.end)[1] - _sort_key(leaf.start)[1])
)


@lru_cache(maxsize=32_768)
def leaf_of(hcpcs: str) -> Leaf | None:
    """Return the narrowest leaf that holds the code, or None if no range does."""
    family, number = _sort_key(hcpcs)
    for range_family, start, end, leaf in _RANGES:
        if family == range_family and start <= number <= end:
            return leaf
    return None
