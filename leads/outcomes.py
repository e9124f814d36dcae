"""The closed list of call outcomes, and what each of them is, as data (product.md section 5)."""

from dataclasses import dataclass

from django.db.models import TextChoices


@dataclass(frozen=True)
class Traits:
    """What an outcome is. `asks` names the field that the picker asks for besides the note."""

    is_call: bool = True
    is_connect: bool = False
    counts_as_no_answer: bool = False
    disqualifies: bool = False
    needs_review: bool = False
    # Days are policy; this only says that there is a follow-up.
    follows_up: bool = False
    qualifies: bool = False
    books_callback: bool = False
    asks: str = ""
    bulk_only: bool = False


class Outcome(TextChoices):
    """How a call ended. In the order of the picker and of the keys 1 to 6."""

    INTERESTED = "interested", "Connected - interested"
    NOT_NOW = "not_now", "Connected - not now"
    NOT_A_FIT = "not_a_fit", "Connected - not a fit"
    NO_ANSWER = "no_answer", "Voicemail / No answer"
    BAD_DATA = "bad_data", "Wrong number / Bad data"
    CALLBACK = "callback", "Callback"
    NOT_INTERESTED = "not_interested", "Not interested"

    @property
    def traits(self):
        return TRAITS[self]


TRAITS = {
    Outcome.INTERESTED: Traits(is_connect=True, qualifies=True),
    Outcome.NOT_NOW: Traits(is_connect=True, follows_up=True),
    Outcome.NOT_A_FIT: Traits(is_connect=True, disqualifies=True, asks="reason"),
    Outcome.NO_ANSWER: Traits(counts_as_no_answer=True),
    Outcome.BAD_DATA: Traits(needs_review=True, asks="wrong"),
    Outcome.CALLBACK: Traits(is_connect=True, books_callback=True, asks="slot"),
    Outcome.NOT_INTERESTED: Traits(is_call=False, disqualifies=True, bulk_only=True),
}

# What the picker offers, and the key of each.
PICKER = [outcome for outcome in Outcome if not outcome.traits.bulk_only]
BUTTONS = [
    {"key": key, "value": outcome.value, "label": outcome.label, "asks": outcome.traits.asks}
    for key, outcome in enumerate(PICKER, start=1)
]
