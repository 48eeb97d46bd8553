"""Every figure of a starter post follows from the releases, or the post does not pass.

ACCOUNTS says for each post what each of its figures is. EXAMPLE is a number that the text itself
supposes ("take 600 visits"), MODIFIER one that is a modifier's name.
"""

from decimal import Decimal

import pytest

from blog.models import Post
from blog.starter import read_pages
from codes import payment
from codes.claim import KNOWN, RANKED_SHARES, TEST_SHARES
from codes.payment import POSTOPERATIVE_DAYS, Components, cents
from tests.blog.figures import (
    BEFORE,
    NEWEST,
    PAYABLE,
    Rate,
    agrees,
    change,
    efficiency,
    factor,
    figures_of,
    indices,
    movement,
    percent_of,
    qp_factor,
    read_release,
    release,
    share,
    value,
)

EXAMPLE = "supposed in the text"
MODIFIER = "a modifier"

POSTS = {body["slug"]: body for model, body in read_pages() if model is Post}

# What the final rule (90 FR 49266) makes the factors of 2026 from, in percent.
UPDATE, QP_UPDATE, NEUTRALITY, ONE_YEAR = (Decimal(x) for x in ("0.25", "0.75", "0.49", "2.50"))
EFFICIENCY = Decimal("2.5")
CUT = 1 - EFFICIENCY / 100
NP_SHARE = Decimal(85)


def plain(post):
    return "\n\n".join((post["title"], post["summary"], post["text"]))


def modifiers(*names):
    return dict.fromkeys(names, MODIFIER)


def examples(*figures):
    return dict.fromkeys(figures, EXAMPLE)


def as_share(one):
    return one * 100


# The accounts ------------------------------------------------------


def two_factors():
    level_3, level_4, knee = Rate("99213"), Rate("99214"), Rate("27447")
    newest = release(NEWEST)
    return {
        "33.4009": factor(),
        "33.5675": qp_factor(),
        "32.3465": factor(BEFORE),
        "36.0896": factor("2020A"),
        "0.25%": UPDATE,
        "0.75%": QP_UPDATE,
        "0.49%": NEUTRALITY,
        "2.50%": ONE_YEAR,
        "3.26%": change(factor(), factor(BEFORE)),
        "3.77%": change(qp_factor(), factor(BEFORE)),
        "7.5%": -change(factor(), factor("2020A")),
        "0.5%": change(qp_factor(), factor()),
        "2.85": level_3.total(),
        "$95.19": level_3.amount(),
        "$95.67": level_3.amount(factor=qp_factor()),
        "4.06": level_4.total(),
        "$135.61": level_4.amount(),
        "$136.28": level_4.amount(factor=qp_factor()),
        "34.71": knee.total("fac"),
        "$1,159.35": knee.amount("fac"),
        "$1,165.13": knee.amount("fac", factor=qp_factor()),
        "10,000": EXAMPLE,
        "$1,666": 10_000 * (qp_factor() - factor()),
        "20.4976": newest["anesthesia_factor"],
        "20.5998": newest["qp_anesthesia_factor"],
    }


def sharing():
    knee, eye = Rate("27447"), Rate("66984")
    fee, work = knee.amount("fac"), knee.work_rvu
    before, during, after = knee.pre_pct * 100, knee.intra_pct * 100, knee.post_pct * 100
    two = as_share(payment.CO_SURGEON_SHARE)
    helper, assistant = (as_share(payment.ASSISTANT_SHARES[one]) for one in ("80", "AS"))
    assert knee.row["asst"] == "2"  # may be paid
    assert knee.row["cosurg"] == "1"  # with documented necessity
    return {
        **modifiers("54", "55", "56", "78", "58", "79", "62", "80"),
        "90": POSTOPERATIVE_DAYS[knee.row["global_days"]],
        "30": EXAMPLE,
        "60": EXAMPLE,
        "10%": before,
        "69%": during,
        "21%": after,
        "79%": before + during,
        "100%": before + during + after,
        "$1,159.35": fee,
        "19.11": work,
        "$915.89": percent_of(fee, before + during),
        "15.10": work * (before + during) / 100,
        "$243.46": percent_of(fee, after),
        "4.01": work * after / 100,
        "$799.95": percent_of(fee, during),
        "13.19": work * during / 100,
        "$162.31": cents(fee * after / 100 * 60 / 90),
        "20%": eye.post_pct * 100,
        "$462.60": eye.amount("fac"),
        "$92.52": percent_of(eye.amount("fac"), eye.post_pct * 100),
        "62.5%": two,
        "$724.59": percent_of(fee, two),
        "11.94": work * two / 100,
        "16%": helper,
        "$185.50": percent_of(fee, helper),
        "3.06": work * helper / 100,
        "13.6%": assistant,
        "$157.67": percent_of(fee, assistant),
    }


def frozen():
    visits = {"99214": 2000, "99213": 1200}
    surgery = {"47562": 150, "44970": 60, "49505": 120, "99203": 250, "99213": 600}

    def year(services, name):
        return sum(Rate(code, name=name).work_rvu * count for code, count in services.items())

    risen = year(visits, NEWEST) - year(visits, "2020A")
    assert year(visits, NEWEST) == year(visits, BEFORE)
    unmoved = Rate("99213", name=BEFORE).work_rvu
    assert unmoved == Rate("99213").work_rvu == Rate("99213", name="2021A").work_rvu
    return {
        **examples("2,000", "1,200", "150", "60", "120", "250", "600", "$50"),
        "1.50": Rate("99214", name="2020A").work_rvu,
        "0.97": Rate("99213", name="2020A").work_rvu,
        "1.92": Rate("99214").work_rvu,
        "1.30": unmoved,
        "4,164": year(visits, "2020A"),
        "5,400": year(visits, NEWEST),
        "1,236": risen,
        "$61,800": risen * 50,
        "10.47": Rate("47562", name="2020A").work_rvu,
        "9.45": Rate("44970", name="2020A").work_rvu,
        "7.96": Rate("49505", name="2020A").work_rvu,
        "1.42": Rate("99203", name="2020A").work_rvu,
        "1.60": Rate("99203").work_rvu,
        "10.21": Rate("47562").work_rvu,
        "9.21": Rate("44970").work_rvu,
        "7.76": Rate("49505").work_rvu,
        "4,029.70": year(surgery, "2020A"),
        "4,272.70": year(surgery, BEFORE),
        "4,195.30": year(surgery, NEWEST),
        "77.40": year(surgery, BEFORE) - year(surgery, NEWEST),
    }


def halves():
    whole, reading, technical = (Rate("70450", part) for part in ("", "26", "TC"))
    heart, tracing, report = Rate("93000"), Rate("93005"), Rate("93010")
    second = TEST_SHARES["4"]
    assert whole.row["mult_proc"] == "4"
    assert (whole.work_rvu, heart.work_rvu) == (reading.work_rvu, report.work_rvu)
    assert whole.total() == reading.total() + technical.total()
    assert heart.total() == tracing.total() + report.total()
    return {
        **modifiers("26"),
        "0.83": whole.work_rvu,
        "2.30": whole.pe_nonfac,
        "0.06": whole.mp_rvu,
        "3.19": whole.total(),
        "$106.55": whole.amount(),
        "0.30": reading.pe_nonfac,
        "0.05": reading.mp_rvu,
        "1.18": reading.total(),
        "$39.41": reading.amount(),
        "0.00": technical.work_rvu,
        "2.00": technical.pe_nonfac,
        "0.01": technical.mp_rvu,
        "2.01": technical.total(),
        "$67.14": technical.amount(),
        "2.36": whole.total() - whole.work_rvu,
        "0.21": Rate("71046", "26").work_rvu,
        "0.17": heart.work_rvu,
        "0.46": heart.total(),
        "0.25": report.total(),
        "95%": as_share(second[1]),
        "1,119": lambda now, _: sum(key[1] == "TC" for key in now),
    }


def times_the_factor():
    visit, knee, reading = Rate("99214"), Rate("27447"), Rate("70450", "26")
    south, north = indices("10112", "00"), indices("13202", "01")
    paid = percent_of(visit.amount(), as_share(payment.MEDICARE_SHARE))
    return {
        **modifiers("26"),
        "1.92": visit.work_rvu,
        "33.4009": factor(),
        "$64.13": cents(visit.work_rvu * factor()),
        "2.00": visit.pe_nonfac,
        "$66.80": cents(visit.pe_nonfac * factor()),
        "0.14": visit.mp_rvu,
        "$4.68": cents(visit.mp_rvu * factor()),
        "4.06": visit.total(),
        "$135.61": visit.amount(),
        "47.3%": share(visit.work_rvu, visit.total()),
        "55.1%": share(knee.work_rvu, knee.total("fac")),
        "19.11": knee.work_rvu,
        "34.71": knee.total("fac"),
        "$638.29": cents(knee.work_rvu * factor()),
        "$1,159.35": knee.amount("fac"),
        "70.3%": share(reading.work_rvu, reading.total()),
        "$125.23": visit.amount(gpcis=south),
        "$153.27": visit.amount(gpcis=north),
        "1.000": south.work,
        "1.064": north.work,
        "0.875": south.practice_expense,
        "1.162": north.practice_expense,
        "0.566": south.malpractice,
        "1.586": north.malpractice,
        "80%": as_share(payment.MEDICARE_SHARE),
        "$108.49": paid,
        "$27.12": visit.amount() - paid,
        "2%": as_share(1 - payment.AFTER_SEQUESTRATION),
        "$106.32": cents(paid * payment.AFTER_SEQUESTRATION),
        "$50": EXAMPLE,
        "$96.00": visit.work_rvu * 50,
        "10": knee.work_rvu / visit.work_rvu,
        "3.26%": change(factor(), factor(BEFORE)),
        "2.5%": EFFICIENCY,
    }


def family():
    base, biopsy, injection, snare = (Rate(f"453{end}") for end in ("78", "80", "81", "85"))
    upper = Rate("43239")
    half = RANKED_SHARES[1]
    further = biopsy.amount("fac") - base.amount("fac")
    pair = snare.amount("fac") + further
    work = snare.work_rvu + biopsy.work_rvu - base.work_rvu
    assert {rate.row["mult_proc"] for rate in (biopsy, injection, snare, upper)} == {"3"}
    assert {rate.row["endo_base"] for rate in (biopsy, injection, snare)} == {"45378"}
    assert upper.row["endo_base"] != "45378"
    assert injection.parts("fac") == biopsy.parts("fac")
    assert upper.amount("fac") < pair
    full = snare.work_rvu + biopsy.work_rvu
    return {
        **modifiers("53"),
        "3": base.row["mult_proc"] == "2" and snare.mult_proc,
        "36": lambda now, _: len({row["base"] for row in now.values() if row["mult"] == "3"}),
        "3.18": base.work_rvu,
        "4.93": base.total("fac"),
        "$164.67": base.amount("fac"),
        "3.47": biopsy.work_rvu,
        "5.32": biopsy.total("fac"),
        "$177.69": biopsy.amount("fac"),
        "4.46": snare.work_rvu,
        "6.69": snare.total("fac"),
        "$223.45": snare.amount("fac"),
        "$13.02": further,
        "$236.47": pair,
        "$249.49": pair + injection.amount("fac") - base.amount("fac"),
        "4.75": work,
        "5.04": work + injection.work_rvu - base.work_rvu,
        "7.93": full,
        "67%": change(full, work),
        "6.195": snare.work_rvu + biopsy.work_rvu * half,
        "$123.58": upper.amount("fac"),
        "$61.79": cents(upper.amount("fac") * half),
        "$298.26": pair + cents(upper.amount("fac") * half),
        "2.33": upper.work_rvu,
        "5.915": work + upper.work_rvu * half,
        "1.59": Rate("45378", "53").work_rvu,
        "$88.85": cents(biopsy.amount("fac") * half),
    }


def shared_visits():
    first, later = Rate("99223"), Rate("99232")
    full = [rate.amount("fac") for rate in (first, later)]
    lower = [percent_of(amount, NP_SHARE) for amount in full]
    year = 600 * later.work_rvu
    return {
        "85%": NP_SHARE,
        "$156.32": full[0],
        "$132.87": lower[0],
        "3.50": first.work_rvu,
        "$70.48": full[1],
        "$59.91": lower[1],
        "1.59": later.work_rvu,
        "$23.45": full[0] - lower[0],
        "$10.57": full[1] - lower[1],
        "600": EXAMPLE,
        "954": year,
        "636": year * 2 / 3,
        "318": year / 3,
    }


def without_price():
    knee, visit, scope = Rate("27447"), Rate("99223"), Rate("45378")
    whole, reading, technical = (Rate("70450", part) for part in ("", "26", "TC"))
    assert knee.row["nonfac_na"]
    assert visit.row["nonfac_na"]
    assert whole.row["fac_na"]
    assert technical.row["fac_na"]
    assert knee.pe_nonfac == knee.pe_fac
    assert reading.amount("fac") == reading.amount()
    return {
        **modifiers("26"),
        "11.58": knee.pe_fac,
        "34.71": knee.total("fac"),
        "$1,159.35": knee.amount("fac"),
        "19,356": release(NEWEST)["row_count"],
        "4,077": lambda now, _: sum(row["nonfac_na"] == "NA" for row in now.values()),
        "2,861": lambda now, _: sum(row["fac_na"] == "NA" for row in now.values()),
        "4.68": visit.total("fac"),
        "$106.55": whole.amount(),
        "$39.41": reading.amount(),
        "$67.14": technical.amount(),
        "11.32": scope.total(),
        "4.93": scope.total("fac"),
        "$378.10": scope.amount(),
        "$164.67": scope.amount("fac"),
        "3.18": scope.work_rvu,
        "0.00": 0,
        "19.11": knee.work_rvu,
        "0.83": reading.work_rvu,
    }


def facility_totals():
    codes = ("99213", "99232", "99291", "45378", "27447")
    old = {code: Rate(code, name=BEFORE) for code in codes}
    new = {code: Rate(code) for code in codes}
    assert [old[code].work_rvu == new[code].work_rvu for code in codes] == [True] * 3 + [False] * 2
    visit, before = new["99213"], old["99213"]
    assert before.work_rvu == visit.work_rvu
    fell = {code: change(new[code].total("fac"), old[code].total("fac")) for code in codes}
    return {
        "2.5%": EFFICIENCY,
        "12.7%": -fell["99213"],
        "−12.7%": fell["99213"],
        "−10.6%": fell["99232"],
        "−6.3%": fell["99291"],
        "−10.0%": fell["45378"],
        "−10.7%": fell["27447"],
        "1.97": before.total("fac"),
        "1.72": visit.total("fac"),
        "2.36": old["99232"].total("fac"),
        "2.11": new["99232"].total("fac"),
        "6.36": old["99291"].total("fac"),
        "5.96": new["99291"].total("fac"),
        "5.48": old["45378"].total("fac"),
        "4.93": new["45378"].total("fac"),
        "38.88": old["27447"].total("fac"),
        "34.71": new["27447"].total("fac"),
        "1.30": visit.work_rvu,
        "1.59": new["99232"].work_rvu,
        "4.50": new["99291"].work_rvu,
        "3.18": new["45378"].work_rvu,
        "19.11": new["27447"].work_rvu,
        "0.57": before.pe_fac,
        "0.10": before.mp_rvu,
        "0.33": visit.pe_fac,
        "0.09": visit.mp_rvu,
        "2.75": before.total(),
        "2.85": visit.total(),
        "32.3465": factor(BEFORE),
        "33.4009": factor(),
        "$63.72": before.amount("fac"),
        "$57.45": visit.amount("fac"),
        "$88.95": before.amount(),
        "$95.19": visit.amount(),
        "$25.23": before.amount() - before.amount("fac"),
        "$37.74": visit.amount() - visit.amount("fac"),
        "6,191": lambda now, then: movement(then, now, "fac")["rows"],
        "6,037": lambda now, then: movement(then, now, "fac")["fell"],
        "137": lambda now, then: movement(then, now, "fac")["rose"],
        "17": lambda now, then: movement(then, now, "fac")["same"],
        "3,283": lambda now, then: movement(then, now, "nonfac")["rows"],
        "2,135": lambda now, then: movement(then, now, "nonfac")["rose"],
        "1,010": lambda now, then: movement(then, now, "nonfac")["fell"],
    }


def procedural_work():
    codes = ("47562", "27447", "45378", "71046", "99214", "90837")
    old = {code: Rate(code, name=BEFORE).work_rvu for code in codes}
    new = {code: Rate(code).work_rvu for code in codes}
    assert old["99214"] == new["99214"]
    for code in codes[:4]:
        assert agrees(str(new[code]), old[code] * CUT)
    return {
        "2.5%": EFFICIENCY,
        "−2.5%": -EFFICIENCY,
        "0.975": CUT,
        "2.6%": change(1, CUT),
        "0.17": Decimal("0.17") * CUT,
        "8,118": lambda now, then: efficiency(then, now)["rows"],
        "7,633": lambda now, then: efficiency(then, now)["exact"],
        "261": lambda now, then: efficiency(then, now)["too small"],
        "430": lambda now, then: efficiency(then, now)["spared"],
        "34": lambda now, then: efficiency(then, now)["rose"],
        "21": lambda now, then: efficiency(then, now)["fell"],
        "55": lambda now, then: sum(efficiency(then, now)[way] for way in ("rose", "fell")),
        "10.47": old["47562"],
        "10.21": new["47562"],
        "19.60": old["27447"],
        "19.11": new["27447"],
        "3.26": old["45378"],
        "3.18": new["45378"],
        "0.22": old["71046"],
        "0.21": new["71046"],
        "−4.5%": change(new["71046"], old["71046"]),
        "4.5%": -change(new["71046"], old["71046"]),
        "1.92": new["99214"],
        "3.63": old["90837"],
        "3.78": new["90837"],
        "+4.1%": change(new["90837"], old["90837"]),
        "6,200": EXAMPLE,
        "6,000": EXAMPLE,
        "200": 6200 - 6000,
        "6,045": 6200 * CUT,
        "45": 6200 * CUT - 6000,
    }


def zeros():
    physical = Rate("99396")
    assert physical.row["not_used"]
    assert {Rate("G0411").row["status"], Rate("80053").row["status"]} == {"X"}

    def count(status):
        return lambda now, _: sum(row["status"] == status for row in now.values())

    def without_work(now, _):
        return sum(
            row["status"] in PAYABLE
            and row["modifier"] != "TC"
            and Decimal(row["work"]) == 0
            and Decimal(row["nonfac"]) > 0
            for row in now.values()
        )

    return {
        **modifiers("26"),
        "0.00": Rate("G0411").work_rvu,
        "2,574": count("X"),
        "1,411": count("C"),
        "276": count("J"),
        "0.83": Rate("70450", "26").work_rvu,
        "0.21": Rate("93005").total(),
        "461": without_work,
        "158": lambda now, _: sum(row["not_used"] == "+" for row in now.values()),
        "1.90": physical.work_rvu,
    }


ACCOUNTS = {
    "two-conversion-factors-in-2026": two_factors,
    "sharing-a-surgery": sharing,
    "frozen-schedules": frozen,
    "what-26-and-tc-do": halves,
    "work-rvus-times-the-factor": times_the_factor,
    "reading-an-endoscopy-family": family,
    "split-or-shared-visits": shared_visits,
    "how-an-na-setting-reads": without_price,
    "facility-totals-fell-in-2026": facility_totals,
    "why-procedural-work-rvus-fell-in-2026": procedural_work,
    "zero-work-rvus-four-reasons": zeros,
}


# The tests ------------------------------------------------------


def unaccounted(text, account):
    return [figure for figure in figures_of(text) if figure not in account]


def wrong(account):
    """Return the figures that are not what they are said to be."""
    return {
        figure: exact
        for figure, exact in account.items()
        if exact != EXAMPLE
        and not callable(exact)
        and not (figure in KNOWN if exact == MODIFIER else agrees(figure, exact))
    }


def test_every_post_is_accounted_for():
    assert ACCOUNTS.keys() == POSTS.keys()
    assert len(POSTS) >= 8


@pytest.mark.parametrize("slug", ACCOUNTS)
def test_every_figure_of_a_post_follows_from_the_releases(slug):
    account = ACCOUNTS[slug]()
    assert unaccounted(plain(POSTS[slug]), account) == []
    assert account.keys() <= set(figures_of(plain(POSTS[slug])))  # nothing is checked in vain
    assert wrong(account) == {}


@pytest.mark.parametrize("slug", ACCOUNTS)
def test_a_post_has_500_to_900_words(slug):
    assert 500 <= len(POSTS[slug]["text"].split()) <= 900


@pytest.mark.parametrize("slug", ACCOUNTS)
def test_a_post_names_its_codes(slug):
    text = plain(POSTS[slug])
    assert POSTS[slug]["codes"]
    assert [code for code in POSTS[slug]["codes"] if code not in text] == []


@pytest.fixture(scope="module")
def real_releases(shared_folder):
    cms = shared_folder / "data" / "cms"
    return (
        read_release(cms / "rvu26c" / "PPRRVU2026_Jul_nonQPP.csv"),
        read_release(cms / "rvu25d" / "PPRRVU2025_Oct.csv"),
    )


def test_counts_over_whole_releases_are_those_of_the_files(real_releases):
    for slug, account in ACCOUNTS.items():
        for figure, exact in account().items():
            if callable(exact):
                assert agrees(figure, exact(*real_releases)), (slug, figure)


def test_what_the_texts_say_of_all_rows_holds(real_releases):
    newest, _ = real_releases
    technical = [row for key, row in newest.items() if key[1] == "TC"]
    assert {Decimal(row["work"]) for row in technical} == {0}
    paid = [row for row in newest.values() if row["status"] in PAYABLE and Decimal(row["fac"])]
    assert not [row for row in paid if row["nonfac_na"] and row["fac_na"]]


def test_the_factors_of_2026_are_the_product_of_what_the_rule_names():
    for update, result in ((UPDATE, factor()), (QP_UPDATE, qp_factor())):
        exact = factor(BEFORE)
        for percentage in (update, NEUTRALITY, ONE_YEAR):
            exact *= 1 + percentage / 100
        assert agrees(str(result), exact)


# The checks themselves ------------------------------------------------------


def test_a_figure_that_nobody_accounts_for_is_found():
    text = "99214 pays $135.61, or −2.5% of 1,209 in section 40.4 on July 1, 2026 (2026C, G0411)."
    assert figures_of(text) == ["$135.61", "−2.5%", "1,209"]
    assert unaccounted(text, {"$135.61": 1}) == ["−2.5%", "1,209"]


def test_a_figure_that_is_wrong_by_a_cent_is_found():
    amount = Rate("99214").amount()
    assert wrong({"$135.61": amount}) == {}
    assert wrong({"$135.62": amount}) == {"$135.62": amount}
    assert wrong({"17": MODIFIER, "26": MODIFIER}) == {"17": MODIFIER}


def test_a_figure_is_read_with_its_sign_and_its_places():
    assert value("−12.7%") == Decimal("-12.7")
    assert value("$1,159.35") == Decimal("1159.35")
    assert agrees("+4.1%", Decimal("4.13"))
    assert not agrees("4.10%", Decimal("4.13"))


def test_amounts_are_worked_out_as_the_domain_reference_does():
    assert Rate("99213").parts("fac") == Components(*map(Decimal, ("1.30", "0.33", "0.09")))
    assert Rate("99213").amount("fac", gpcis=indices("13202", "01")) == Decimal("63.78")
