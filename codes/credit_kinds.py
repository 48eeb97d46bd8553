"""What sort of value an entry of the log has. No Django."""

from enum import StrEnum


class Kind(StrEnum):
    """Only official values are added up; each of the others stands apart and is named."""

    OFFICIAL = "official"  # a work RVU that Medicare uses
    REFERENCE = "reference"  # a row flagged +: published, not used by Medicare
    ESTIMATE = "estimate"  # a value of one's own
    ASA = "asa"  # anesthesia: base and time units instead of RVUs
    NONE = "none"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        return [(kind.value, kind.label) for kind in cls]


# Whose wRVUs make up a total. Reference values have none unless the contract counts them.
COUNTED = frozenset({Kind.OFFICIAL, Kind.REFERENCE})

_LABELS = {
    Kind.OFFICIAL: "Medicare's value",
    Kind.REFERENCE: "For reference, not used by Medicare",
    Kind.ESTIMATE: "Own value",
    Kind.ASA: "ASA units",
    Kind.NONE: "No wRVU",
}
