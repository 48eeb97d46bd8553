"""Charts for templates: each tag hands rows to codes/charts.py and returns what is to be drawn."""

from django import template

from codes import charts

register = template.Library()


@register.simple_tag
def histogram(statistics):
    """Return the bars of a category's work RVUs; see codes.charts.histogram."""
    return charts.histogram(statistics)
