"""What a sales admin fills in about people."""

from typing import cast

from django import forms

from leads.forms import reason
from people.forms import DAYS
from people.models import OpportunityType, Team, User, monday_to_friday
from people.permissions import Role
from people.states import STATE_CHOICES
from people.zones import choices_with


class PersonForm(forms.ModelForm):
    """Who somebody is, and what they may work. Its fields are widgets of ours, not the admin's."""

    email = forms.EmailField(label="E-mail", help_text="They sign in with it.")
    team = forms.ModelChoiceField(Team.objects.all(), required=False, empty_label="No team")
    opportunity_types = forms.ModelMultipleChoiceField(
        OpportunityType.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "days"}),
        help_text="A rep works leads of these types only.",
    )
    territories = forms.MultipleChoiceField(
        choices=STATE_CHOICES,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "days states"}),
        help_text="None chosen means all states.",
    )
    time_zone = forms.ChoiceField()
    working_days = forms.TypedMultipleChoiceField(
        choices=DAYS,
        coerce=int,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "days"}),
        initial=monday_to_friday,
    )
    work_starts = forms.TimeField(
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}), initial="09:00"
    )
    work_ends = forms.TimeField(
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}), initial="17:00"
    )

    class Meta:
        model = User
        fields = (
            "name",
            "email",
            "role",
            "team",
            "opportunity_types",
            "territories",
            "time_zone",
            "working_days",
            "work_starts",
            "work_ends",
            "version",
        )
        widgets = {"version": forms.HiddenInput}

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        zones = cast(forms.ChoiceField, self.fields["time_zone"])
        zones.choices = choices_with(self.instance.time_zone)

    def clean_email(self):
        email = self.cleaned_data["email"].lower()
        others = User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk)
        if others.exists():
            raise forms.ValidationError("Somebody has this address already.")
        return email

    def clean(self):
        said = super().clean() or self.cleaned_data
        if said.get("role") == Role.MANAGER and not said.get("team") and "team" in said:
            self.add_error("team", "A manager answers for a team.")
        starts, ends = said.get("work_starts"), said.get("work_ends")
        if starts and ends and starts >= ends:
            self.add_error("work_ends", "Work has to end after it starts, on the same day.")
        return said


class LeavingForm(forms.Form):
    """How somebody leaves. `version` is the person's as they were seen."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    to = forms.ModelChoiceField(
        User.objects.none(),
        required=False,
        empty_label="Into the pool",
        label="Their open leads go",
    )
    why = reason("Why?")

    def __init__(self, person, *args, **options):
        super().__init__(*args, **options)
        reps = User.objects.filter(role=Role.INSIDE_REP, is_active=True).exclude(pk=person.pk)
        cast(forms.ModelChoiceField, self.fields["to"]).queryset = reps
        self.fields["why"].required = False


class VersionForm(forms.Form):
    version = forms.IntegerField(min_value=1)
