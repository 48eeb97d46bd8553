"""All that belongs to one person. Each module has one subject; import from here."""

from accounts.models.attempts import AttemptCount
from accounts.models.benchmarks import Benchmark, Survey
from accounts.models.contracts import Contract, RuleSet, Tier
from accounts.models.log import CustomCode, Minimum, Procedure, Site
from accounts.models.owned import Owned, OwnedQuerySet
from accounts.models.person import AuditEntry, Profile, User
from accounts.models.statements import Statement, StatementLayout, StatementLine
from accounts.models.support import SupportRequest
from accounts.models.tracking import CodeSet, SetLine, TrackedCode

__all__ = [
    "AttemptCount",
    "AuditEntry",
    "Benchmark",
    "CodeSet",
    "Contract",
    "CustomCode",
    "Minimum",
    "Owned",
    "OwnedQuerySet",
    "Procedure",
    "Profile",
    "RuleSet",
    "SetLine",
    "Site",
    "Statement",
    "StatementLayout",
    "StatementLine",
    "SupportRequest",
    "Survey",
    "Tier",
    "TrackedCode",
    "User",
]
