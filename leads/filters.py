"""What queue and pool are narrowed to: said in the URL, chosen in the bar above the table."""

from typing import cast
from urllib.parse import urlencode, urlsplit

from django import forms
from django.forms.utils import flatatt
from django.http import Http404, QueryDict
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join

from leads import pool, queue
from leads.coming import LABELS
from leads.models import Lead
from people.models import OpportunityType, User
from people.states import STATES


class Drop(forms.Select):
    """A drop-down written in one go: Django renders a template per option, 2.4 ms for states."""

    def render(self, name, value, attrs=None, renderer=None):
        options = (
            (choice, " selected" if str(choice) == str(value or "") else "", text)
            for choice, text in self.choices
        )
        return format_html(
            "<select{}>{}</select>",
            flatatt(self.build_attrs(self.attrs, {"name": name})),
            format_html_join("", '<option value="{}"{}>{}</option>', options),
        )


def drop(label, every, choices=()):
    """Return a field for one of `choices`, or for `every` one of them."""
    return forms.ChoiceField(
        choices=[("", every), *choices],
        required=False,
        widget=Drop(attrs={"aria-label": label}),
    )


class Filters(forms.Form):
    """What a list is narrowed to. What makes no sense in a URL narrows nothing."""

    def __init__(self, user, path, query):
        super().__init__(query, auto_id=False)
        self.path = path

    @classmethod
    def of(cls, request):
        return cls(request.user, request.path, request.GET)

    @classmethod
    def of_url(cls, user, url):
        """Return the filters of another page than the one that is asked for: "/leads?band=hot"."""
        parts = urlsplit(url)
        return cls(user, parts.path, QueryDict(parts.query))

    def offer(self, name, choices):
        """Let one choose between all of them and `choices()`, which is called when it matters."""
        field = cast(forms.ChoiceField, self.fields[name])
        every = cast(list, field.choices)[:1]
        field.choices = lambda: [*every, *choices()]

    @property
    def chosen(self):
        """What narrows the list, as the URL says it."""
        if not hasattr(self, "cleaned_data"):
            self.full_clean()
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def narrowing(self):
        """The names of the filters that are set."""
        return set(self.chosen) - {"rep"}

    @property
    def text(self):
        return self.chosen.get("q", "")

    @property
    def bar(self):
        """The fields of the bar; the text is in the search box at the top of the page."""
        return [field for field in self if not field.is_hidden]

    def url(self, **changes):
        """Return the URL of the list with other filters; None takes one away."""
        said = {name: value for name, value in {**self.chosen, **changes}.items() if value}
        return f"{self.path}?{urlencode(said)}" if said else self.path


class ListFilters(Filters):
    """What a list of leads is narrowed to."""

    opportunity = drop("Opportunity", "Any type")
    state = drop("State", "Any state")
    q = forms.CharField(required=False, max_length=80, widget=forms.HiddenInput)

    def __init__(self, user, path, query):
        super().__init__(user, path, query)
        self.offer("opportunity", lambda: [(code, code) for code in self.types])
        states = sorted(user.territories or STATES)
        self.offer("state", lambda: [(state, STATES[state]) for state in states])

    @cached_property
    def types(self):
        return {kind.code: kind.pk for kind in OpportunityType.objects.all()}

    @property
    def opportunity_id(self):
        """The id of the opportunity type that is asked for, or None for any."""
        code = self.chosen.get("opportunity")
        return self.types[code] if code else None


class QueueFilters(ListFilters):
    band = forms.ChoiceField(
        choices=[(band.name, band.label) for band in queue.BANDS],
        required=False,
        widget=forms.HiddenInput,
    )
    coming = forms.ChoiceField(
        choices=list(LABELS.items()), required=False, widget=forms.HiddenInput
    )
    stage = drop("Stage", "Any stage", Lead.Stage.choices[:-2])
    rep = drop("Rep", "My own")

    field_order = ["rep", "opportunity", "state", "stage"]

    def __init__(self, user, path, query):
        super().__init__(user, path, query)
        self.reps = {str(rep.pk): rep for rep in User.objects.reps_under(user)}
        self.offer("rep", lambda: [(pk, rep.name) for pk, rep in self.reps.items()])
        if not self.reps:
            del self.fields["rep"]

    def whose(self, user):
        """Return the rep whose queue is asked for: `user`, or a rep of theirs; else 404."""
        asked = self.data.get("rep") or str(user.pk)
        if asked == str(user.pk):
            return user
        if asked not in self.reps:
            raise Http404("No such rep.")
        return self.reps[asked]

    @property
    def criteria(self):
        said = self.chosen
        return queue.QueueFilters(
            opportunity=self.opportunity_id,
            state=said.get("state"),
            stage=said.get("stage"),
            text=said.get("q"),
            band=said.get("band"),
            coming=said.get("coming"),
        )


class PoolFilters(ListFilters):
    source = forms.CharField(
        required=False,
        max_length=40,
        widget=forms.TextInput(
            attrs={"aria-label": "Source", "placeholder": "Any source", "list": "sources"}
        ),
    )
    age = drop(
        "Time in the pool",
        "Any age",
        [
            ("day", "Up to a day"),
            ("week", "Up to a week"),
            ("month", "Up to 30 days"),
            ("older", "Over 30 days"),
        ],
    )

    @property
    def criteria(self):
        said = self.chosen
        return pool.PoolFilters(
            opportunity=self.opportunity_id,
            state=said.get("state"),
            source=said.get("source"),
            age=said.get("age"),
            text=said.get("q"),
        )
