"""Queue, pool and lead folder over HTTP."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

from backoffice.access import requires
from backoffice.htmx import go_to, render_page
from backoffice.unsent import keeps_typed
from leads import actions, pool, queue
from leads.filters import PoolFilters, QueueFilters
from leads.folder import contact_context
from leads.forms import ContactForm, FacilityForm, NewLeadForm
from leads.letters import mailto
from leads.lists import pool_context, queue_context
from leads.models import Facility


@require_safe
@requires("leads.view_queue")
def show_queue(request):
    filters = QueueFilters.of(request)
    rep = filters.whose(request.user)
    page = queue.queue_page(rep, filters.criteria, cursor(request, queue.Cursor))
    context = queue_context(page, filters, rep=rep, viewer=request.user)
    return render_list(request, "leads/queue.html", context)


@require_safe
@requires("leads.view_pool")
def show_pool(request):
    filters = PoolFilters.of(request)
    page = pool.pool_page(request.user, filters.criteria, cursor(request, pool.Cursor))
    return render_list(request, "leads/pool.html", pool_context(page, filters, viewer=request.user))


@require_POST
@requires("leads.claim_lead")
def claim(request, pk):
    lead = actions.claim_lead(pk, by=request.user)
    until = lead.protected_until.astimezone(request.user.zone)
    sentence = f"{lead.facility.name} is yours until {until.day} {until:%b %Y}."
    if not request.htmx:
        messages.success(request, sentence)
        return go_to(request, lead)
    return render_page(
        request, "leads/pool.html", {"lead": lead, "sentence": sentence}, fragment="claimed"
    )


@keeps_typed
@require_http_methods(["GET", "HEAD", "POST"])
@requires("leads.add_lead")
def new_lead(request):
    form = NewLeadForm(request.user, request.POST or None, initial=known_place(request))
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render_page(
            request, "leads/new.html", {"form": form}, fragment="form", status=status
        )
    lead = actions.add_lead(
        by=request.user,
        facility=form.facility,
        contact=form.contact,
        opportunity_type=form.cleaned_data["opportunity_type"],
        take=form.cleaned_data.get("take", False),
    )
    messages.success(request, f"{lead.facility.name} is a lead now.")
    return go_to(request, lead)


def known_place(request):
    """Return the fields of the facility that ?facility= names, if it is in sight."""
    pk = request.GET.get("facility", "")
    if not pk.isdecimal() or len(pk) > 18:
        return {}
    names = ("name", "address", "city", "state", "postcode", "phone")
    return Facility.objects.filter(pk=pk).values(*names).first() or {}


# --- the folder --------------------------------------------------------------


@require_safe
@requires("leads.view_lead")
def folder(request, pk):
    lead = actions.get_lead(pk)
    return render_page(request, "leads/contact.html", contact_context(lead, viewer=request.user))


@keeps_typed
@require_POST
@requires("leads.change_facility")
def edit_facility(request, pk):
    lead = actions.get_lead(pk)
    actions.authorise("leads.change_facility", lead, request.user)
    form = FacilityForm(request.POST, prefix=FacilityForm.prefix_of(lead.facility))
    if not form.is_valid():
        return wrong(request, lead, "facility", facility_form=form)
    if form.is_stale(lead.facility):
        form.beside_saved(lead.facility)
        return stale(request, lead, "facility", form, facility_form=form)
    actions.edit_facility(lead, by=request.user, **form.cleaned_data)
    return saved(request, pk, "facility")


@keeps_typed
@require_POST
@requires("leads.change_facility")
def add_contact(request, pk):
    lead = actions.get_lead(pk)
    actions.authorise("leads.change_facility", lead, request.user)
    form = ContactForm(request.POST, prefix="new")
    if not form.is_valid():
        return wrong(request, lead, "contacts", contact_form=form)
    fields = form.cleaned_data | {"is_decision_maker": not lead.facility.contacts.exists()}
    del fields["version"]
    actions.add_contact(lead, by=request.user, **fields)
    return saved(request, pk, "contacts")


@keeps_typed
@require_POST
@requires("leads.change_facility")
def edit_contact(request, pk, contact_pk):
    lead, contact = lead_and_contact(pk, contact_pk)
    actions.authorise("leads.change_facility", lead, request.user)
    form = ContactForm(request.POST, prefix=ContactForm.prefix_of(contact))
    if not form.is_valid():
        return wrong(request, lead, "contacts", contact_form=form, contact=contact)
    if form.is_stale(contact):
        form.beside_saved(contact)
        return stale(request, lead, "contacts", form, contact_form=form, contact=contact)
    actions.edit_contact(lead, contact, by=request.user, **form.cleaned_data)
    return saved(request, pk, "contacts")


@require_POST
@requires("leads.change_facility")
def choose_decision_maker(request, pk, contact_pk):
    lead, contact = lead_and_contact(pk, contact_pk)
    actions.choose_decision_maker(lead, contact, by=request.user)
    return saved(request, pk, "contacts")


# --- working it ---------------------------------------------------------------


@require_POST
@requires("leads.work_lead")
def complete_task(request, pk, task_pk):
    lead = actions.get_lead(pk)
    task = get_object_or_404(lead.tasks, pk=task_pk)
    actions.complete_task(lead, task, by=request.user)
    messages.success(request, f"Done: {task}.")
    tab = "leads:workflow" if request.POST.get("tab") == "workflow" else "dispositions:activity"
    return go_to(request, reverse(tab, args=[pk]))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("leads.work_lead")
def email(request, pk):
    """Write down that the decision-maker is written to, and open the letter."""
    lead = actions.get_lead(pk)
    actions.authorise("leads.work_lead", lead, request.user)
    person = get_object_or_404(lead.facility.contacts.exclude(email=""), is_decision_maker=True)
    letter = mailto(lead, person, by=request.user)
    if request.method == "POST":
        actions.record_email(lead, person, by=request.user)
        if request.htmx:
            # The page stays; mail.js opens the letter.
            return trigger_client_event(HttpResponse(status=204), "letter", {"url": letter})
        # Not to the letter itself: the policy of our pages lets no form lead out of them.
        return go_to(request, request.path)
    context = {"lead": lead, "person": person, "letter": letter}
    return render_page(request, "leads/letter.html", context)


# --- what the views share ----------------------------------------------------


def render_list(request, template, context):
    """Answer with a list; htmx gets its part, and the tidy URL of what it shows."""
    response = render_page(request, template, context, fragment="list")
    if request.htmx.trigger == "filters":
        response.headers["HX-Push-Url"] = context["here_and_now"]
    return response


def cursor(request, kind):
    """Return the place in a list at which the asked page begins, or None for its start."""
    try:
        return kind.parse(request.GET["after"]) if request.GET.get("after") else None
    except (ValueError, OverflowError) as problem:
        raise Http404("No such page.") from problem


def lead_and_contact(pk, contact_pk):
    lead = actions.get_lead(pk)
    return lead, get_object_or_404(lead.facility.contacts, pk=contact_pk)


def wrong(request, lead, part, *, status=422, **filled_in):
    """Answer with the Contact tab, its form as it was filled in, and what is wrong with it."""
    context = contact_context(lead, viewer=request.user, **filled_in)
    return render_page(request, "leads/contact.html", context, fragment=part, status=status)


def stale(request, lead, part, form, **filled_in):
    """Answer with the form as it was filled in before somebody else changed its row."""
    form.add_error(None, actions.STALE)
    return wrong(request, lead, part, status=409, **filled_in)


def saved(request, pk, part):
    """Answer with the part of the Contact tab that has changed, and the folder's head."""
    lead = actions.get_lead(pk)
    if not request.htmx:
        messages.success(request, "Saved.")
        return go_to(request, lead)
    context = contact_context(lead, viewer=request.user) | {"sentence": "Saved."}
    return render_page(request, "leads/contact.html", context, fragment=f"{part}_saved")
