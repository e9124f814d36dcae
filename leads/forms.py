"""What people fill in about leads: a new one, a facility, a contact."""

from datetime import date
from decimal import Decimal

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from phonenumber_field.formfields import PhoneNumberField

from backoffice.unsent import Form
from backoffice.versioned import Versioned
from leads import time_zones
from leads.grants import may_be_granted
from leads.models import Lead
from leads.pool import PoolFilters, pool_scopes
from leads.reopening import OWNER, POOL
from leads.workflow import ORDER
from people.models import OpportunityType
from people.states import STATE_CHOICES


class PhoneField(PhoneNumberField):
    """An optional phone number, of the United States unless it says otherwise."""

    def __init__(self, **options):
        super().__init__(region="US", required=False, **options)
        self.widget.attrs |= {"autocomplete": "off", "inputmode": "tel"}
        self.error_messages["invalid"] = "Write a phone number like (334) 793-8701."


class FacilityForm(Versioned):
    name = forms.CharField(max_length=200)
    address = forms.CharField(max_length=200, required=False)
    city = forms.CharField(max_length=100, required=False)
    state = forms.ChoiceField(choices=STATE_CHOICES)
    postcode = forms.CharField(max_length=12, required=False, label="ZIP code")
    phone = PhoneField()
    time_zone = forms.ChoiceField(choices=time_zones.CHOICES)


class ContactForm(Versioned):
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, required=False)
    name = forms.CharField(max_length=120)
    title = forms.CharField(max_length=120, required=False)
    phone = PhoneField()
    email = forms.EmailField(required=False, label="E-mail")


def reason(label):
    return forms.CharField(max_length=500, label=label, widget=forms.Textarea(attrs={"rows": 2}))


class ReleaseForm(Form):
    """`version` is the lead's as it was seen."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    why = reason("Why do you give it back?")


class ReopenForm(Form):
    """Who goes on with a lead that had ended; `version` is the lead's as it was seen."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    why = reason("Why does it go on?")

    def __init__(self, lead, *args, **options):
        super().__init__(*args, **options)
        choices = [(POOL, "Whoever claims it from the pool")]
        if lead.owner:
            choices.insert(0, (OWNER, f"{lead.owner.name}, for a whole protection window"))
        self.fields["to"] = forms.ChoiceField(choices=choices, label="Who goes on with it?")


class GrantForm(Form):
    """Whom to show a lead."""

    def __init__(self, lead, *args, **options):
        super().__init__(*args, **options)
        people = may_be_granted(lead)
        self.fields["to"] = forms.ModelChoiceField(people, label="Person", empty_label="Choose")


class StageForm(Form):
    """Where a lead goes next."""

    stage = forms.ChoiceField(choices=[(stage, stage.label) for stage in [*ORDER, Lead.Stage.LOST]])
    version = forms.IntegerField(min_value=1)


class LostForm(StageForm):
    why = reason("Why is it lost?")


class WonForm(Form):
    version = forms.IntegerField(min_value=1)
    why = reason("What won it?")


ENDING_FORMS = {Lead.Stage.WON: WonForm, Lead.Stage.LOST: LostForm}


def stage_form(said):
    """Return the form for what a browser sent to move a lead; winning it has a URL of its own."""
    form = LostForm if said.get("stage") == Lead.Stage.LOST else StageForm
    return form(said, auto_id="sent-%s")


class DayField(forms.DateField):
    """An optional day of our time."""

    EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)

    def __init__(self, label):
        super().__init__(
            label=label,
            required=False,
            widget=forms.DateInput(
                attrs={"type": "date", "min": str(self.EARLIEST), "max": str(self.LATEST)}
            ),
            validators=[MinValueValidator(self.EARLIEST), MaxValueValidator(self.LATEST)],
        )


class PlanForm(Versioned):
    """The lead's dates and expected value."""

    discovery_on = DayField("Discovery date")
    gameplan_on = DayField("Gameplan call")
    contract_sent_on = DayField("Contract sent")
    expected_close_on = DayField("Expected close")
    expected_value = forms.DecimalField(
        max_digits=12,
        decimal_places=2,
        min_value=0,
        required=False,
        label="Expected value, US dollars",
    )

    def __init__(self, *args, is_ahead=None, **options):
        """`is_ahead` tells whether a day is in the future for who fills this in."""
        super().__init__(*args, **options)
        self.is_ahead = is_ahead

    def clean_contract_sent_on(self):
        day = self.cleaned_data["contract_sent_on"]
        if self.is_ahead(day):
            raise forms.ValidationError("This day has not come yet.")
        return day

    def clean_expected_value(self):
        value = self.cleaned_data["expected_value"]
        # As the database keeps it, or an amount that nobody changed would seem to be changed.
        return None if value is None else value.quantize(Decimal("0.01"))


class NewLeadForm(Form):
    """A lead made by hand: its facility, what it may buy, and who decides there."""

    name = forms.CharField(max_length=200)
    address = forms.CharField(max_length=200, required=False)
    city = forms.CharField(max_length=100, required=False)
    state = forms.ChoiceField(choices=[("", "Choose"), *STATE_CHOICES])
    postcode = forms.CharField(max_length=12, required=False, label="ZIP code")
    phone = PhoneField()
    opportunity_type = forms.ModelChoiceField(OpportunityType.objects.all(), empty_label="Choose")
    contact_name = forms.CharField(max_length=120, required=False, label="Name")
    contact_title = forms.CharField(max_length=120, required=False, label="Title")
    contact_phone = PhoneField(label="Direct phone")
    contact_email = forms.EmailField(required=False, label="E-mail")
    take = forms.BooleanField(required=False, initial=True, label="Claim it for me at once")

    def __init__(self, user, *args, **options):
        super().__init__(*args, **options)
        self.user = user
        if not user.has_perm("leads.claim_lead"):
            del self.fields["take"]

    def clean(self):
        said = super().clean() or self.cleaned_data
        if said.get("state") and said.get("opportunity_type") and not self.is_theirs(said):
            state = dict(STATE_CHOICES)[said["state"]]
            self.add_error("state", f"You do not work {said['opportunity_type']} in {state}.")
        if any(said.get(name) for name in CONTACT_FIELDS) and not said.get("contact_name"):
            self.add_error("contact_name", "Say who this is.")
        return said

    def is_theirs(self, said):
        """May the user work such a lead? Otherwise they could not see what they have made."""
        wanted = PoolFilters(opportunity=said["opportunity_type"].pk, state=said["state"])
        return bool(pool_scopes(self.user, wanted))

    @property
    def facility(self):
        said = self.cleaned_data
        names = ("name", "address", "city", "state", "postcode")
        phone = said["phone"].as_e164 if said["phone"] else ""
        zone = time_zones.time_zone_of(said["state"], phone)
        return {name: said[name] for name in names} | {"phone": phone, "time_zone": zone}

    @property
    def contact(self):
        return {name.removeprefix("contact_"): self.cleaned_data[name] for name in CONTACT_FIELDS}


CONTACT_FIELDS = ("contact_name", "contact_title", "contact_phone", "contact_email")
