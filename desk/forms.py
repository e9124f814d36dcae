"""What a sales admin fills in."""

from typing import NamedTuple

from django import forms

from people.forms import SWITCH
from people.models import POLICY_LIMITS


class Number(NamedTuple):
    """How one number of the policy is asked for."""

    label: str
    unit: str
    about: str


NUMBERS = {
    "protection_days": Number(
        "Protection window", "days", "How long a lead is its owner's alone, from each claim on."
    ),
    "expiring_soon_days": Number(
        "Expiring soon", "days", "From so long before its end a window is called expiring soon."
    ),
    "no_answer_limit": Number(
        "No answer", "calls in a row", "After so many without an answer a lead sinks to unreached."
    ),
    "follow_up_days": Number("Follow-up", "days", "So far ahead “not now” sets a follow-up."),
    "fresh_hours": Number("Fresh", "hours", "So long a new lead without contact is fresh."),
    "long_tail_days": Number(
        "Long tail", "days", "After so long without contact a lead is in the long tail."
    ),
    "reclaim_cooldown_hours": Number(
        "Claim again", "hours", "So long a rep waits to claim a lead that they gave back or lost."
    ),
    "open_leads_per_rep": Number("Open leads", "per rep", "So many a rep may own at a time."),
}


class PolicyForm(forms.Form):
    """The policy's numbers as they were seen at `version`."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    admins_need_second_factor = forms.BooleanField(
        label="The admin asks for a second factor",
        required=False,
        widget=forms.CheckboxInput(attrs=SWITCH),
        help_text="Sales admins without one add it before they get in again.",
    )

    def __init__(self, policy, data=None):
        super().__init__(data, initial={name: getattr(policy, name) for name in self.asked()})
        self.policy = policy
        for name, number in NUMBERS.items():
            lowest, highest = POLICY_LIMITS[name]
            self.fields[name] = forms.IntegerField(
                label=f"{number.label}, {number.unit}",
                min_value=lowest,
                max_value=highest,
                help_text=f"{number.about} {lowest} to {highest:,}.",
            )

    @staticmethod
    def asked():
        return ["version", "admins_need_second_factor", *NUMBERS]

    def clean(self):
        said = super().clean() or self.cleaned_data
        if said.get("version") != self.policy.version:
            self.add_error(None, "Somebody changed the policy meanwhile; what you wrote is kept.")
        soon, days = said.get("expiring_soon_days"), said.get("protection_days")
        if soon and days and soon > days:
            self.add_error("expiring_soon_days", "That is longer than the whole window.")
        if not self.errors and not self.changed():
            self.add_error(None, "Nothing is changed yet.")
        return said

    @property
    def is_stale(self):
        return "version" in self.cleaned_data and (
            self.cleaned_data["version"] != self.policy.version
        )

    def numbers(self):
        return {name: said for name, said in self.cleaned_data.items() if name != "version"}

    def changed(self):
        """Return {name: (before, after)} of what is another than now."""
        return {
            name: (getattr(self.policy, name), said)
            for name, said in self.numbers().items()
            if getattr(self.policy, name) != said
        }
