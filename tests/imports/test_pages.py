"""The pages of an import, as a sales admin meets them."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from backoffice.rls import SYSTEM, acting_as
from files import uploading
from history.models import Event
from imports import pages
from imports.models import Import
from leads.models import Lead
from people.models import OpportunityType
from tests.conftest import HTMX
from tests.imports.conftest import HEADER, row, work
from tests.imports.test_command import SAMPLE


@pytest.fixture
def admin(in_admin, ada, importing):
    return in_admin(ada)


def upload(admin, content, name="fair.csv"):
    content = content.encode() if isinstance(content, str) else content
    return admin.post(reverse("admin:imports"), {"file": SimpleUploadedFile(name, content)})


def fields_of(response):
    """Return what the form of columns says as it stands."""
    form = response.context["columns_form"]
    said = {field.html_name: field.value() for field in form}
    kind = said["opportunity_type"]
    said["opportunity_type"] = getattr(kind, "pk", kind)
    return {name: value for name, value in said.items() if value not in (None, False)}


def do(admin, pk, what, said=None):
    return admin.post(reverse(f"admin:import_{what}", args=[pk]), said or {})


def newest():
    with acting_as(SYSTEM):
        return Import.objects.latest("id")


def number_of_leads():
    with acting_as(SYSTEM):
        return Lead.objects.count()


def test_from_the_file_to_the_leads_and_back(admin):
    answer = upload(admin, SAMPLE.read_bytes(), "hospitals.csv")
    url = answer.headers["Location"]
    pk = newest().pk
    asked = admin.get(url)
    assert newest().samples[0][1] in asked.text
    said = fields_of(asked)
    assert (said["column_1"], said["source"]) == ("name", "CMS")

    assert do(admin, pk, "columns", said).headers["Location"] == url
    assert 'hx-trigger="every 2s"' in admin.get(url).text
    work()
    checked = admin.get(url)
    assert "Nothing is written yet" in checked.text
    assert 'hx-trigger="every 2s"' not in checked.text
    assert checked.context["figures"] == [
        ("New leads", 60),
        ("To update", 0),
        ("Duplicate", 0),
        ("Rejected", 0),
    ]
    assert number_of_leads() == 0

    assert do(admin, pk, "commit").status_code == 303
    work()
    assert admin.get(url).context["figures"][0] == ("Created", 60)
    assert number_of_leads() == 60
    assert "hospitals.csv" in admin.get(reverse("admin:imports")).text

    do(admin, pk, "revert")
    work()
    assert "60 leads were taken back." in admin.get(url).text
    assert number_of_leads() == 0


@pytest.mark.parametrize(
    ("removed", "kept", "sentence"),
    [
        (1, 0, "1 lead was taken back."),
        (1_200, 1, "1,200 leads were taken back. 1 was kept: somebody has worked on it."),
        (0, 2, "0 leads were taken back. 2 were kept: somebody has worked on them."),
    ],
)
def test_a_revert_says_what_it_took_back_and_what_it_kept(removed, kept, sentence):
    found = Import(state=Import.State.REVERTED, removed=removed, kept=kept)

    assert pages.outcome_of(found) == sentence


def test_columns_are_remembered_for_files_of_the_same_layout(admin):
    content = "Haus,Land,Fon\nMercy,NY,5185550100\n"
    upload(admin, content)
    said = fields_of(admin.get(newest().get_absolute_url()))
    assert "column_0" not in said or said["column_0"] == ""
    chosen = {"column_0": "name", "column_1": "state", "column_2": "phone"}
    do(admin, newest().pk, "columns", said | chosen)

    upload(admin, content.replace("Mercy", "Grace"))

    assert newest().columns == {"name": 0, "state": 1, "phone": 2}


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({"column_1": ""}, "Say which column is the State."),
        ({"column_2": "state"}, "Two columns are the State; leave one of them out."),
        ({"source": ""}, "This field is required."),
    ],
)
def test_columns_that_make_no_sense_are_refused_with_all_that_was_said(admin, chosen, sentence):
    upload(admin, "Name,State,Fax\nMercy,NY,1\n")
    said = fields_of(admin.get(newest().get_absolute_url())) | {"source": "My fair"}

    answer = do(admin, newest().pk, "columns", said | chosen)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert newest().state == "uploaded"
    assert fields_of(answer).get("column_0") == "name"


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "fair.csv", "The file is empty."),
        (b"%PDF-1.7", "fair.csv", "not a text file"),
        (b"PK\x03\x04", "fair.xlsx", "no workbook that can be read"),
        (b"PK\x03\x04", "fair.csv", "no workbook that can be read"),
    ],
)
def test_what_is_no_table_is_refused_and_not_kept(admin, settings, content, name, sentence):
    answer = upload(admin, content, name)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert not list((settings.MEDIA_ROOT / "imports").glob("*"))


def test_larger_files_than_elsewhere_are_taken_from_who_may_import(
    admin, signed_in, ana, monkeypatch, settings
):
    monkeypatch.setattr(uploading, "LARGEST", 1000)
    monkeypatch.setattr(uploading, "ROOM", 100)
    big = "\n".join([HEADER, *[row(number) for number in range(100)]])

    assert upload(admin, big).status_code == 303
    assert upload(signed_in(ana), big).status_code == 403
    assert len(list((settings.MEDIA_ROOT / "imports").glob("*"))) == 1


def test_rows_can_be_looked_at_page_by_page(admin, importing, monkeypatch):
    monkeypatch.setattr(pages, "PAGE", 2)
    pk = importing.upload(row(1), row(1), *[row(n, state="ZZ") for n in range(2, 7)])
    importing.check(pk)
    url = importing.get(pk).get_absolute_url()

    first = admin.get(url)
    assert [each["number"] for each in first.context["page"]["rows"]] == [4, 5]
    assert "unknown state: ZZ" in first.text
    second = admin.get(first.context["page"]["next_url"])
    assert [each["number"] for each in second.context["page"]["rows"]] == [6, 7]
    known = admin.get(f"{url}?show=known")
    assert "The same facility as row 2" in known.text
    assert admin.get(f"{url}?after=x").status_code == 404


def test_rejected_rows_can_be_corrected_and_sent_again(admin, importing, ada):
    lines = [row(1), '2,"=Mercy, Inc",,Albany,ZZ,12208,,', "3,Grace,,,NY,1,,3,4,5", row(4)]
    pk = importing.upload(*lines)
    importing.check(pk)
    importing.commit(pk)

    answer = admin.get(reverse("admin:import_rejected", args=[pk]))
    text = answer.getvalue().decode("utf-8-sig")
    table = list(csv.reader(io.StringIO(text)))
    assert table[0] == ["Row", "Problem", *HEADER.split(","), "", ""]
    assert table[1][:4] == ["3", "unknown state: ZZ", "2", "'=Mercy, Inc"]
    assert table[2][1] == "10 cells where the header has 8"
    with acting_as(SYSTEM):
        assert Event.objects.filter(kind="exported", person=ada).count() == 1

    corrected = text.replace('"ZZ"', '"NY"').replace('"3","4","5"', '"","",""')
    upload(admin, corrected, "corrected.csv")
    again = newest()
    do(admin, again.pk, "columns", fields_of(admin.get(again.get_absolute_url())))
    work()
    do(admin, again.pk, "commit")
    work()

    assert (newest().created, newest().rejected) == (2, 0)
    with acting_as(SYSTEM):
        assert Lead.objects.filter(facility__name="=Mercy, Inc").exists()


def test_one_may_choose_other_columns_after_the_check(admin, importing):
    pk = importing.upload(row(1))
    importing.check(pk)

    url = do(admin, pk, "start_over").headers["Location"]

    assert "Check the file" in admin.get(url).text
    assert importing.get(pk).state == "cancelled"
    assert do(admin, pk, "commit").status_code == 409


def test_what_was_decided_elsewhere_is_refused_with_a_sentence(admin, importing):
    pk = importing.upload(row(1))
    importing.check(pk)
    do(admin, pk, "cancel")

    for what in ("commit", "cancel", "start_over", "revert"):
        answer = do(admin, pk, what)
        assert answer.status_code == 409
    assert "This import is cancelled by now." in do(admin, pk, "commit").text


def test_a_running_import_redraws_itself(admin, importing, ada):
    pk = importing.upload(row(1))
    with acting_as(SYSTEM):
        kind = OpportunityType.objects.get(code="CS")
        Import.objects.filter(pk=pk).update(state="checking", opportunity_type=kind)
    url = importing.get(pk).get_absolute_url()

    part = admin.get(url, headers=HTMX)

    assert part.text.strip().startswith('<div id="import"')
    assert "Reading and checking: 0 %" in part.text
