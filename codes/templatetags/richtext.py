"""Markdown and data for machines, in templates: names for what rvuedge/richtext.py does."""

from django import template

from rvuedge import richtext

register = template.Library()
register.filter("markdown", richtext.to_html)
register.filter("json_ld", richtext.json_ld)
