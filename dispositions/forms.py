"""How a call ended, as the picker asks for it."""

from django import forms

from dispositions.models import NotAFitReason
from leads.outcomes import PICKER, Outcome

# A field is asked for by the outcome whose trait `asks` has its name; a slot is judged where the
# picker is that offers another.
MISSING = {
    "reason": "Choose a reason.",
    "wrong": "Say what was wrong, so that it can be repaired.",
}
# Which argument of disposition_lead() is which field, of an outcome that asks.
TOLD = {"reason": {"reason": "reason", "detail": "words"}, "wrong": {"detail": "wrong"}}


class DispositionForm(forms.Form):
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
    )
    words = forms.CharField(label="In words", max_length=500, required=False)
    wrong = forms.CharField(
        label="What was wrong?",
        max_length=500,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "A fax answers; Dr. Young has left; closed"}),
    )
    note = forms.CharField(
        max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    corrects = forms.BooleanField(required=False)

    @property
    def chosen(self):
        """The outcome as far as it is said, or None."""
        said = self["outcome"].value()
        return Outcome(said) if said in PICKER else None

    def clean(self):
        said = super().clean()
        asked = Outcome(said["outcome"]).traits.asks if "outcome" in said else ""
        if asked in MISSING and asked not in self.errors and not said[asked]:
            self.add_error(asked, MISSING[asked])
        if said.get("reason") == NotAFitReason.OTHER and asked == "reason" and not said["words"]:
            self.add_error("words", "Say which.")
        return said

    @property
    def asks(self):
        """The name of what the chosen outcome asks for, or ""."""
        return self.chosen.traits.asks if self.chosen else ""

    @property
    def said(self):
        """What disposition_lead() is told of a valid form, but for the slot."""
        fields = {name: name for name in ("outcome", "version", "note", "corrects")}
        fields |= TOLD.get(self.asks, {})
        return {argument: self.cleaned_data[field] for argument, field in fields.items()}
