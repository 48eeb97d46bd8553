"""The pictures of posts, and of the site itself, for links to them elsewhere."""

from django.http import Http404

from blog.shown import editorial
from codes import browse
from codes.notices import written
from codes.shown import Shown
from codes.views.cards import picture, source_of
from rvuedge.cards import Card, Piece

# Of no code: the three parts as they are drawn in the site's mark.
_PARTS = (Piece("work", 0, 51), Piece("practice", 51, 33), Piece("malpractice", 84, 16))


@picture
def post_card(state: Shown, slug: str) -> Card:
    """A published post; else 404."""
    post = editorial(state).posts.get(slug)
    if post is None:
        raise Http404("There is no such post.")
    return Card(
        kind="Blog",
        title=post.title,
        note=f"{post.minutes} minute{'' if post.minutes == 1 else 's'} to read",
        summary=post.summary,
        source=f"Published {written(post.first_at.date())}",
        edge=_PARTS,
    )


@picture
def site_card(state: Shown) -> Card:
    """The site as a whole: what its home page says first."""
    schedule = state.schedule
    if schedule is None:
        raise Http404("No release is shown.")
    codes = browse.whole(state).here
    return Card(
        kind="CPT and HCPCS codes",
        title="What a billing code is worth, and why",
        summary=f"Work, practice expense and malpractice RVUs, Medicare payment and billing rules "
        f"of {codes:,} codes, in plain words.",
        source=source_of(schedule),
        edge=_PARTS,
    )
