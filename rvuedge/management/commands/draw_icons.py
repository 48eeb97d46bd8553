"""Draw the site's icons anew from its mark: after a change of rvuedge/icons.py."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from rvuedge.icons import SIZES, icon

FOLDER = Path(settings.BASE_DIR) / "rvuedge" / "static" / "img"


class Command(BaseCommand):
    help = "Write icon-32.png, icon-180.png, icon-192.png and icon-512.png into static/img."

    def handle(self, **options: Any) -> None:
        for size in SIZES:
            path = FOLDER / f"icon-{size}.png"
            icon(size).save(path, optimize=True)
            self.stdout.write(f"{path.name}: {path.stat().st_size:,} bytes")
