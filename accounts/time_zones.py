"""Time zones as a person chooses them: those of the United States first. No Django."""

from zoneinfo import available_timezones

AMERICAN = {
    "America/New_York": "Eastern (New York)",
    "America/Chicago": "Central (Chicago)",
    "America/Denver": "Mountain (Denver)",
    "America/Phoenix": "Arizona (Phoenix)",
    "America/Los_Angeles": "Pacific (Los Angeles)",
    "America/Anchorage": "Alaska (Anchorage)",
    "Pacific/Honolulu": "Hawaii (Honolulu)",
    "America/Puerto_Rico": "Atlantic (Puerto Rico)",
    "Pacific/Guam": "Chamorro (Guam)",
    "Pacific/Pago_Pago": "Samoa (Pago Pago)",
}
_REGIONS = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/",
            "Indian/", "Pacific/")  # fmt: skip


def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return groups of (name, label): the states' zones, and then the world's by name."""
    others = sorted(
        name
        for name in available_timezones()
        if name.startswith(_REGIONS) and name not in AMERICAN
    )
    return [
        ("United States", list(AMERICAN.items())),
        ("Elsewhere", [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in others)]),
    ]
