"""Cards for links: their texts are cut to their places, whatever an editor has written."""

from io import BytesIO

import pytest
from PIL import Image, ImageChops

from rvuedge import cards
from rvuedge.cards import Card, Figure, Piece, fitted, png, wrapped

FONT = cards._font(40)
PLAIN = Card(kind="CPT 47562", title="Gallbladder removal", source="CMS release 2026C")


def drawn(card: Card) -> Image.Image:
    image = Image.open(BytesIO(png(card)))
    assert (image.format, image.size) == ("PNG", (1200, 630))
    return image.convert("RGB")


def test_a_card_is_a_png_of_the_size_that_networks_ask_for():
    drawn(PLAIN)
    assert len(png(PLAIN)) < 100_000


def test_the_same_card_is_drawn_alike_and_another_is_not():
    assert png(PLAIN) == png(PLAIN)
    assert png(PLAIN) != png(PLAIN._replace(title="Gallbladder removals"))


def test_the_upper_edge_shows_what_the_fee_is_made_of():
    edge = (Piece("work", 0, 50), Piece("practice", 50, 30), Piece("malpractice", 80, 20))
    image = drawn(PLAIN._replace(edge=edge))
    assert [image.getpixel((x, 10)) for x in (300, 780, 1080)] == [
        (0x0B, 0x6B, 0x5D),
        (0x72, 0x97, 0xC4),
        (0xC9, 0x8A, 0x2B),
    ]


def test_a_card_without_a_fee_has_an_empty_edge():
    image = drawn(PLAIN)
    assert {image.getpixel((x, 10)) for x in range(0, 1200, 50)} == {(0xD8, 0xE0, 0xDC)}


@pytest.mark.parametrize(
    "card",
    [
        PLAIN._replace(title="word " * 5_000),
        PLAIN._replace(title="W" * 5_000),
        PLAIN._replace(kind="CPT 47562", note="note " * 500),
        PLAIN._replace(figures=[Figure("t" * 999, "w" * 999)] * 9),
        PLAIN._replace(summary="summary " * 5_000, source="source " * 999),
        PLAIN._replace(title="", source="", summary=""),
        PLAIN._replace(title="\x00\n\t 𝔊 ﷽ שלום"),
    ],
)
def test_nothing_is_drawn_beyond_the_margins(card):
    image = drawn(card)
    ground = Image.new("RGB", image.size, "#ffffff")
    left, _, right, bottom = ImageChops.difference(
        image.crop((0, 30, 1200, 630)), ground.crop((0, 30, 1200, 630))
    ).getbbox()
    assert left >= cards.MARGIN - 4
    assert right <= 1200 - cards.MARGIN + 4
    assert bottom <= 600


def test_lines_hold_what_fits():
    width = FONT.getlength("one two") + 1
    assert wrapped("one two one two one", FONT, width) == ["one two", "one two", "one"]
    assert fitted("one two", FONT, width, 1) == ["one two"]
    (cut,) = fitted("one two three", FONT, width, 1)
    assert cut.endswith("…")
    assert FONT.getlength(cut) <= width


def test_a_word_too_long_is_cut():
    (cut,) = fitted("W" * 200, FONT, 300, 2)
    assert cut.endswith("W…")
    assert FONT.getlength(cut) <= 300
