"""What people may fill in about themselves."""

from datetime import time
from typing import cast

from django import forms
from django.contrib.auth.password_validation import validate_password

from backoffice.versioned import Versioned
from people.models import Theme
from people.zones import choices_with

DAYS = [(1, "Mon"), (2, "Tue"), (3, "Wed"), (4, "Thu"), (5, "Fri"), (6, "Sat"), (7, "Sun")]


# A check box that looks, and reads, like a switch.
SWITCH = {"role": "switch", "class": "switch"}


class ProfileForm(Versioned):
    name = forms.CharField(
        max_length=120, label="Name", widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    time_zone = forms.ChoiceField(
        label="Time zone", help_text="Callbacks and working hours are in this time."
    )
    working_days = forms.TypedMultipleChoiceField(
        label="Working days",
        choices=DAYS,
        coerce=int,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "days"}),
        error_messages={"required": "Choose at least one day."},
    )
    work_starts = forms.TimeField(
        label="Work starts", widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    work_ends = forms.TimeField(
        label="Work ends", widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    key_shortcuts = forms.BooleanField(
        label="Key shortcuts",
        required=False,
        widget=forms.CheckboxInput(attrs=SWITCH),
        help_text="Single letters, never while you type.",
    )
    theme = forms.ChoiceField(
        label="Colours",
        choices=Theme.choices,
        widget=forms.RadioSelect(attrs={"class": "days"}),
    )

    def __init__(self, user, data=None):
        super().__init__(data, initial={name: getattr(user, name) for name in self.base_fields})
        zones = cast(forms.ChoiceField, self.fields["time_zone"])
        zones.choices = choices_with(user.time_zone)

    def written(self, name, value):
        if name == "working_days":
            return ", ".join(label for day, label in DAYS if day in value)
        if name == "key_shortcuts":
            return "on" if value else "off"
        return f"{value:%H:%M}" if isinstance(value, time) else super().written(name, value)

    def clean(self):
        said = super().clean() or self.cleaned_data
        starts, ends = said.get("work_starts"), said.get("work_ends")
        if starts and ends and starts >= ends:
            self.add_error("work_ends", "Work has to end after it starts, on the same day.")
        return said


class PasswordForm(forms.Form):
    current = forms.CharField(
        label="Current password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label="New password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 12 characters, and none of the common ones.",
    )
    again = forms.CharField(
        label="New password again",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, user, data=None):
        super().__init__(data)
        self.user = user

    def clean_current(self):
        said = self.cleaned_data["current"]
        if not self.user.check_password(said):
            raise forms.ValidationError("That is not your password.")
        return said

    def clean_new(self):
        validate_password(self.cleaned_data["new"], self.user)
        return self.cleaned_data["new"]

    def clean(self):
        said = super().clean() or self.cleaned_data
        if said.get("new") and said.get("again") and said["new"] != said["again"]:
            self.add_error("again", "The two are not the same.")
        return said
