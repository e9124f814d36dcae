"""Which e-mails somebody wants."""

from django import forms

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

    def __init__(self, user, data=None):
        wanted = [kind.value for kind in BY_EMAIL if kind not in user.mail_off]
        super().__init__(data, initial={"wanted": wanted})
