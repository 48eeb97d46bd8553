"""What Medicare pays for a code (fee_schedule), and what editors say about it (content)."""

from .content import CodeContent, CodeEdition, Question, RelatedCode, Specialty
from .fee_schedule import (
    Category,
    CategoryStatistics,
    Code,
    County,
    Descriptor,
    FeeSchedule,
    Locality,
    OppsCap,
    Rate,
    Standing,
    ZipRange,
)

__all__ = [
    "Category",
    "CategoryStatistics",
    "Code",
    "CodeContent",
    "CodeEdition",
    "County",
    "Descriptor",
    "FeeSchedule",
    "Locality",
    "OppsCap",
    "Question",
    "Rate",
    "RelatedCode",
    "Specialty",
    "Standing",
    "ZipRange",
]
