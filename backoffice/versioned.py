"""Forms that know what they were filled in from: who comes second is told what was saved first."""

from typing import cast

from django import forms
from django.http import QueryDict

from backoffice.unsent import Form


class Versioned(Form):
    """A form that remembers which version of its row it was filled in from."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    @classmethod
    def of(cls, row):
        """Return the form as it stands before anybody types: filled in from `row`."""
        initial = {name: getattr(row, name) for name in cls.base_fields}
        return cls(initial=initial, prefix=cls.prefix_of(row))

    @classmethod
    def prefix_of(cls, row):
        return f"{row._meta.model_name}-{row.pk}"

    def is_stale(self, row):
        return self.cleaned_data["version"] not in {row.version, None}

    def beside_saved(self, row, write=None):
        """Say what is saved meanwhile beside each field that was filled in otherwise.

        Sent again, the form has seen it.
        """
        for name, typed in self.cleaned_data.items():
            saved = getattr(row, name)
            if name != "version" and str(typed) != str(saved):
                said = write(saved) if write else self.written(name, saved)
                self[name].help_text = f"Saved meanwhile: {said}."
        said = cast(QueryDict, self.data).copy()
        said[self.add_prefix("version")] = str(row.version)
        self.data = said

    def written(self, name, value):
        choices = dict(getattr(self.fields[name], "choices", []))
        return choices.get(value) or str(value) or "nothing"
