"""Rows for tests, each with figures that a reader can check by hand.

`RateFactory(code__hcpcs="27447")` makes the code, its category and its release as needed. What
is unique (a release, a category, a code) is made once and then shared.

`rate_row` and `package` make what the federal files hold once they are read (records.py), for
tests that load a release.
"""

import hashlib
from decimal import Decimal

import factory
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model

from codes import models, taxonomy
from codes.fee_schedule import known
from codes.fee_schedule.records import Member, Package, RateRow

GROUP_NAMES = {group.slug: group.name for group in taxonomy.GROUPS}
LEAF_GROUPS = {leaf.slug: leaf.group for leaf in taxonomy.LEAVES}
NAMES = GROUP_NAMES | {leaf.slug: leaf.name for leaf in taxonomy.LEAVES}
POSITIONS = {
    slug: position for position, slug in enumerate((*GROUP_NAMES, *taxonomy.LEAF_SLUGS), start=1)
}


class UserFactory(factory.django.DjangoModelFactory):
    """Somebody who can sign in with the password `correct horse battery`."""

    class Meta:
        model = get_user_model()
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"reader{n}@example.org")
    password = factory.django.Password("correct horse battery")


class PersonFactory(UserFactory):
    """Somebody who can sign in by the form: the address is confirmed."""

    @factory.post_generation
    def address(self, create, extracted, **kwargs):
        EmailAddress.objects.create(user=self, email=self.email, verified=True, primary=True)


class FeeScheduleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.FeeSchedule
        django_get_or_create = ("release",)

    release = "2026C"
    digest = factory.LazyAttribute(lambda o: hashlib.sha256(o.release.encode()).hexdigest())
    effective_on = factory.LazyAttribute(lambda o: known.effective_on(o.release))
    copyright_year = factory.LazyAttribute(lambda o: known.year(o.release))
    conversion_factor = factory.LazyAttribute(lambda o: known.conversion_factor(o.release))
    qp_conversion_factor = factory.LazyAttribute(lambda o: known.qp_conversion_factor(o.release))
    anesthesia_factor = factory.LazyAttribute(lambda o: known.anesthesia_factor(o.release))
    qp_anesthesia_factor = factory.LazyAttribute(lambda o: known.qp_anesthesia_factor(o.release))
    row_count = 1
    code_count = 1


class CategoryFactory(factory.django.DjangoModelFactory):
    """A category of codes/taxonomy.py, with its chapter."""

    class Meta:
        model = models.Category
        django_get_or_create = ("slug",)

    slug = "musculoskeletal"
    name = factory.LazyAttribute(lambda o: NAMES[o.slug])
    position = factory.LazyAttribute(lambda o: POSITIONS[o.slug])

    @factory.lazy_attribute
    def parent(self):
        group = LEAF_GROUPS.get(self.slug)
        return CategoryFactory(slug=group) if group else None


class CodeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Code
        django_get_or_create = ("hcpcs",)

    hcpcs = factory.Sequence(lambda n: f"{20100 + n % 9900}")

    @factory.lazy_attribute
    def category(self):
        return CategoryFactory(slug=taxonomy.leaf_of(self.hcpcs).slug)


class DescriptorFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Descriptor

    code = factory.SubFactory(CodeFactory, hcpcs="G0411")
    text = "Group session, as the federal file words it"
    owner = factory.LazyAttribute(lambda o: taxonomy.descriptor_owner(o.code.hcpcs))
    source = "HCPC2025_OCT_ANWEB.txt"


class RateFactory(factory.django.DjangoModelFactory):
    """The figures of 99213 in RVU26C, unless others are named."""

    class Meta:
        model = models.Rate

    schedule = factory.SubFactory(FeeScheduleFactory)
    code = factory.SubFactory(CodeFactory)
    modifier = ""
    descriptor = "A service"
    descriptor_owner = factory.LazyAttribute(lambda o: taxonomy.descriptor_owner(o.code.hcpcs))
    status = "A"
    not_used = False
    work_rvu = Decimal("1.30")
    pe_nonfac = Decimal("1.46")
    nonfac_na = False
    pe_fac = Decimal("0.33")
    fac_na = False
    mp_rvu = Decimal("0.09")
    total_nonfac = factory.LazyAttribute(lambda o: o.work_rvu + o.pe_nonfac + o.mp_rvu)
    total_fac = factory.LazyAttribute(lambda o: o.work_rvu + o.pe_fac + o.mp_rvu)
    pctc = "0"
    global_days = "XXX"
    pre_pct = Decimal("0.00")
    intra_pct = Decimal("0.00")
    post_pct = Decimal("0.00")
    mult_proc = "0"
    bilat = "0"
    asst = "0"
    cosurg = "0"
    team = "0"
    pricing_ind = "9"
    endo_base = ""
    conv_factor = factory.SelfAttribute("schedule.conversion_factor")
    supervision = "09"
    calc_flag = "0"
    img_family = "99"
    opps_pe_nonfac = Decimal("0.00")
    opps_pe_fac = Decimal("0.00")
    opps_mp = Decimal("0.00")


class CategoryStatisticsFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.CategoryStatistics
        django_get_or_create = ("schedule", "category")

    schedule = factory.SubFactory(FeeScheduleFactory)
    category = factory.SubFactory(CategoryFactory)
    codes = 1
    payable = 1
    with_work = 1
    statuses = factory.LazyFunction(lambda: {"A": 1})
    minimum = Decimal("1.30")
    quartile_1 = Decimal("1.30")
    median = Decimal("1.30")
    quartile_3 = Decimal("1.30")
    maximum = Decimal("1.30")
    histogram = factory.LazyFunction(lambda: {"width": "0.5", "counts": [0, 0, 1]})


class StandingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Standing

    schedule = factory.SubFactory(FeeScheduleFactory)
    code = factory.SubFactory(CodeFactory)
    category = factory.SelfAttribute("code.category")
    statistics = factory.SubFactory(
        CategoryStatisticsFactory,
        schedule=factory.SelfAttribute("..schedule"),
        category=factory.SelfAttribute("..category"),
    )
    status = "A"
    global_days = "XXX"
    is_payable = True
    has_values = True
    work_rvu = Decimal("1.30")
    pe_nonfac = Decimal("1.46")
    pe_fac = Decimal("0.33")
    mp_rvu = Decimal("0.09")
    total_nonfac = Decimal("2.85")
    total_fac = Decimal("1.72")
    national_nonfac = Decimal("95.19")
    national_fac = Decimal("57.45")
    below = 0


class LocalityFactory(factory.django.DjangoModelFactory):
    """Alabama's indices of 2026, under numbers of its own."""

    class Meta:
        model = models.Locality

    schedule = factory.SubFactory(FeeScheduleFactory)
    mac = "10112"
    number = factory.Sequence(lambda n: f"{n % 100:02}")
    state = "AL"
    name = factory.LazyAttribute(lambda o: f"Locality {o.number}")
    work_gpci = Decimal("1.000")
    work_gpci_unfloored = None
    pe_gpci = Decimal("0.875")
    mp_gpci = Decimal("0.566")
    anesthesia_factor = None


class CountyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.County

    schedule = factory.SubFactory(FeeScheduleFactory)
    state = "AL"
    name = factory.Sequence(lambda n: f"County {n}")
    mac = "10112"
    number = "00"


class ZipRangeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.ZipRange

    quarter = "20263"
    first = factory.Sequence(lambda n: f"{35000 + n % 1000:05}")
    last = factory.SelfAttribute("first")
    state = "AL"
    mac = "10112"
    number = "00"


class OppsCapFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.OppsCap

    schedule = factory.SubFactory(FeeScheduleFactory)
    code = factory.SubFactory(CodeFactory, hcpcs="73206")
    modifier = "TC"
    status = "A"
    mac = "10112"
    number = "00"
    facility = Decimal("150.00")
    nonfacility = Decimal("150.00")


class SpecialtyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Specialty
        django_get_or_create = ("slug",)

    slug = factory.Sequence(lambda n: f"specialty-{n}")
    name = factory.LazyAttribute(lambda o: o.slug.replace("-", " ").capitalize())


class CodeContentFactory(factory.django.DjangoModelFactory):
    """A draft. `CodeContentFactory().publish()` makes an edition that the public reads."""

    class Meta:
        model = models.CodeContent
        django_get_or_create = ("code",)

    code = factory.SubFactory(CodeFactory)
    label = factory.LazyAttribute(lambda o: f"Service {o.code.hcpcs}")
    description = "What the service is, in two sentences."
    plain_language = "What the service is, for patients."
    clinical_context = "When it is done."
    billing = "What the indicators do not say."


class QuestionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Question

    content = factory.SubFactory(CodeContentFactory)
    position = factory.Sequence(lambda n: n % 1000)
    question = factory.LazyAttribute(lambda o: f"What is question {o.position}?")
    answer = "An answer."


class RelatedCodeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.RelatedCode

    content = factory.SubFactory(CodeContentFactory)
    code = factory.SubFactory(CodeFactory)
    kind = models.RelatedCode.Kind.WITH
    note = "Often on the same day."


def rate_row(hcpcs: str, modifier: str = "", **values) -> RateRow:
    """Return one row of the federal file: 99213's of RVU26C but for the `values` named.

    RVUs may be given as text. The totals are always those of the parts.
    """
    row = RateRow(
        hcpcs=hcpcs,
        modifier=modifier,
        descriptor="A service",
        status="A",
        not_used=False,
        work_rvu=Decimal("1.30"),
        pe_nonfac=Decimal("1.46"),
        nonfac_na=False,
        pe_fac=Decimal("0.33"),
        fac_na=False,
        mp_rvu=Decimal("0.09"),
        total_nonfac=Decimal(0),
        total_fac=Decimal(0),
        pctc="0",
        global_days="XXX",
        pre_pct=Decimal("0.00"),
        intra_pct=Decimal("0.00"),
        post_pct=Decimal("0.00"),
        mult_proc="0",
        bilat="0",
        asst="0",
        cosurg="0",
        team="0",
        pricing_ind="9",
        endo_base="",
        conv_factor=Decimal("33.4009"),
        supervision="09",
        calc_flag="0",
        img_family="99",
        opps_pe_nonfac=Decimal("0.00"),
        opps_pe_fac=Decimal("0.00"),
        opps_mp=Decimal("0.00"),
    )
    decimals = {name for name, value in row._asdict().items() if isinstance(value, Decimal)}
    row = row._replace(
        **{name: Decimal(v) if name in decimals else v for name, v in values.items()}
    )
    return row._replace(
        total_nonfac=row.work_rvu + row.pe_nonfac + row.mp_rvu,
        total_fac=row.work_rvu + row.pe_fac + row.mp_rvu,
    )


def member(kind: str, content: object, rows: int) -> Member:
    """Return the record of one file: the same content has the same sha256."""
    sha256 = hashlib.sha256(repr(content).encode()).hexdigest()
    return Member(f"{kind}.csv", kind, sha256, rows)


def package(release: str = "2026C", rates=(), members=None, **contents) -> Package:
    """Return what one import brings; its members are made from its contents."""
    kinds = {
        "PPRRVU": rates,
        "GPCI": contents.get("localities"),
        "ANES": contents.get("anesthesia"),
        "LOCCO": contents.get("counties"),
        "OPPSCAP": contents.get("opps_caps"),
        "ZIP5": contents.get("zip_codes"),
        "HCPCS": contents.get("descriptors"),
    }
    if members is None:
        members = [
            member(kind, (release, rows), len(rows)) for kind, rows in kinds.items() if rows
        ]
    if rates:
        contents.setdefault("copyright_year", int(release[:4]))
        factor = known.conversion_factor(release) if known.is_release(release) else None
        contents.setdefault("conversion_factor", factor or rates[0].conv_factor)
    return Package(release=release, rates=list(rates), members=members, **contents)
