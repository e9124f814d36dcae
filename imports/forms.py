"""What a sales admin says of an import: its file, its columns, what holds for all of its rows."""

from typing import cast

from django import forms

from imports.columns import LABELS, REQUIRED
from imports.limits import LARGEST, MEGABYTE
from imports.models import LONGEST_SOURCE
from people.models import OpportunityType

TOO_LARGE = f"A file has at most {LARGEST // MEGABYTE} MB. Split it."
IGNORED = [("", "Left out")]


class UploadForm(forms.Form):
    file = forms.FileField(
        label="CSV or Excel file",
        allow_empty_file=True,
        widget=forms.FileInput(
            attrs={"accept": ".csv,.tsv,.txt,.xlsx,.xlsm", "data-largest": LARGEST // MEGABYTE}
        ),
    )

    def __init__(self, *args, is_too_large=False, **options):
        """`is_too_large`: nothing was read, because of what was to come."""
        super().__init__(*args, **options)
        if is_too_large:
            self.fields["file"].error_messages["required"] = TOO_LARGE

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(TOO_LARGE)
        return file


class ColumnsForm(forms.Form):
    """Which field each column of the file fills, by its index; and what holds for all rows."""

    source = forms.CharField(
        max_length=LONGEST_SOURCE,
        help_text="Where the leads come from. It is shown in the pool, and external ids are its.",
    )
    opportunity_type = forms.ModelChoiceField(
        OpportunityType.objects.none(), label="Opportunity type", empty_label=None
    )
    updates = forms.BooleanField(
        required=False,
        label="Update facilities that are known",
        help_text="Their phone and address become what the file says, where it says something. "
        "Otherwise they stay as they are.",
    )

    def __init__(self, found, data=None):
        self.found = found
        kinds = OpportunityType.objects.all()
        usual = found.opportunity_type or kinds.filter(code="CS").first()
        general = {"source": found.source, "opportunity_type": usual, "updates": found.updates}
        super().__init__(data, initial=general)
        cast(forms.ModelChoiceField, self.fields["opportunity_type"]).queryset = kinds
        chosen = {index: field for field, index in found.columns.items()}
        for index, name in enumerate(found.header):
            self.fields[f"column_{index}"] = forms.ChoiceField(
                choices=IGNORED + list(LABELS.items()),
                required=False,
                initial=chosen.get(index, ""),
                widget=forms.Select(attrs={"aria-label": f"What is in column {index + 1}, {name}"}),
            )

    def clean(self):
        columns: dict[str, int] = {}
        for index in range(len(self.found.header)):
            field = self.cleaned_data.get(f"column_{index}")
            if field in columns:
                self.add_error(None, f"Two columns are the {LABELS[field]}; leave one of them out.")
            elif field:
                columns[field] = index
        for field in REQUIRED:
            if field not in columns:
                self.add_error(None, f"Say which column is the {LABELS[field]}.")
        self.columns = columns

    @property
    def said(self):
        general = {name: self.cleaned_data[name] for name in GENERAL}
        return general | {"columns": self.columns}

    def lines(self):
        """Each column with its name, what stands in its first rows, and its field of the form."""
        for index, name in enumerate(self.found.header):
            samples = [row[index] for row in self.found.samples if index < len(row)]
            yield {"name": name, "samples": samples, "field": self[f"column_{index}"]}

    def general(self):
        return [self[name] for name in GENERAL]


GENERAL = ["source", "opportunity_type", "updates"]
