"""The form of every answer: what is written, and what OpenAPI says of it.

Numbers that are RVUs, dollars, indices or shares are strings, as they stand in the file: no
reader's floating point comes between. Names are those of the columns in codes/models.
"""

from typing import Any

from rest_framework import serializers
from rest_framework.serializers import (
    BooleanField,
    CharField,
    DateField,
    IntegerField,
    ListField,
    Serializer,
    URLField,
)

from codes.labels import may_be_shown


class _Exact(serializers.DecimalField):
    """A decimal as a string, with the places that it has."""

    def __init__(self, decimal_places: int | None, **options: Any) -> None:
        super().__init__(max_digits=None, decimal_places=decimal_places, **options)


def _rvu(**options: Any) -> _Exact:
    return _Exact(2, **options)


def _dollars(**options: Any) -> _Exact:
    return _Exact(2, **options)


def _factor(**options: Any) -> _Exact:
    return _Exact(4, **options)


class Problem(Serializer):
    """RFC 9457. `errors` has the sentences about each parameter, where they are at fault."""

    type = CharField()
    title = CharField()
    status = IntegerField()
    detail = CharField()
    errors = serializers.DictField(child=ListField(child=CharField()), required=False)


class Released(Serializer):
    release = CharField(help_text="2026C is CMS's RVU26C; names sort by age.")
    file = CharField(allow_null=True, help_text="CMS's file of relative values.")
    released_on = DateField(allow_null=True, help_text="As the file says of itself.")
    effective_on = DateField(help_text="The first day of service that it is for.")


class Provenance(Released):
    is_complete = BooleanField(help_text="false: a part of the release only.")
    source = CharField()
    notices = ListField(child=CharField(), help_text="To be shown wherever the data is.")


class Answer(Serializer):
    provenance = Provenance()


class Page(Answer):
    next = URLField(allow_null=True, help_text="The address of the next page.")


class Links(Answer):
    """Where everything is."""

    links = serializers.DictField(child=URLField())


class Named(Serializer):
    slug = CharField()
    name = CharField()


class Rate(Serializer):
    """One row of the file, with all its columns as published."""

    code = CharField(source="code_id")
    modifier = CharField(help_text="Empty, 26, TC or 53.")
    descriptor = serializers.SerializerMethodField(
        help_text="CMS's short text; null where its owner (AMA, ADA) does not allow it."
    )
    status = CharField()
    not_used = BooleanField(help_text="Flagged +: the RVUs are for reference only.")
    is_payable = BooleanField(help_text="Status A, R or T, not flagged +.")
    work_rvu = _rvu()
    pe_nonfac = _rvu()
    nonfac_na = BooleanField(help_text="Rarely or never done outside a facility.")
    pe_fac = _rvu()
    fac_na = BooleanField(help_text="Rarely or never done in a facility.")
    mp_rvu = _rvu()
    total_nonfac = _rvu()
    total_fac = _rvu()
    pctc = CharField()
    global_days = CharField()
    pre_pct = _Exact(2)
    intra_pct = _Exact(2)
    post_pct = _Exact(2)
    mult_proc = CharField()
    bilat = CharField()
    asst = CharField()
    cosurg = CharField()
    team = CharField()
    pricing_ind = CharField()
    endo_base = CharField()
    conv_factor = _factor()
    supervision = CharField()
    calc_flag = CharField()
    img_family = CharField()
    opps_pe_nonfac = _rvu()
    opps_pe_fac = _rvu()
    opps_mp = _rvu()

    def get_descriptor(self, row: Any) -> str | None:
        return row.descriptor if may_be_shown(row.descriptor_owner) else None


class Rates(Page):
    results = Rate(many=True)


class Code(Serializer):
    """A code of the active release. Figures are those of the row that speaks for it."""

    code = CharField()
    system = CharField(help_text="CPT or HCPCS Level II.")
    label = CharField(help_text="An editor's name for it, CMS's text, or one made of the file.")
    has_text = BooleanField(help_text="Whether an editor has described it.")
    category = Named()
    status = CharField()
    status_meaning = CharField()
    is_payable = BooleanField(help_text="Status A, R or T, not flagged +.")
    global_days = CharField()
    modifiers = ListField(child=CharField(), help_text="Its other rows: 26, TC, 53.")
    work_rvu = _rvu(help_text="As published, also where Medicare does not use it.")
    credited_work_rvu = _rvu(allow_null=True, help_text="null where Medicare credits none.")
    no_work = CharField(help_text="Why none is credited, in a word; empty where some is.")
    pe_nonfac = _rvu()
    pe_fac = _rvu()
    mp_rvu = _rvu()
    total_nonfac = _rvu(allow_null=True, help_text="null where NA or not paid by RVUs.")
    total_fac = _rvu(allow_null=True, help_text="null where NA or not paid by RVUs.")
    national_nonfac = _dollars(allow_null=True, help_text="Dollars, before any locality.")
    national_fac = _dollars(allow_null=True, help_text="Dollars, before any locality.")
    change = CharField(help_text="What the release changed; empty where nothing.")
    work_rvu_before = _rvu(allow_null=True, help_text="In the release before.")
    url = URLField()
    page = URLField(help_text="The page for people.")


class Codes(Page):
    results = Code(many=True)


class Neighbor(Serializer):
    code = CharField()
    work_rvu = CharField()


class Comparison(Serializer):
    """Within the payable codes of the category that carry physician work."""

    payable = IntegerField()
    with_work = IntegerField()
    below = IntegerField(allow_null=True, help_text="How many of them have less work.")
    minimum = _rvu(allow_null=True)
    quartile_1 = _rvu(allow_null=True)
    median = _rvu(allow_null=True)
    quartile_3 = _rvu(allow_null=True)
    maximum = _rvu(allow_null=True)
    neighbors = Neighbor(many=True)


class QuestionAndAnswer(Serializer):
    question = CharField()
    answer = CharField()


class Related(Serializer):
    code = CharField()
    kind = CharField(help_text="instead or with.")
    note = CharField()


class Text(Serializer):
    """What an editor has published about the code, in Markdown."""

    label = CharField()
    synonyms = ListField(child=CharField())
    description = CharField()
    plain_language = CharField()
    clinical_context = CharField()
    billing = CharField()
    specialties = Named(many=True)
    questions = QuestionAndAnswer(many=True)
    related = Related(many=True)
    sources = ListField(child=CharField())
    published_at = serializers.DateTimeField()
    reviewed_on = DateField(allow_null=True)


class CodeDetail(Code):
    descriptor = CharField(allow_null=True, help_text="As published, where its owner allows it.")
    comparison = Comparison()
    rates = Rate(many=True)
    text = Text(allow_null=True)


class OneCode(Answer):
    result = CodeDetail()


class Difference(Serializer):
    modifier = CharField()
    column = CharField(allow_null=True, help_text="null: the whole row came or went.")
    old = CharField(allow_null=True)
    new = CharField(allow_null=True)
    reason = CharField()


class Past(Released):
    """A code in one release, and what changed against the loaded release before."""

    is_active = BooleanField()
    conversion_factor = _factor()
    rates = Rate(many=True)
    changes = Difference(many=True)


class History(Answer):
    code = CharField()
    results = Past(many=True, help_text="The newest release first.")


class SourceFile(Serializer):
    name = CharField()
    kind = CharField()
    sha256 = CharField()
    rows = IntegerField()


class Release(Released):
    name = CharField(help_text="CMS's name for it: RVU26C.")
    is_active = BooleanField(help_text="Whether the site shows it.")
    is_complete = BooleanField()
    conversion_factor = _factor()
    qp_conversion_factor = _factor(allow_null=True)
    anesthesia_factor = _factor(allow_null=True)
    qp_anesthesia_factor = _factor(allow_null=True)
    codes = IntegerField(help_text="In the whole release.")
    rows = IntegerField(help_text="In the whole release.")
    files = SourceFile(many=True)
    links = serializers.DictField(child=URLField())


class Releases(Answer):
    results = Release(many=True, help_text="The newest first.")


class OneRelease(Answer):
    result = Release()


class Change(Difference):
    code = CharField()
    difference = CharField(allow_null=True, help_text="New minus old, of numbers.")


class Changes(Page):
    since = Provenance(help_text="The earlier release.")
    results = Change(many=True)


class Category(Named):
    chapter = CharField(allow_null=True, help_text="The slug of its chapter; null for one.")
    codes = IntegerField()
    payable = IntegerField()
    with_work = IntegerField()
    minimum = _rvu(allow_null=True)
    quartile_1 = _rvu(allow_null=True)
    median = _rvu(allow_null=True)
    quartile_3 = _rvu(allow_null=True)
    maximum = _rvu(allow_null=True)
    url = URLField(help_text="Its codes.")
    page = URLField(help_text="The page for people.")


class Categories(Answer):
    results = Category(many=True)


class Specialty(Named):
    codes = IntegerField()
    url = URLField(help_text="Its codes.")
    page = URLField(help_text="The page for people.")


class Specialties(Answer):
    results = Specialty(many=True)


class Locality(Serializer):
    key = CharField(help_text="Contractor and number: numbers repeat between states.")
    state = CharField()
    name = CharField(source="title")
    work_gpci = _Exact(3, help_text="With its floor.")
    work_gpci_unfloored = _Exact(3, allow_null=True)
    pe_gpci = _Exact(3)
    mp_gpci = _Exact(3)
    anesthesia_factor = _factor(allow_null=True)


class Localities(Page):
    results = Locality(many=True)


class Hit(Serializer):
    code = CharField()
    system = CharField()
    label = CharField()
    why = CharField(help_text="What else was found; empty where the label or code shows it.")
    credited_work_rvu = CharField(allow_null=True)
    url = URLField()
    page = URLField(help_text="The page for people.")


class Hits(Page):
    total = IntegerField()
    corrected = CharField(allow_null=True, help_text="The words with their typos mended.")
    results = Hit(many=True)


class Gpcis(Serializer):
    work = _Exact(3)
    practice_expense = _Exact(3)
    malpractice = _Exact(3)


class Step(Serializer):
    """One line of the working. The kind says what its numbers are.

    part: rvus × index = amount; sum: of the parts; factor: dollars for one RVU; rounded: dollars;
    change: dollars after what `label` and `factor` say.
    """

    kind = CharField(source="kind.value")
    label = CharField()
    amount = _Exact(None)
    rvus = _Exact(None, allow_null=True)
    index = _Exact(None, allow_null=True)
    factor = CharField()
    note = CharField()


class Payment(Serializer):
    code = CharField()
    modifiers = ListField(child=CharField())
    units = IntegerField()
    setting = CharField()
    row = CharField(help_text="The row of the file that was used: 70450-26.")
    date = DateField(allow_null=True)
    locality = Locality(allow_null=True, help_text="null: the national amount.")
    gpcis = Gpcis()
    qp = BooleanField()
    participating = BooleanField()
    clinician = CharField()
    conversion_factor = _factor(help_text="Dollars for one RVU. Anesthesia has its own: a step.")
    amount = _dollars(allow_null=True, help_text="Dollars that Medicare allows, or null.")
    short = CharField(help_text="Why there is no amount, in a word or two.")
    reason = CharField(help_text="Why there is no amount, or why it is zero: a sentence.")
    steps = Step(many=True)
    remarks = ListField(child=CharField(), help_text="What the answer takes for granted.")


class OnePayment(Answer):
    result = Payment()
