"""The admin of codes: what editors write about them, and what they look things up in."""

from codes.admin import content, doubts, releases  # noqa: F401 (registers its models)
