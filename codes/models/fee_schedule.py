"""The federal figures. A release is loaded whole and never edited, only replaced."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from codes import taxonomy
from codes.indicators import PAYABLE
from codes.localities import locality_title
from codes.payment import Components
from rvuedge.fields import ExactDecimalField


class FeeScheduleQuerySet(models.QuerySet):
    def active(self):
        """The release that the site shows, or None before the first is activated."""
        return self.filter(is_active=True).first()

    def before(self, release):
        """The loaded, complete releases before `release`, newest first."""
        return self.filter(release__lt=release, is_complete=True).order_by("-release")

    def mark_changed(self):
        """Say that something the site shows has changed, whichever release is active."""
        self.filter(is_active=True).update(changed_at=timezone.now())


class FeeSchedule(models.Model):
    """One release of the federal files: "2026C" is RVU26C. Its name sorts by age."""

    release = models.CharField(max_length=6, unique=True)
    digest = models.CharField(max_length=64, unique=True, help_text="Of all the files' digests.")
    released_on = models.DateField(null=True, help_text="As the file says of itself.")
    effective_on = models.DateField()
    copyright_year = models.PositiveSmallIntegerField(help_text="Of AMA's notice in the file.")
    conversion_factor = ExactDecimalField(max_digits=8, decimal_places=4)
    qp_conversion_factor = ExactDecimalField(max_digits=8, decimal_places=4, null=True)
    anesthesia_factor = ExactDecimalField(max_digits=8, decimal_places=4, null=True)
    qp_anesthesia_factor = ExactDecimalField(max_digits=8, decimal_places=4, null=True)
    row_count = models.PositiveIntegerField()
    code_count = models.PositiveIntegerField()
    zip_quarter = models.CharField(max_length=5, blank=True, help_text="20254: Q4 of 2025.")
    sources = models.JSONField(default=list, help_text="Each file: name, kind, sha256, rows.")
    notes = models.JSONField(default=list, help_text="What the import restored or doubted.")
    is_complete = models.BooleanField(default=True, help_text="False for the starter catalogue.")
    is_active = models.BooleanField(default=False)
    changed_at = models.DateTimeField(
        default=timezone.now, help_text="When anything that is shown with it last changed."
    )
    loaded_at = models.DateTimeField(auto_now_add=True)
    shown_since = models.DateTimeField(
        null=True, help_text="When it was last made the release that the site shows."
    )

    objects = FeeScheduleQuerySet.as_manager()

    class Meta:
        ordering = ["-release"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_active"],
                condition=Q(is_active=True),
                name="codes_one_active_fee_schedule",
            ),
        ]

    def __str__(self):
        return self.release

    @property
    def year(self):
        return int(self.release[:4])

    @property
    def name(self):
        """The name that CMS gives it: RVU26C."""
        return f"RVU{self.release[2:]}"

    @property
    def figures_since(self):
        """When the site began to show these figures: for sitemaps, which ask what has changed."""
        return max(self.shown_since or self.loaded_at, self.loaded_at)


class Category(models.Model):
    """A chapter of codes, or a leaf of one. Made from codes/taxonomy.py, never by hand."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="leaves"
    )
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        verbose_name_plural = "categories"

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("codes:category", args=[self.slug])


class CodeQuerySet(models.QuerySet):
    def with_text(self):
        """Only those for which editors have published a text that is in force."""
        from codes.models.content import CodeEdition

        return self.filter(pk__in=CodeEdition.objects.in_force().values("subject__code_id"))


class Code(models.Model):
    """One CPT or HCPCS code of any loaded release. What is said of it stands elsewhere."""

    hcpcs = models.CharField(primary_key=True, max_length=5)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="codes")

    objects = CodeQuerySet.as_manager()

    class Meta:
        ordering = ["hcpcs"]

    def __str__(self):
        return f"{self.system} {self.hcpcs}"

    @property
    def system(self):
        return taxonomy.system(self.hcpcs)

    def get_absolute_url(self):
        return reverse("codes:code", args=[self.category.slug, self.hcpcs])


class Descriptor(models.Model):
    """The long text of a code as published in the HCPCS Level II file, with its owner."""

    class Owner(models.TextChoices):
        CMS = "CMS", "CMS, free to use"
        ADA = "ADA", "American Dental Association"
        AMA = "AMA", "American Medical Association"

    code = models.OneToOneField(Code, on_delete=models.CASCADE, related_name="descriptor")
    text = models.TextField()
    owner = models.CharField(max_length=3, choices=Owner)
    source = models.CharField(max_length=120, help_text="The file it was read in.")

    def __str__(self):
        return f"{self.code_id}: {self.text[:60]}"


def _rvu(**options):
    return ExactDecimalField(max_digits=8, decimal_places=2, **options)


class Rate(models.Model):
    """One row of the PPRRVU file: a code, with or without modifier, in one release.

    All columns are kept as published (DOMAIN names; record layout RVU26B.pdf). The attribute
    names are those that codes/payment.py asks of a rate.
    """

    schedule = models.ForeignKey(FeeSchedule, on_delete=models.CASCADE, related_name="rates")
    code = models.ForeignKey(Code, on_delete=models.PROTECT, related_name="rates")
    modifier = models.CharField(max_length=2, blank=True)
    descriptor = models.CharField(max_length=60)
    descriptor_owner = models.CharField(max_length=3, choices=Descriptor.Owner)
    status = models.CharField(max_length=1)
    not_used = models.BooleanField()
    work_rvu = _rvu()
    pe_nonfac = _rvu()
    nonfac_na = models.BooleanField()
    pe_fac = _rvu()
    fac_na = models.BooleanField()
    mp_rvu = _rvu()
    total_nonfac = _rvu()
    total_fac = _rvu()
    pctc = models.CharField(max_length=1)
    global_days = models.CharField(max_length=3)
    pre_pct = ExactDecimalField(max_digits=4, decimal_places=2)
    intra_pct = ExactDecimalField(max_digits=4, decimal_places=2)
    post_pct = ExactDecimalField(max_digits=4, decimal_places=2)
    mult_proc = models.CharField(max_length=1)
    bilat = models.CharField(max_length=1)
    asst = models.CharField(max_length=1)
    cosurg = models.CharField(max_length=1)
    team = models.CharField(max_length=1)
    pricing_ind = models.CharField(max_length=1, blank=True)
    endo_base = models.CharField(max_length=5, blank=True)
    conv_factor = ExactDecimalField(max_digits=8, decimal_places=4)
    supervision = models.CharField(max_length=2)
    calc_flag = models.CharField(max_length=1)
    img_family = models.CharField(max_length=2)
    opps_pe_nonfac = _rvu()
    opps_pe_fac = _rvu()
    opps_mp = _rvu()

    class Meta:
        ordering = ["code_id", "modifier"]
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "code", "modifier"], name="codes_one_rate_for_each_modifier"
            ),
        ]

    def __str__(self):
        return f"{self.code_id}-{self.modifier}" if self.modifier else self.code_id

    @property
    def hcpcs(self):
        return self.code_id

    @property
    def is_payable(self):
        """Whether Medicare uses these RVUs: status A, R or T only (record layout)."""
        return self.status in PAYABLE and not self.not_used


class Locality(models.Model):
    """A payment locality of one release: its indices and its anesthesia factor.

    The key is contractor plus number: numbers repeat between states.
    """

    schedule = models.ForeignKey(FeeSchedule, on_delete=models.CASCADE, related_name="localities")
    mac = models.CharField(max_length=5)
    number = models.CharField(max_length=2)
    state = models.CharField(max_length=2, blank=True)
    name = models.CharField(max_length=120)
    work_gpci = ExactDecimalField(max_digits=6, decimal_places=3)
    work_gpci_unfloored = ExactDecimalField(max_digits=6, decimal_places=3, null=True)
    pe_gpci = ExactDecimalField(max_digits=6, decimal_places=3)
    mp_gpci = ExactDecimalField(max_digits=6, decimal_places=3)
    anesthesia_factor = ExactDecimalField(max_digits=8, decimal_places=4, null=True)

    class Meta:
        ordering = ["state", "name"]
        verbose_name_plural = "localities"
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "mac", "number"], name="codes_one_locality_for_each_number"
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def key(self):
        return f"{self.mac}-{self.number}"

    @cached_property
    def title(self):
        """The name as people write it: "Rest of California", not "REST OF CALIFORNIA*"."""
        return locality_title(self.name)

    @property
    def gpcis(self):
        """The indices that payment uses: work with its floor."""
        return Components(self.work_gpci, self.pe_gpci, self.mp_gpci)

    @cached_property
    def units(self):
        """The same indices as whole thousandths."""
        return tuple(int(index.scaleb(3)) for index in self.gpcis)


class County(models.Model):
    """Which locality a county pays by, from the LOCCO file: free text there, names here."""

    schedule = models.ForeignKey(FeeSchedule, on_delete=models.CASCADE, related_name="counties")
    state = models.CharField(max_length=2)
    name = models.CharField(max_length=80, help_text='"All counties" and "All other counties" too')
    mac = models.CharField(max_length=5)
    number = models.CharField(max_length=2)

    class Meta:
        ordering = ["state", "name"]
        verbose_name_plural = "counties"
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "state", "name", "mac", "number"],
                name="codes_one_row_for_each_county",
            ),
        ]

    def __str__(self):
        return f"{self.name}, {self.state}"


class ZipRange(models.Model):
    """ZIP codes that follow one another and pay by the same locality, in one quarter's file."""

    quarter = models.CharField(max_length=5)
    first = models.CharField(max_length=5)
    last = models.CharField(max_length=5)
    state = models.CharField(max_length=2)
    mac = models.CharField(max_length=5)
    number = models.CharField(max_length=2)
    rural = models.CharField(max_length=1, blank=True)
    needs_plus_four = models.BooleanField(
        default=False, help_text="The ZIP code spans localities; its last four digits decide."
    )

    class Meta:
        ordering = ["quarter", "first"]
        constraints = [
            models.UniqueConstraint(fields=["quarter", "first"], name="codes_one_zip_range_start"),
        ]

    def __str__(self):
        return f"{self.first}–{self.last}"


class OppsCap(models.Model):
    """The hospital outpatient rate that caps the technical payment, in dollars, by locality."""

    schedule = models.ForeignKey(FeeSchedule, on_delete=models.CASCADE, related_name="opps_caps")
    code = models.ForeignKey(Code, on_delete=models.PROTECT, related_name="opps_caps")
    modifier = models.CharField(max_length=2, blank=True)
    status = models.CharField(max_length=1)
    mac = models.CharField(max_length=5)
    number = models.CharField(max_length=2)
    facility = ExactDecimalField(max_digits=10, decimal_places=2)
    nonfacility = ExactDecimalField(max_digits=10, decimal_places=2)

    class Meta:
        ordering = ["code_id", "modifier", "mac", "number"]
        verbose_name = "OPPS cap"
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "code", "modifier", "mac", "number"],
                name="codes_one_opps_cap_for_each_locality",
            ),
        ]

    def __str__(self):
        return f"{self.code_id} {self.mac}-{self.number}"


class CategoryStatistics(models.Model):
    """The codes of a category in one release, counted and spread out, computed at import.

    Comparisons are made within the payable codes (status A, R, T, not flagged +). `with_work` of
    those carry physician work; the spread is that of the codes with work.
    """

    schedule = models.ForeignKey(FeeSchedule, on_delete=models.CASCADE, related_name="statistics")
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="statistics")
    codes = models.PositiveIntegerField()
    payable = models.PositiveIntegerField()
    with_work = models.PositiveIntegerField()
    statuses = models.JSONField(help_text='Codes by status: {"A": 833}.')
    minimum = _rvu(null=True)
    quartile_1 = _rvu(null=True)
    median = _rvu(null=True)
    quartile_3 = _rvu(null=True)
    maximum = _rvu(null=True)
    histogram = models.JSONField(help_text='{"width": "1", "counts": [20, 107, …]}, from 0 up.')

    class Meta:
        ordering = ["category_id"]
        verbose_name_plural = "category statistics"
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "category"], name="codes_one_statistics_for_each_category"
            ),
        ]

    def __str__(self):
        return f"{self.category} in {self.schedule}"

    @property
    def without_work(self):
        """How many payable codes carry no physician work."""
        return self.payable - self.with_work


class Standing(models.Model):
    """One code in one release: what lists and comparisons need of it, computed at import.

    Its figures are those of the row that speaks for the code: the one without modifier, or the
    only one there is (86153 exists as 86153-26 only).
    """

    class Change(models.TextChoices):
        NONE = "", "Unchanged"
        NEW = "new", "New code"
        WORK = "work", "Work RVUs"
        VALUES = "values", "Practice expense or malpractice RVUs"
        STATUS = "status", "Status"
        INDICATORS = "indicators", "Indicators only"

    schedule = models.ForeignKey(FeeSchedule, on_delete=models.CASCADE, related_name="standings")
    code = models.ForeignKey(Code, on_delete=models.PROTECT, related_name="standings")
    statistics = models.ForeignKey(
        CategoryStatistics, on_delete=models.CASCADE, related_name="standings"
    )
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="standings")
    modifiers = models.CharField(max_length=12, blank=True, help_text='Its other rows: "26,TC".')
    status = models.CharField(max_length=1)
    global_days = models.CharField(max_length=3)
    is_payable = models.BooleanField(help_text="Status A, R or T, not flagged +.")
    has_values = models.BooleanField(help_text="Any RVU above zero, on any row.")
    work_rvu = _rvu()
    pe_nonfac = _rvu()
    pe_fac = _rvu()
    mp_rvu = _rvu()
    total_nonfac = _rvu(null=True, help_text="Null where NA or not payable by RVUs.")
    total_fac = _rvu(null=True)
    national_nonfac = ExactDecimalField(max_digits=10, decimal_places=2, null=True)
    national_fac = ExactDecimalField(max_digits=10, decimal_places=2, null=True)
    below = models.PositiveIntegerField(
        null=True, help_text="Payable codes of the category with work, but less of it."
    )
    neighbors = models.JSONField(default=list, help_text='[["47600", "17.04"], …], by work.')
    change = models.CharField(max_length=10, choices=Change, blank=True)
    work_before = _rvu(null=True, help_text="In the release before, if it was there.")

    class Meta:
        ordering = ["code_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "code"], name="codes_one_standing_for_each_code"
            ),
        ]
        indexes = [
            models.Index(fields=["schedule", "category", "work_rvu"]),
            models.Index(fields=["schedule", "work_rvu"]),
        ]

    def __str__(self):
        return f"{self.code_id} in {self.schedule}"
