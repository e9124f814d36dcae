"""What a sales admin fills in about a lead that was reported."""

from django import forms

from leads.forms import ContactForm, FacilityForm, reason


def version():
    return forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class ResolveForm(forms.Form):
    """`version` is the lead's as it was seen."""

    version = version()
    why = forms.CharField(
        max_length=500,
        required=False,
        label="Remark",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The owner reads it in the lead's history.",
    )


class DiscardForm(forms.Form):
    version = version()
    why = reason("Why is it not worth correcting?")


class MergeForm(forms.Form):
    version = version()
    into = forms.IntegerField(
        min_value=1,
        max_value=2**63 - 1,
        error_messages={"required": "Choose the lead that stays."},
    )
    why = forms.CharField(max_length=500, required=False)


class UnmergeForm(forms.Form):
    version = version()


class Correction:
    """All that can be corrected of a lead on one page: its facility, and the people there."""

    def __init__(self, lead, data=None):
        self.lead, people = lead, lead.facility.contacts.all()
        self.resolve = ResolveForm(data, initial={"version": lead.version})
        self.facility = form_of(FacilityForm, lead.facility, data)
        self.contacts = [(person, form_of(ContactForm, person, data)) for person in people]
        self.new = ContactForm(
            data, prefix="new", empty_permitted=True, use_required_attribute=False
        )

    @property
    def forms(self):
        return [self.resolve, self.facility, self.new, *(form for _, form in self.contacts)]

    def is_valid(self):
        # All of them are asked, so that each says what is wrong with it.
        return not [form for form in self.forms if not form.is_valid()]

    @property
    def said(self):
        """What actions.resolve_flag() takes."""
        return {
            **self.resolve.cleaned_data,
            "facility": self.facility.cleaned_data,
            "contacts": [(person, form.cleaned_data) for person, form in self.contacts],
            "contact": self.new_contact,
        }

    @property
    def new_contact(self):
        said = {name: value for name, value in self.new.cleaned_data.items() if name != "version"}
        return said | {"is_decision_maker": not self.contacts} if said.get("name") else None


def form_of(kind, row, data):
    return kind(data, prefix=kind.prefix_of(row)) if data is not None else kind.of(row)
