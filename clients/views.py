"""Clients over HTTP: winning one."""

from django.views.decorators.http import require_POST

from backoffice.access import requires
from clients.actions import win_lead
from leads.forms import WonForm
from leads.workflow_views import change_stage


@require_POST
@requires("leads.work_lead")
def win(request, pk):
    return change_stage(request, pk, WonForm(request.POST, auto_id="sent-%s"), win_lead)
