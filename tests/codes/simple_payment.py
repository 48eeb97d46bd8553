"""Medicare's payment of a case, written a second time and in the plainest way.

It knows nothing of codes/payment.py and codes/claim.py: rows are mappings of the federal file's
columns, modifiers are sets, and each rule of DOMAIN section 4 is a few lines from top to bottom.
It does without steps, reasons and speed.
"""

from decimal import ROUND_DOWN, ROUND_HALF_UP
from decimal import Decimal as D

CENT = D("0.01")


def to_cents(value):
    return value.quantize(CENT, ROUND_HALF_UP)


def pay(lines, rows, gpci, factor, *, npp=False, participating=True):
    """Return the amount of each line, or None where Medicare has none.

    A line is a dictionary: code, mods (a set), units, facility, charge (or None), days (or None).
    `rows` maps (code, modifier) to columns as text; `gpci` is work, practice, malpractice.
    """
    work = [start(line, rows, gpci, factor, npp) for line in lines]
    bundle_status_t(work)
    join_right_and_left(work)
    join_care_after(work)
    live = [one for one in work if one["amount"] is not None and not one["done"]]
    surgery([one for one in live if one["row"]["mult_proc"] in ("2", "3")], rows, gpci, factor)
    tests(
        [x for x in live if x["row"]["mult_proc"] == "4"], D("0.5"), D("0.95"), rows, gpci, factor
    )
    tests([x for x in live if x["row"]["mult_proc"] == "6"], D("0.75"), D(1), rows, gpci, factor)
    tests([x for x in live if x["row"]["mult_proc"] == "7"], D("0.8"), D(1), rows, gpci, factor)
    therapy([one for one in live if one["row"]["mult_proc"] == "5"], gpci, factor)
    for one in live:
        if one["row"]["mult_proc"] not in ("2", "3", "4", "5", "6", "7"):
            one["amount"] = lower(one["amount"], one["cap"]) * one["line"]["units"]
    for one in work:
        if one["same_as"] is not None:
            one["amount"] = one["same_as"]["amount"]
    return [finish(one, npp, participating) for one in work]


def lower(amount, cap):
    return amount if cap is None else min(amount, cap)


def product(work, practice, malpractice, gpci, factor):
    rvus = D(work) * gpci[0] + D(practice) * gpci[1] + D(malpractice) * gpci[2]
    return to_cents(rvus * factor)


def price(row, facility, gpci, factor):
    """One unit of a row; None where it has no price in this setting."""
    if row["status"] not in "ART" or row["not_used"]:
        return None
    if not any(D(row[name]) for name in ("work_rvu", "pe_nonfac", "pe_fac", "mp_rvu")):
        return None
    if row["fac_na" if facility else "nonfac_na"]:
        return None
    return product(
        row["work_rvu"], row["pe_fac" if facility else "pe_nonfac"], row["mp_rvu"], gpci, factor
    )


def cap_of(row, facility, gpci, factor):
    practice = row["opps_pe_fac" if facility else "opps_pe_nonfac"]
    if row["modifier"] == "26" or not D(practice):
        return None
    return product(row["work_rvu"], practice, row["opps_mp"], gpci, factor)


def start(line, rows, gpci, factor, npp):
    code, mods = line["code"], line["mods"]
    parts = mods & {"26", "TC"}
    if len(parts) == 2:
        row = None
    elif parts:
        row = rows.get((code, min(parts)))
    elif "53" in mods and (code, "53") in rows:
        row = rows[code, "53"]
    else:
        row = rows[code, ""]
    one = {
        "line": line,
        "row": row or rows[code, ""],
        "amount": None,
        "cap": None,
        "charge": line["charge"],
        "done": False,
        "same_as": None,
        "report": False,
    }
    if row is None:
        return one
    amount = price(row, line["facility"], gpci, factor)
    cap = cap_of(row, line["facility"], gpci, factor)
    if amount is not None and "50" in mods:
        sides = {"0": D(1), "1": D("1.5"), "2": D(1), "3": D(2)}.get(row["bilat"])
        if sides is None:
            amount = None
        else:
            amount = to_cents(amount * sides)
            cap = None if cap is None else to_cents(cap * sides)
    if amount is not None and not allowed(row, mods, line["days"], npp):
        amount = None
    one.update(amount=amount, cap=cap, sides="50" in mods)
    return one


def allowed(row, mods, days, npp):
    """Whether the code can carry these modifiers at all."""
    roles = mods & {"62", "66", "80", "81", "82", "AS"}
    care = mods & {"54", "55", "56", "78"}
    if len(roles) > 1 or len(care) > 1:
        return False
    if mods & {"80", "81", "82"} and npp:
        return False
    if mods & {"80", "81", "82", "AS"} and row["asst"] not in ("0", "2"):
        return False
    if "62" in mods and row["cosurg"] not in ("1", "2"):
        return False
    if "66" in mods and row["team"] not in ("1", "2"):
        return False
    if care and not ("78" in mods and row["global_days"] == "000"):
        if row["global_days"] not in ("010", "090") or not D(row["intra_pct"]):
            return False
        if "55" in mods and days is not None and days > int(row["global_days"]):
            return False
    return True


def bundle_status_t(work):
    """Status T is paid if nothing else of the schedule is billed; J and C count as something."""
    others = [
        one
        for one in work
        if one["row"]["status"] in "CJ"
        or (one["row"]["status"] != "T" and one["amount"] is not None)
    ]
    for one in work:
        if others and one["row"]["status"] == "T" and one["amount"] is not None:
            one.update(amount=D("0.00"), done=True)


def join_right_and_left(work):
    """RT and LT on two lines of one unit are priced like one line with 50, on that with RT."""
    for right in work:
        for left in work:
            a, b = right["line"], left["line"]
            if (
                a["code"] == b["code"]
                and a["mods"] - {"RT"} == b["mods"] - {"LT"}
                and {"RT", "LT", "50"} & a["mods"] == {"RT"}
                and {"RT", "LT", "50"} & b["mods"] == {"LT"}
                and a["units"] == b["units"] == 1
                and a["facility"] == b["facility"]
                and right["amount"] is not None
                and left["amount"] is not None
                and right["row"]["bilat"] in ("0", "1", "2", "3")
                and not right["done"]
                and not left["done"]
            ):
                sides = {"0": D(1), "1": D("1.5"), "2": D(1), "3": D(2)}[right["row"]["bilat"]]
                right["amount"] = to_cents(right["amount"] * sides)
                right["sides"] = True
                charges = (right["charge"], left["charge"])
                right["charge"] = None if None in charges else sum(charges)
                if right["cap"] is not None:
                    right["cap"] = to_cents(right["cap"] * sides)
                left.update(amount=D("0.00"), done=True)


def join_care_after(work):
    """55 or 56 beside 54 of the same operation is no procedure of its own in the ranking."""
    for after in work:
        for surgeon in work:
            a, b = after["line"], surgeon["line"]
            if (
                after["amount"] is not None
                and surgeon["amount"] is not None
                and a["mods"] & {"55", "56"}
                and "54" in b["mods"]
                and a["code"] == b["code"]
                and a["units"] == b["units"]
                and a["facility"] == b["facility"]
                and a["mods"] - {"54", "55", "56"} == b["mods"] - {"54", "55", "56"}
            ):
                after.update(same_as=surgeon, done=True)


def surgery(work, rows, gpci, factor):
    """Endoscopies in their family, then families and single procedures ranked by amount."""
    bases = {one["row"]["endo_base"] for one in work if one["row"]["endo_base"]}
    groups, families = [], {}
    for one in work:
        base = one["row"]["endo_base"] or (
            one["line"]["code"] if one["line"]["code"] in bases else ""
        )
        for _ in range(one["line"]["units"]):
            unit = {"one": one, "amount": one["amount"], "nothing": False}
            if base:
                families.setdefault(base, []).append(unit)
            else:
                groups.append([unit])
    for base, units in families.items():
        members = sorted(
            (unit for unit in units if unit["one"]["row"]["endo_base"]),
            key=lambda unit: -unit["amount"],
        )
        for unit in units:
            if members and not unit["one"]["row"]["endo_base"]:
                unit.update(amount=D("0.00"), nothing=True)
        for unit in members[1:]:
            facility = unit["one"]["line"]["facility"]
            row = rows[base, ""]
            practice = row["pe_fac" if facility else "pe_nonfac"]
            less = product(row["work_rvu"], practice, row["mp_rvu"], gpci, factor)
            unit["amount"] = max(unit["amount"] - less, D("0.00"))
        groups.append(units)
    groups.sort(key=lambda units: -sum(unit["amount"] for unit in units))
    for rank, units in enumerate(groups):
        if rank >= 5:
            for unit in units:
                if not unit["nothing"]:
                    unit["amount"] = None
        elif rank >= 1:
            halve(units)
    for one in work:
        own = [unit["amount"] for units in groups for unit in units if unit["one"] is one]
        one["amount"] = None if None in own else sum(own)


def halve(units):
    """Half of the group's total, in cents that add up: the largest remainders get the rest."""
    total = to_cents(sum(unit["amount"] for unit in units) / 2)
    exact = [unit["amount"] / 2 for unit in units]
    for unit, value in zip(units, exact, strict=True):
        unit["amount"] = value.quantize(CENT, ROUND_DOWN)
    short = total - sum(unit["amount"] for unit in units)
    order = sorted(range(len(units)), key=lambda n: units[n]["amount"] - exact[n])
    for n in order[: int(short / CENT)]:
        units[n]["amount"] += CENT


def tests(work, technical_share, reading_share, rows, gpci, factor):
    """From the second study on: so much of the technical part, so much of the reading."""
    technical, reading = [], []
    for one in work:
        row, facility = one["row"], one["line"]["facility"]
        for number in range(one["line"]["units"]):
            unit = {"one": one, "number": number, "t": None, "r": None, "cap": None}
            if row["modifier"] == "TC" or row["pctc"] == "3":
                unit.update(t=one["amount"], cap=one["cap"])
            elif row["modifier"] == "26" or row["pctc"] == "2":
                unit.update(r=one["amount"])
            else:
                code = one["line"]["code"]
                sides = D(1)
                if one.get("sides"):
                    sides = {"0": D(1), "1": D("1.5"), "2": D(1), "3": D(2)}[row["bilat"]]
                t = price(rows[code, "TC"], facility, gpci, factor)
                r = price(rows[code, "26"], facility, gpci, factor)
                cap = cap_of(rows[code, "TC"], facility, gpci, factor)
                unit.update(
                    t=to_cents(t * sides),
                    r=to_cents(r * sides),
                    cap=None if cap is None else to_cents(cap * sides),
                )
            one.setdefault("studies", []).append(unit)
            if unit["t"] is not None:
                technical.append(unit)
            if unit["r"] is not None:
                reading.append(unit)
    first_t = max(technical, key=lambda unit: unit["t"], default=None)
    first_r = max(reading, key=lambda unit: unit["r"], default=None)
    for one in work:
        total = D("0.00")
        for unit in one["studies"]:
            full_t = unit is first_t or unit["t"] is None
            full_r = unit is first_r or unit["r"] is None or reading_share == 1
            if full_t and full_r:
                total += lower(one["amount"], one["cap"])  # the row itself
                continue
            if unit["t"] is not None:
                share = D(1) if unit is first_t else technical_share
                total += lower(to_cents(unit["t"] * share), unit["cap"])
            if unit["r"] is not None:
                share = D(1) if unit is first_r else reading_share
                total += to_cents(unit["r"] * share)
        one["amount"] = total


def therapy(work, gpci, factor):
    """Half the practice expense for all units but the one with the most practice expense."""

    def practice(one):
        return D(one["row"]["pe_fac" if one["line"]["facility"] else "pe_nonfac"])

    first = max(work, key=lambda one: (practice(one), one["amount"]), default=None)
    for one in work:
        row, units = one["row"], one["line"]["units"]
        half = product(row["work_rvu"], practice(one) / 2, row["mp_rvu"], gpci, factor)
        one["amount"] = one["amount"] + half * (units - 1) if one is first else half * units


def finish(one, npp, participating):
    """Role, care, who bills, participation, charge: one percentage after the other, in cents."""
    amount, row, mods = one["amount"], one["row"], one["line"]["mods"]
    if amount is None or (one["done"] and one["same_as"] is None):
        return amount
    if amount == 0 and row["mult_proc"] == "2":
        return amount  # the base code of a family
    if mods & {"80", "81", "82"}:
        amount = to_cents(amount * D("0.16"))
    if "AS" in mods:
        amount = to_cents(amount * D("0.136"))
    if "62" in mods:
        amount = to_cents(amount * D("0.625"))
    pre, intra, post = D(row["pre_pct"]), D(row["intra_pct"]), D(row["post_pct"])
    if "54" in mods:
        amount = to_cents(amount * (pre + intra))
    if "55" in mods:
        days = one["line"]["days"]
        part = D(1) if days is None else D(days) / int(row["global_days"])
        amount = to_cents(amount * post * part)
    if "56" in mods:
        amount = to_cents(amount * pre)
    if "78" in mods and row["global_days"] != "000":
        amount = to_cents(amount * intra)
    if "66" in mods or mods & {"22", "52"} or ("53" in mods and row["modifier"] != "53"):
        return None
    if npp and "AS" not in mods:
        amount = to_cents(amount * D("0.85"))
    if not participating:
        amount = to_cents(amount * D("0.95"))
    if one["charge"] is not None:
        amount = min(amount, one["charge"])
    return amount


def anesthesia(base, minutes, modifier, factor, *, at_induction=False):
    """Base units and a unit for each 15 minutes, to one decimal; AD has three or four units."""
    units = base + (D(minutes) / 15).quantize(D("0.1"), ROUND_HALF_UP)
    if modifier == "AD":
        units = 4 if at_induction else 3
    amount = to_cents(units * factor)
    return to_cents(amount / 2) if modifier in ("QK", "QX", "QY") else amount
