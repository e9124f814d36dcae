"""How a call ended, as the picker asks for it."""

from django import forms

from backoffice.unsent import Form
from dispositions.models import NotAFitReason
from leads.outcomes import PICKER, Outcome

# Which argument of disposition_lead() is which field, of an outcome that asks.
TOLD = {"reason": {"reason": "reason", "detail": "words"}, "wrong": {"detail": "wrong"}}


class DispositionForm(Form):
    """One outcome, what it asks for, and a note.

    `version` is the lead's as it was seen.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    outcome = forms.ChoiceField(
        choices=[(outcome.value, outcome.label) for outcome in PICKER],
        error_messages={"required": "Choose how the call ended."},
    )
    reason = forms.ChoiceField(
        label="Why is it not a fit?",
        choices=NotAFitReason.choices,
        required=False,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a reason."},
    )
    words = forms.CharField(label="In words", max_length=500, required=False)
    wrong = forms.CharField(
        label="What was wrong?",
        max_length=500,
        required=False,
        error_messages={"required": "Say what was wrong, so that it can be repaired."},
        widget=forms.TextInput(attrs={"placeholder": "A fax answers; Dr. Young has left; closed"}),
    )
    note = forms.CharField(
        max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    corrects = forms.BooleanField(required=False)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        # A trait `asks` has the name of its field; a slot is asked for by the picker of windows.
        if self.asks in self.fields:
            self.fields[self.asks].required = True

    @property
    def chosen(self):
        """The outcome as far as it is said, or None."""
        said = self["outcome"].value()
        return Outcome(said) if said in PICKER else None

    @property
    def asks(self):
        """The name of what the chosen outcome asks for, or ""."""
        return self.chosen.traits.asks if self.chosen else ""

    def clean(self):
        super().clean()
        said = self.cleaned_data
        is_other = self.asks == "reason" and said.get("reason") == NotAFitReason.OTHER
        if is_other and not said["words"]:
            self.add_error("words", "Say which.")
        return said

    @property
    def said(self):
        """What disposition_lead() is told of a valid form, but for the slot."""
        fields = {name: name for name in ("outcome", "version", "note", "corrects")}
        fields |= TOLD.get(self.asks, {})
        return {argument: self.cleaned_data[field] for argument, field in fields.items()}
