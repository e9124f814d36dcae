"""Notes, and what everybody finds of them."""

import csv
import re
from io import StringIO

import pytest

from backoffice.rls import acting_as
from clients.models import Client
from leads.models import Lead
from notes.actions import add_note
from notes.models import Tier
from notes.subjects import client_subject, lead_subject, person_subject
from people.models import User
from tests.factories import LeadFactory, NoteFactory

SUBJECTS = {Lead: lead_subject, Client: client_subject, User: person_subject}
VIEWERS = ["ana", "ben", "cleo", "dora", "eli", "sol", "ada"]


@pytest.fixture
def lead(ana, make):
    return make(LeadFactory, owner=ana)


@pytest.fixture
def note(make):
    """Put a note there, whether or not its author could: `note(author, lead=..., text=...)`."""
    return lambda author, **fields: make(NoteFactory, author=author, **fields)


@pytest.fixture
def write():
    """Write a note as somebody who sees the subject."""

    def written(author, on, text="They asked for a quote.", tier=Tier.SHARED):
        subject = SUBJECTS[type(on)](on)
        with acting_as(author):
            return add_note(subject, by=author, text=text, tier=tier)

    return written


def listed(response):
    """Return the ids of a page's notes, in order."""
    return [int(pk) for pk in re.findall(r'<(?:tr|li) id="note-(\d+)"', response.text)]


def every_page(browser, url):
    """Return the ids of all pages, by following the link to the next."""
    found = []
    while url:
        page = browser.get(url)
        found += listed(page)
        link = re.search(r'href="([^"]+)" rel="next"', page.text)
        url = link and (url.partition("?")[0] if link[1][0] == "?" else "") + link[1]
        url = url and url.replace("&amp;", "&")
    return found


def exported(browser, query=""):
    """Return the rows of the CSV as dicts."""
    response = browser.get(f"/notes.csv{query}")
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text, newline="")))
