"""What Medicare pays (fee_schedule), what editors say (content), what is left to do (upkeep)."""

from .content import (
    CodeContent,
    CodeEdition,
    Introduction,
    IntroductionEdition,
    Question,
    RelatedCode,
    Specialty,
)
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
from .upkeep import Doubt, ReleaseUpload, Utilization

__all__ = [
    "Category",
    "CategoryStatistics",
    "Code",
    "CodeContent",
    "CodeEdition",
    "County",
    "Descriptor",
    "Doubt",
    "FeeSchedule",
    "Introduction",
    "IntroductionEdition",
    "Locality",
    "OppsCap",
    "Question",
    "Rate",
    "RelatedCode",
    "ReleaseUpload",
    "Specialty",
    "Standing",
    "Utilization",
    "ZipRange",
]
