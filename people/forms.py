"""What people may fill in about themselves."""

from django import forms

from people.zones import choices_with

DAYS = [(1, "Mon"), (2, "Tue"), (3, "Wed"), (4, "Thu"), (5, "Fri"), (6, "Sat"), (7, "Sun")]


# A check box that looks, and reads, like a switch.
SWITCH = {"role": "switch", "class": "switch"}


class ProfileForm(forms.Form):
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
        help_text="Single letters, never while you type. ? lists them.",
    )

    def __init__(self, user, data=None):
        super().__init__(data, initial={name: getattr(user, name) for name in self.base_fields})
        self.fields["time_zone"].choices = choices_with(user.time_zone)

    def clean(self):
        said = super().clean()
        starts, ends = said.get("work_starts"), said.get("work_ends")
        if starts and ends and starts >= ends:
            self.add_error("work_ends", "Work has to end after it starts, on the same day.")
        return said
