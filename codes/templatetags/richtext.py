"""Markdown and data for machines, in templates: names for what rvuedge/richtext.py does."""

from django import template
from django.template import Context
from django.utils.safestring import SafeString

from codes.views.public import linker
from rvuedge import richtext

register = template.Library()
register.filter("json_ld", richtext.json_ld)


@register.simple_tag(takes_context=True)
def markdown(context: Context, text: str) -> SafeString:
    """Return an editor's text as HTML, its terms linked where the page uses them first."""
    request = getattr(context, "request", None) or context.get("request")
    return linker(request).to_html(text) if request else richtext.to_html(text)
