"""The site's icons, drawn from its mark: three bars, as long as a fee's parts often are.

`manage.py draw_icons` writes them into static/img. They are our own drawing, and committed; a
test draws them again and compares.
"""

from PIL import Image, ImageDraw

WORK, PRACTICE, MALPRACTICE = "#0b6b5d", "#7297c4", "#c98a2b"
GRID = 22  # the mark is drawn on 22 by 22, as in static/img/favicon.svg
BARS = ((1, 22, WORK), (8, 14, PRACTICE), (15, 7, MALPRACTICE))  # top, width, color
BAR = 6  # the height of each
# Sizes in pixels, and the share of the side that the mark takes. Phones cut round icons out of
# the large ones, of which the middle 80% are safe; a browser's tab shows the small one whole.
SIZES = {32: 1.0, 180: 0.7, 192: 0.6, 512: 0.6}


def icon(size: int) -> Image.Image:
    """Return the mark on white, `size` pixels wide and high; the smallest has no ground."""
    has_ground = SIZES[size] < 1
    image = Image.new("RGBA", (size, size), "#ffffff" if has_ground else "#ffffff00")
    unit = size * SIZES[size] / GRID
    left = (size - GRID * unit) / 2
    draw_mark(ImageDraw.Draw(image), left, left, unit)
    return image.convert("RGB") if has_ground else image


def draw_mark(draw: ImageDraw.ImageDraw, left: float, top: float, unit: float) -> None:
    """Draw the mark with its corner at these pixels, each unit of its grid so many pixels."""
    for bar_top, width, color in BARS:
        x0, y0 = round(left), round(top + bar_top * unit)
        x1, y1 = round(left + width * unit), round(top + (bar_top + BAR) * unit)
        draw.rectangle((x0, y0, x1 - 1, y1 - 1), fill=color)
