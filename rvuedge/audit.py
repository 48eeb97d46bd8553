"""Telling the audit log. What is told here is kept by accounts, which knows people.

Apps that `accounts` stands upon (codes, blog) cannot import it; they tell, and it listens.
"""

from django.dispatch import Signal

recorded = Signal()


def record(what, by=None, subject=None, detail="", **more):
    """Tell that `by` (a user, or None for a command) did `what` to `subject` (a row, or None).

    `what` is a short verb phrase in the past: "published", "activated a release". `more` is kept
    as it is and must be plain JSON values.
    """
    recorded.send(sender=None, what=what, by=by, subject=subject, detail=detail, more=more)
