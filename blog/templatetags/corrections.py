"""The way from any page to the form that reports an error on it."""

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.http import urlencode

register = template.Library()

LONGEST_PATH = 200  # that a correction keeps


@register.simple_tag(takes_context=True)
def report_url(context: Context) -> str:
    """Return the form's address, with the page's own; error pages have no request to tell it."""
    url = reverse("blog:report")
    request = getattr(context, "request", None)
    path = request.path if request else ""
    if not path or len(path) > LONGEST_PATH or path.startswith(url):
        return url
    return f"{url}?{urlencode({'page': path})}"
