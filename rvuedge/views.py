"""The home page, and the few files that every site is asked for."""

from datetime import timedelta

from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from blog.shown import editorial
from codes import browse
from codes.models import Standing
from codes.rows import Row, rows
from codes.shown import Shown
from codes.views.public import public_page
from codes.views.search import search_examples

# Codes whose fees are made of very different parts, in this order.
TELLING_CODES = ("90837", "27447", "47562", "99214", "70450", "36561", "45378", "99285")
MOST_MIXES = 6
LATEST_POSTS = 3
A_DAY = 24 * 60 * 60
# What is private, or leads to as many pages as one can think of words. A test walks all addresses.
KEPT_OUT = (
    "/admin/",
    "/search/",
    "/corrections/report/",
    "/preview/",
    *("/account/", "/benchmarks/", "/contracts/", "/custom-codes/", "/dashboard/", "/log/"),
    *("/procedures/", "/sets/", "/sites/", "/statements/", "/track/", "/tracked/", "/welcome/"),
    "/what-if/",
)
ANOTHER_WAY = "BEIMNPX"  # statuses that are bundled, not covered or paid otherwise


@public_page
def home(request: HttpRequest, state: Shown) -> HttpResponse:
    whole = browse.whole(state)
    published = editorial(state)
    return render(
        request,
        "home.html",
        {
            "area": "home",
            "schedule": state.schedule,
            "canonical": request.build_absolute_uri("/"),
            "card": request.build_absolute_uri(reverse("blog:site_card")),
            "whole": whole,
            "described": browse.described(state),
            "examples": search_examples(state),
            "mixes": _mixes(state),
            "chapters": browse.chapters(state),
            "changes": _changes(state),
            "another_way": whole.of_status(ANOTHER_WAY),
            "by_contractor": whole.of_status("C"),
            "anesthesia": whole.of_status("J"),
            "zero": state.directory.get("G0411"),
            "stages": published.stages.values(),
            "posts": list(published.posts.values())[:LATEST_POSTS],
            "changes_url": reverse("codes:changes"),
        },
    )


def _mixes(state: Shown) -> list[Row]:
    """Return codes that show how differently fees are made, as far as texts explain them here."""
    directory = state.directory

    def read() -> list[Row]:
        found = {
            one.code_id: one
            for one in Standing.objects.filter(
                schedule=state.schedule, code__in=TELLING_CODES
            ).defer("neighbors")
        }
        named = [hcpcs for hcpcs in TELLING_CODES if hcpcs in found and directory[hcpcs].has_text]
        listed = [found[hcpcs] for hcpcs in named]
        return [row for row in rows(listed, state) if row.price][:MOST_MIXES]

    return state.remember("mixes", read)


def _changes(state: Shown) -> list[tuple[str, int]]:
    """Return how many codes the release changed, by kind; empty where nothing came before it."""

    def read() -> list[tuple[str, int]]:
        counted = dict(
            Standing.objects.filter(schedule=state.schedule)
            .exclude(change="")
            .order_by()
            .values_list("change")
            .annotate(codes=Count("pk"))
        )
        return [(kind.value, counted[kind]) for kind in Standing.Change if kind in counted]

    return state.remember("changes", read)


# Files that every site is asked for ---------------------------------------------------------


@require_safe
@cache_control(public=True, max_age=A_DAY)
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for this address without being told to, and not all of them read SVG."""
    return HttpResponseRedirect(static("img/icon-32.png"))


@require_safe
@cache_control(public=True, max_age=A_DAY)
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", *(f"Disallow: {prefix}" for prefix in KEPT_OUT)]
    sitemap = request.build_absolute_uri(reverse("sitemap"))
    return _text([*lines, "", f"Sitemap: {sitemap}"])


@require_safe
@cache_control(public=True, max_age=A_DAY)
def security_txt(request: HttpRequest) -> HttpResponse:
    """Where to report a weakness (RFC 9116)."""
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return _text(
        [
            f"Contact: {request.build_absolute_uri(reverse('accounts:contact'))}",
            f"Expires: {midnight + timedelta(days=180):%Y-%m-%dT%H:%M:%SZ}",
            "Preferred-Languages: en",
            f"Canonical: {request.build_absolute_uri(reverse('security_txt'))}",
        ]
    )


@require_safe
@cache_control(public=True, max_age=A_DAY)
def opensearch(request: HttpRequest) -> HttpResponse:
    """What a browser needs to search this site from its address bar (OpenSearch 1.1)."""
    search = request.build_absolute_uri(reverse("codes:search"))
    context = {
        "search": f"{search}?q={{searchTerms}}",
        "own": request.build_absolute_uri(reverse("opensearch")),
        "icon": request.build_absolute_uri(static("img/icon-32.png")),
    }
    return render(
        request,
        "opensearch.xml",
        context,
        content_type="application/opensearchdescription+xml; charset=utf-8",
    )


@require_safe
@cache_control(public=True, max_age=A_DAY)
def manifest(request: HttpRequest) -> HttpResponse:
    """The public site for a phone's home screen; the log is an app of its own (accounts)."""
    return JsonResponse(
        {
            "name": "RVU Edge",
            "short_name": "RVU Edge",
            "description": "RVUs, Medicare payment and billing rules for CPT and HCPCS codes.",
            "id": reverse("home"),
            "start_url": reverse("home"),
            "scope": reverse("home"),
            "lang": "en-US",
            "display": "browser",
            "background_color": "#ffffff",
            "theme_color": "#0b6b5d",
            "icons": [
                {"src": static("img/favicon.svg"), "sizes": "any", "type": "image/svg+xml"},
                *(
                    {
                        "src": static(f"img/icon-{size}.png"),
                        "sizes": f"{size}x{size}",
                        "type": "image/png",
                    }
                    for size in (192, 512)
                ),
            ],
        },
        content_type="application/manifest+json",
    )


def _text(lines: list[str]) -> HttpResponse:
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")
