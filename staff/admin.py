"""People in the admin: who works here, and what each may work."""

from django.urls import path

from backoffice.rls import SYSTEM_ID
from people.admin_site import Page, site
from people.models import User
from staff import actions, views
from staff.forms import PersonForm
from staff.invitations import invite


@site.page(User)
class UserPage(Page):
    permission = "people.change_people"
    where = "people"
    about = "Who works here: role, team, territory; inviting, leaving, returning."
    rank = 30
    form = PersonForm
    fields = PersonForm.Meta.fields
    list_display = ("name", "email", "role", "team", "is_active", "last_login")
    list_filter = ("role", "team", "is_active")
    list_select_related = ("team",)
    search_fields = ("name", "email")
    search_label = "Name or e-mail"
    ordering = ("name",)

    def get_queryset(self, request):
        return super().get_queryset(request).exclude(pk=SYSTEM_ID)

    def create(self, said, *, by):
        person = actions.add_person(by=by, **said)
        invite(person, by=by)
        return person

    def change(self, row, said, *, by):
        return actions.edit_person(row.pk, by=by, **said)


site.views += [
    path("people/<int:pk>/leave", views.leave, name="staff_leave"),
    path("people/<int:pk>/return", views.come_back, name="staff_return"),
    path("people/<int:pk>/invite", views.send_invitation, name="staff_invite"),
    path("people/departures/<uuid:pk>", views.departure, name="staff_departure"),
]
