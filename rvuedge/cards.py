"""Pictures of pages for links to them elsewhere: 1200 by 630, drawn when they are asked for.

What is drawn is short: every text is cut to what fits its place, so that a card costs the same
whatever an editor has written. The face is the site's own.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from PIL import Image, ImageColor, ImageDraw, ImageFont

from rvuedge.icons import MALPRACTICE, PRACTICE, WORK, draw_mark

SIZE = (1200, 630)
MARGIN = 72
INNER = SIZE[0] - 2 * MARGIN
REGULAR, BOLD = 400, 700
PAPER, INK, QUIET, LINE, BRAND = "#ffffff", "#13201c", "#47554f", "#d8e0dc", "#0b5f52"
PARTS = {"work": WORK, "practice": PRACTICE, "malpractice": MALPRACTICE}
LONGEST = 240  # characters of any text that are looked at
EDGE_HEIGHT = 24
TITLE_SIZES = (72, 64, 56, 48)
TITLE_TOP, TITLE_BOTTOM = 150, 372
FIGURES_TOP = 396
FOOT = 556
COLUMN_GAP = 40
MOST_FIGURES = 3
_SHADES = 16  # between a letter's color and the paper, for its soft edges

_FONT = Path(__file__).parent / "static" / "fonts" / "edge-sans.woff2"
_one_at_a_time = Lock()  # a face is no thread's own, and a card is work for the processor


class Figure(NamedTuple):
    title: str
    value: str  # digits, or the words that stand for them


class Piece(NamedTuple):
    """A part of a fee on the card's upper edge: places in per cent of the width."""

    part: str
    x: Decimal
    width: Decimal


class Card(NamedTuple):
    title: str
    kind: str  # above the title: "CPT 47562", "Blog"
    note: str = ""  # to the right of that
    figures: Sequence[Figure] = ()  # the first three are drawn
    summary: str = ""  # where there are no figures
    source: str = ""  # at the foot: the release, or a date
    edge: Sequence[Piece] = ()


def png(card: Card) -> bytes:
    """Return the card as a PNG file."""
    with _one_at_a_time:
        image = Image.new("RGB", SIZE, PAPER)
        draw = ImageDraw.Draw(image)
        _edge(draw, card.edge)
        _above(draw, card)
        _title(draw, card.title)
        if card.figures:
            _figures(draw, card.figures[:MOST_FIGURES])
        else:
            _summary(draw, card.summary)
        _foot(draw, card.source)
        file = BytesIO()
        flat = image.quantize(palette=_palette(), dither=Image.Dither.NONE)
        flat.save(file, "PNG", compress_level=4)
    return file.getvalue()


@lru_cache(maxsize=32)
def _font(size: int, weight: int = REGULAR) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(_FONT, size)
    font.set_variation_by_axes([weight])
    return font


@lru_cache(maxsize=1)
def _palette() -> Image.Image:
    """The colors of a card and the soft edges of its letters: half the size of full color."""
    paper = ImageColor.getrgb(PAPER)
    values = [*paper]
    for flat in (LINE, *PARTS.values()):
        values += ImageColor.getrgb(flat)
    for letters in (INK, QUIET, BRAND):
        ink = ImageColor.getrgb(letters)
        for step in range(1, _SHADES + 1):
            pairs = zip(ink, paper, strict=True)
            values += [(i * step + p * (_SHADES - step)) // _SHADES for i, p in pairs]
    image = Image.new("P", (1, 1))
    image.putpalette(values)
    return image


def _edge(draw: ImageDraw.ImageDraw, pieces: Iterable[Piece]) -> None:
    """The upper edge: what the fee is made of, as on the page; a line where there is no fee."""
    draw.rectangle((0, 0, SIZE[0], EDGE_HEIGHT - 1), fill=LINE)
    for piece in pieces:
        left = int(SIZE[0] * piece.x / 100)
        right = int(SIZE[0] * (piece.x + piece.width) / 100)
        draw.rectangle((left, 0, right, EDGE_HEIGHT - 1), fill=PARTS[piece.part])


def _above(draw: ImageDraw.ImageDraw, card: Card) -> None:
    kind = _font(44, BOLD)
    draw.text((MARGIN, 68), card.kind[:LONGEST], font=kind, fill=BRAND)
    if card.note:
        font = _font(32)
        room = INNER - kind.getlength(card.kind[:LONGEST]) - COLUMN_GAP
        (note,) = fitted(card.note, font, room, 1)
        draw.text((SIZE[0] - MARGIN, 78), note, font=font, fill=QUIET, anchor="ra")


def _title(draw: ImageDraw.ImageDraw, title: str) -> None:
    """The title in the largest size in which all of it fits; the smallest is cut off."""
    for size in TITLE_SIZES:
        font, step = _font(size, BOLD), round(size * 1.12)
        most = (TITLE_BOTTOM - TITLE_TOP) // step
        lines = wrapped(title, font, INNER)
        if len(lines) <= most and max(map(font.getlength, lines), default=0) <= INNER:
            break
    else:
        lines = fitted(title, font, INNER, most)
    for number, line in enumerate(lines):
        draw.text((MARGIN, TITLE_TOP + number * step), line, font=font, fill=INK)


def _figures(draw: ImageDraw.ImageDraw, figures: Sequence[Figure]) -> None:
    width = (INNER - COLUMN_GAP * (len(figures) - 1)) // len(figures)
    for number, figure in enumerate(figures):
        left = MARGIN + number * (width + COLUMN_GAP)
        (title,) = fitted(figure.title, _font(28), width, 1)
        draw.text((left, FIGURES_TOP), title, font=_font(28), fill=QUIET)
        is_digits = figure.value.lstrip("$").replace(",", "").replace(".", "").isdigit()
        size = 68 if is_digits else 36
        lines = fitted(figure.value, _font(size, BOLD), width, 1 if is_digits else 2)
        for row, line in enumerate(lines):
            top = FIGURES_TOP + 38 + row * 40
            draw.text((left, top), line, font=_font(size, BOLD), fill=BRAND if not number else INK)


def _summary(draw: ImageDraw.ImageDraw, summary: str) -> None:
    for row, line in enumerate(fitted(summary, _font(36), INNER, 3)):
        draw.text((MARGIN, FIGURES_TOP - 8 + row * 44), line, font=_font(36), fill=QUIET)


def _foot(draw: ImageDraw.ImageDraw, source: str) -> None:
    draw.line((MARGIN, FOOT - 14, SIZE[0] - MARGIN, FOOT - 14), fill=LINE, width=2)
    draw_mark(draw, MARGIN, FOOT + 6, 2)
    draw.text((MARGIN + 58, FOOT + 4), "RVU Edge", font=_font(36, BOLD), fill=INK)
    if source:
        (line,) = fitted(source, _font(26), INNER - 280, 1)
        place = (SIZE[0] - MARGIN, FOOT + 12)
        draw.text(place, line, font=_font(26), fill=QUIET, anchor="ra")


def wrapped(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """Return the text in lines that are no wider than `width` pixels; a long word stands alone."""
    lines: list[str] = []
    for word in text[:LONGEST].split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def fitted(text: str, font: ImageFont.FreeTypeFont, width: float, most: int) -> list[str]:
    """Return at most `most` lines, the last of them with "…" if anything is left out."""
    lines = wrapped(text, font, width) or [""]
    kept, rest = lines[:most], lines[most:]
    return [
        _cut(line, font, width, is_whole=not rest or number < len(kept) - 1)
        for number, line in enumerate(kept)
    ]


def _cut(line: str, font: ImageFont.FreeTypeFont, width: float, *, is_whole: bool) -> str:
    if is_whole and font.getlength(line) <= width:
        return line
    while line and font.getlength(f"{line}…") > width:
        line = line[:-1]
    return f"{line.rstrip()}…"
