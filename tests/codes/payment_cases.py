"""Cases for the calculator, drawn from the rows of a release: the same ones each time.

A case is what a reader would fill in: the fields of the address. Kinds of cases follow from the
indicators of the rows, so that each rule of DOMAIN section 4 has its share of them.
"""

import random
from collections.abc import Mapping

CASES = 200

_OPERATIONS = (
    *("50", "62", "80", "AS", "54", "54", "55", "55", "56", "78", "82"),
    *("66", "22", "52", "53"),  # by report
)


class Draw:
    """Draws from rows (columns as text) by (code, modifier)."""

    def __init__(self, rows: Mapping[tuple[str, str], Mapping], localities, seed: int) -> None:
        self.random = random.Random(seed)
        self.rows = rows
        self.localities = localities
        payable = [row for row in rows.values() if row["status"] in ("A", "R", "T")]
        self.plain = [
            row
            for row in payable
            if not row["modifier"] and (not row["endo_base"] or (row["endo_base"], "") in rows)
        ]
        self.by_rule = {
            rule: [row for row in self.plain if row["mult_proc"] == rule] for rule in "0234567"
        }
        self.endoscopies = [row for row in self.by_rule["3"] if row["endo_base"]]
        self.tests = {
            rule: [row for row in self.by_rule[rule] if (row["hcpcs"], "TC") in rows]
            for rule in "467"
        }
        self.operations = [row for row in self.plain if row["global_days"] in ("010", "090")]

    def cases(self):
        kinds = (
            *[self.one_service] * 2,
            *[self.operation] * 5,
            *[self.several_operations] * 3,
            *[self.family] * 3,
            *[self.imaging] * 3,
            self.other_tests,
            self.therapy,
            *[self.both_sides] * 2,
        )
        return [self.case(kinds[number % len(kinds)]) for number in range(CASES)]

    def case(self, kind):
        usual, other = "office", "facility"
        if kind in (self.operation, self.several_operations, self.family, self.both_sides):
            usual, other = other, usual
        case = {"setting": usual if self.random.random() < 0.85 else other}
        if self.random.random() < 0.7:
            case["locality"] = self.random.choice(self.localities)
        if self.random.random() < 0.2:
            case["factor"] = "qp"
        if self.random.random() < 0.2:
            case["participating"] = "no"
        if self.random.random() < 0.15:
            case["clinician"] = self.random.choice(("npp", "nurse-midwife"))
        for number, line in enumerate(kind(), start=1):
            case |= {f"{name}{number}": str(value) for name, value in line.items()}
        return case

    def line(self, row, *modifiers, units=1, **more):
        line = {"code": row["hcpcs"], **more}
        if modifiers:
            line["modifiers"] = " ".join(modifiers)
        if units > 1:
            line["units"] = units
        if self.random.random() < 0.1:
            line["charge"] = f"{self.random.randrange(1, 60_000) / 100:.2f}"
        if self.random.random() < 0.1:
            line["place"] = self.random.choice(("11", "12", "19", "21", "22", "24", "49", "65"))
        return line

    def one_service(self):
        row = self.random.choice(self.plain)
        parts = [key[1] for key in self.rows if key[0] == row["hcpcs"] and key[1]]
        modifiers = [self.random.choice(parts)] if parts and self.random.random() < 0.7 else []
        return [self.line(row, *modifiers, units=self.random.choice((1, 1, 2, 3)))]

    def operation(self):
        row = self.random.choice(self.operations)
        modifier = self.random.choice(_OPERATIONS)
        more = {}
        if modifier == "55" and self.random.random() < 0.6:
            more["days"] = self.random.randrange(1, int(row["global_days"]) + 1)
        first = self.line(row, modifier, **more)
        if modifier == "54" and self.random.random() < 0.5:
            return [first, self.line(row, "55")]
        return [first]

    def several_operations(self):
        count = self.random.choice((2, 2, 3, 4, 6, 7))
        rows = self.random.sample(self.by_rule["2"], count)
        lines = [
            self.line(row, *self.random.choice(((), (), ("59",), ("80",), ("50",), ("62",))))
            for row in rows
        ]
        if self.random.random() < 0.4:
            lines.append(self.line(self.random.choice(self.by_rule["0"]), "25"))
        return lines

    def family(self):
        first = self.random.choice(self.endoscopies)
        same = [row for row in self.endoscopies if row["endo_base"] == first["endo_base"]]
        others = [row for row in same if row is not first]
        rows = [first, *self.random.sample(others, min(len(others), self.random.choice((1, 2))))]
        if self.random.random() < 0.3:
            rows.append(self.rows[first["endo_base"], ""])
        lines = [self.line(row) for row in rows]
        if self.random.random() < 0.4:
            lines.append(self.line(self.random.choice(self.by_rule["2"]), "59"))
        return lines

    def imaging(self):
        rows = self.random.sample(self.tests["4"], self.random.choice((2, 2, 3)))
        part = self.random.choice(((), ("26",), ("TC",), ("TC",), None))
        return [
            self.line(row, *(self.random.choice(((), ("26",), ("TC",))) if part is None else part))
            for row in rows
        ]

    def other_tests(self):
        rule = self.random.choice([rule for rule in "67" if len(self.tests[rule]) > 1])
        rows = self.random.sample(self.tests[rule], 2)
        return [self.line(row, *self.random.choice(((), ("TC",)))) for row in rows]

    def therapy(self):
        rows = self.by_rule["5"]
        found = self.random.sample(rows, min(len(rows), 2))
        return [self.line(row, units=self.random.choice((1, 2, 4))) for row in found]

    def both_sides(self):
        row = self.random.choice([row for row in self.by_rule["2"] if row["bilat"] != "9"])
        if self.random.random() < 0.5:
            return [self.line(row, "50")]
        return [self.line(row, "RT"), self.line(row, "LT")]
