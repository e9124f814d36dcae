"""A note as it is written and edited."""

from typing import cast

from django import forms

from backoffice.unsent import Form
from notes.models import LONGEST, TIERS, Tier

REACHES = {
    Tier.SHARED: "whoever sees the {subject}",
    Tier.MANAGEMENT: "managers and above",
    Tier.SENIOR_MANAGEMENT: "senior managers and sales admins",
    Tier.ADMIN_ONLY: "sales admins",
}


class NoteText(forms.CharField):
    """What was typed, with line ends that count as one character, as browsers count them."""

    def to_python(self, value):
        return (super().to_python(value) or "").replace("\r\n", "\n").strip()


class NoteForm(Form):
    """`version` is the note's as it was seen, of one that is edited."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, required=False)
    text = NoteText(
        label="Note",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Write something first."},
    )
    tier = forms.ChoiceField(
        label="Visible to",
        initial=Tier.SHARED.word,
        help_text="You always see your own notes.",
    )

    def __init__(self, *args, subject, **options):
        """`subject` is what the note is on, in a word: "lead"."""
        super().__init__(*args, **options)
        cast(forms.ChoiceField, self.fields["tier"]).choices = [
            (word, f"{tier.label}: {REACHES[tier].format(subject=subject)}")
            for word, tier in TIERS.items()
        ]

    def begin(self):
        """Let one type at once where the form appears."""
        self.fields["text"].widget.attrs["autofocus"] = True

    def clean_tier(self):
        return TIERS[self.cleaned_data["tier"]]

    @property
    def said(self):
        """What add_note() is told of a valid form."""
        return {name: self.cleaned_data[name] for name in ("text", "tier")}
