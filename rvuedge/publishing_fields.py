"""Form fields of the admin of texts: lists typed as lines, and choices that need no JavaScript."""

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.utils.html import format_html


class LinesField(forms.CharField):
    """A list of short texts (a JSONField), edited as one line for each."""

    widget = forms.Textarea(attrs={"rows": 4})

    def __init__(self, *, encoder=None, decoder=None, **options):
        super().__init__(**options)

    def prepare_value(self, value):
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value):
        return [line.strip() for line in (value or "").splitlines() if line.strip()]

    def has_changed(self, initial, data):
        return (initial or []) != self.to_python(data)


class _WithoutScript:
    """An autocomplete that can be used without JavaScript too: there, the key is typed."""

    def render(self, name, value, attrs=None, renderer=None):
        chosen = value[0] if isinstance(value, (list, tuple)) and value else value or ""
        return format_html(
            '{}<noscript><input name="{}" value="{}" class="vTextField"'
            ' aria-label="{} (type it)"></noscript>',
            super().render(name, value, attrs, renderer),
            name,
            "" if self.allow_multiple_selected else chosen,
            self.field.verbose_name,
        )


class KeySelect(_WithoutScript, AutocompleteSelect):
    """For relations whose key is what people say (a code). Costs no query to print."""

    def optgroups(self, name, value, attr=None):
        chosen = [str(one) for one in value if one not in self.choices.field.empty_values]
        options = [] if self.is_required else [self.create_option(name, "", "", False, 0)]
        options += [self.create_option(name, one, one, True, 1) for one in chosen[:1]]
        return [(None, options, 0)]


class PersonSelect(AutocompleteSelect):
    """Somebody, or nobody; without JavaScript, all are listed to choose from."""

    def build_attrs(self, base_attrs, extra_attrs=None):
        return super().build_attrs(base_attrs, extra_attrs) | {"data-placeholder": "Nobody"}

    def render(self, name, value, attrs=None, renderer=None):
        everything = forms.Select(choices=self.choices)
        return format_html(
            "{}<noscript>{}</noscript>",  # of two fields of one name, the last one counts
            super().render(name, value, attrs, renderer),
            everything.render(name, value, {"aria-label": self.field.verbose_name}),
        )


class ManySelect(AutocompleteSelectMultiple):
    """Several rows; without JavaScript, all are listed to choose from."""

    def build_attrs(self, base_attrs, extra_attrs=None):
        # The button that clears all would stand inside the list, where only items may.
        return super().build_attrs(base_attrs, extra_attrs) | {"data-allow-clear": "false"}

    def render(self, name, value, attrs=None, renderer=None):
        everything = forms.SelectMultiple(choices=self.choices)
        return format_html(
            "{}<noscript>{}</noscript>",
            super().render(name, value, attrs, renderer),
            everything.render(name, value, {"aria-label": self.field.verbose_name, "size": "8"}),
        )
