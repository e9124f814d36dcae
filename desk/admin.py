"""The tables of the house in the admin: teams, what may be sold."""

from django import forms
from django.urls import path

from desk import actions, views
from people.admin_site import Page, Section, site
from people.models import OpportunityType, Team


class TeamForm(forms.ModelForm):
    class Meta:
        model = Team
        fields = ("name", "version")
        widgets = {"version": forms.HiddenInput}


@site.page(Team)
class TeamPage(Page):
    permission = "people.change_team"
    where = "teams"
    about = "Reps and the manager who answers for them."
    rank = 40
    form = TeamForm
    fields = ("name", "version")
    list_display = ("name",)

    def create(self, said, *, by):
        return actions.add_team(name=said["name"], by=by)

    def change(self, row, said, *, by):
        return actions.rename_team(row, **said, by=by)


class OpportunityTypeForm(forms.ModelForm):
    class Meta:
        model = OpportunityType
        fields = ("code", "name", "version")
        widgets = {"version": forms.HiddenInput}


@site.page(OpportunityType)
class OpportunityTypePage(Page):
    permission = "people.change_opportunity_type"
    where = "opportunity-types"
    about = "What a facility may be sold."
    rank = 41
    form = OpportunityTypeForm
    fields = ("code", "name", "version")
    list_display = ("code", "name")

    def create(self, said, *, by):
        return actions.add_opportunity_type(code=said["code"], name=said["name"], by=by)

    def change(self, row, said, *, by):
        return actions.edit_opportunity_type(row, **said, by=by)


site.add(
    Section(
        "Policy",
        "The numbers of the house: days, hours and limits.",
        "admin:policy",
        "people.change_policy",
        rank=42,
    ),
    [path("policy", views.policy, name="policy")],
)


site.add(
    Section(
        "Audit",
        "Who did what, when: events, fields, exports, sign-ins, and what was denied.",
        "admin:audit",
        "history.view_audit",
        rank=60,
    ),
    [
        path("audit", views.audit, name="audit"),
        path("audit.csv", views.audit_csv, name="audit_csv"),
    ],
)
