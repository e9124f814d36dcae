"""Notes over HTTP: the list and its CSV, the notes on one subject, and one note."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_safe
from django_htmx.http import trigger_client_event

from backoffice.access import requires
from backoffice.clock import clock
from backoffice.csv_export import csv_response
from backoffice.htmx import go_to, render_page
from backoffice.unsent import keeps_typed
from clients.folder import folder_context as client_folder_context
from leads.folder import folder_context
from leads.views import cursor, render_list
from notes import actions, lists, pages
from notes.actions import get_note
from notes.filters import NoteFilters
from notes.forms import NoteForm
from notes.subjects import (
    get_client_subject,
    get_lead_subject,
    get_person_subject,
    people_with_notes,
)


@require_safe
@requires("notes.view_note")
def show_list(request):
    filters = NoteFilters.of(request)
    page = lists.list_page(filters.criteria, cursor(request, lists.Cursor))
    context = pages.notes_context(page, filters, viewer=request.user)
    return render_list(request, "notes/list.html", context)


@require_GET
@requires("notes.view_note")
def export(request):
    filters = NoteFilters.of(request)
    found = lists.list_export(filters.criteria, by=request.user, said=filters.said)
    return csv_response("notes.csv", found)


# --- on one subject ------------------------------------------------------------------


@keeps_typed
@require_http_methods(["GET", "HEAD", "POST"])
@requires("notes.add_note")
def of_lead(request, pk):
    return of_subject(request, get_lead_subject(pk, request.user), "notes/lead_tab.html")


@keeps_typed
@require_http_methods(["GET", "HEAD", "POST"])
@requires("notes.add_note")
def of_client(request, pk):
    return of_subject(request, get_client_subject(pk, request.user), "notes/client_tab.html")


@keeps_typed
@require_http_methods(["GET", "HEAD", "POST"])
@requires("notes.add_note")
def of_person(request, pk):
    return of_subject(request, get_person_subject(pk, request.user), "notes/person.html")


@require_safe
@requires("notes.add_note")
def new_on_lead(request, pk):
    return new(request, get_lead_subject(pk, request.user))


@require_safe
@requires("notes.add_note")
def new_on_client(request, pk):
    return new(request, get_client_subject(pk, request.user))


@require_safe
@requires("notes.add_note")
def new_on_person(request, pk):
    return new(request, get_person_subject(pk, request.user))


def of_subject(request, subject, template):
    """Show the notes on a subject, or write one more."""
    if request.method != "POST":
        return show_panel(request, subject, template)
    form = NoteForm(request.POST, subject=subject.word, auto_id="note-%s")
    if form.is_valid():
        actions.add_note(subject, by=request.user, **form.said)
        return saved(request, subject.notes_url, pages.new_context(subject))
    if request.htmx:
        return render_form(request, pages.new_context(subject, form=form), status=422)
    return show_panel(request, subject, template, form=form, status=422)


def show_panel(request, subject, template, *, form=None, status=200):
    before = place(request.GET.get("before"))
    now, viewer = clock(), request.user
    context = pages.subject_context(subject, viewer=viewer, now=now, before=before, form=form)
    if not request.htmx:
        context = around(subject, viewer) | context
    return render_page(request, template, context, fragment="notes", status=status)


def around(subject, viewer):
    """Return what the folder of a lead or a client shows around its tab of notes."""
    if subject.column == "lead":
        return folder_context(subject.row, viewer=viewer, tab="notes:of_lead")
    if subject.column == "client":
        return client_folder_context(subject.row, viewer=viewer, tab="notes:of_client")
    return {}


def new(request, subject):
    """Ask for a note in a dialog over any list, or on a page of its own."""
    return render_form(request, pages.new_context(subject))


# --- one note ---------------------------------------------------------------------


@require_safe
@requires("notes.view_note")
def note(request, pk):
    context = pages.note_context(get_note(pk), viewer=request.user, now=clock())
    return render_page(request, "notes/note.html", context, fragment="note")


@keeps_typed
@require_http_methods(["GET", "HEAD", "POST"])
@requires("notes.change_note")
def edit(request, pk):
    note = get_note(pk)
    actions.authorise_edit(note, request.user)
    form = pages.edit_form(note, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render_form(request, pages.edit_context(note, form), status=status)
    if form.cleaned_data["version"] != note.version:
        context = pages.edit_context(note, pages.beside_saved(form, note))
        return render_form(request, context | {"notice": actions.STALE}, status=409)
    actions.edit_note(note, by=request.user, version=note.version, **form.said)
    return saved(request, note.get_absolute_url(), pages.edit_context(note, form))


# --- people ---------------------------------------------------------------------


@require_safe
@requires("people.view_people")
def people(request):
    return render(request, "notes/people.html", {"people": people_with_notes(request.user)})


# --- what the views share ---------------------------------------------------------


def render_form(request, context, status=200):
    context["on_tab"] = "on_tab" in request.POST
    if not context["on_tab"]:
        context["note_form"].begin()
    return render_page(request, "notes/write.html", context, fragment="form", status=status)


def saved(request, url, context):
    """Say that a note is saved: a dialog closes, and lists of notes look again."""
    if not request.htmx:
        messages.success(request, "Saved.")
        return go_to(request, url)
    context |= {"sentence": "Saved.", "on_tab": "on_tab" in request.POST}
    response = render_page(request, "notes/write.html", context, fragment="saved")
    return trigger_client_event(response, "noted", after="swap")


def place(text):
    """Return the place in a subject's notes after which a page begins, or None for the newest."""
    try:
        return lists.Cursor.parse(text) if text else None
    except (ValueError, OverflowError) as problem:
        raise Http404("No such page.") from problem
