"""Which e-mails somebody wants."""

from typing import cast

from django import forms
from django.http import QueryDict

from notifications.models import BY_EMAIL
from people.forms import SWITCH


class MailForm(forms.Form):
    """A switch for each kind of notice that leaves the house as an e-mail."""

    wanted = forms.MultipleChoiceField(
        label="Send me an e-mail when",
        required=False,
        choices=[(kind.value, kind.label) for kind in BY_EMAIL],
        widget=forms.CheckboxSelectMultiple(attrs=SWITCH),
    )

    # What was switched off when this was filled in.
    off = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)

    def __init__(self, user, data=None):
        self.user = user
        wanted = [kind.value for kind in BY_EMAIL if kind not in user.mail_off]
        super().__init__(data, initial={"wanted": wanted, "off": ",".join(user.mail_off)})

    @property
    def is_stale(self):
        return set(self.cleaned_data["off"].split(",")) - {""} != set(self.user.mail_off)

    def beside_saved(self):
        """Say what is saved meanwhile. Sent again, the form has seen it."""
        labels = [kind.label for kind in BY_EMAIL if kind not in self.user.mail_off]
        self["wanted"].help_text = f"Saved meanwhile: {', '.join(labels) or 'none of them'}."
        said = cast(QueryDict, self.data).copy()
        said["off"] = ",".join(self.user.mail_off)
        self.data = said
