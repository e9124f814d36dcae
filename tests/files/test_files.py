"""A lead's files: who adds, sees and deletes them, what is let in, what broken requests leave."""

import os
import time
import zipfile
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from guardian.shortcuts import assign_perm

from backoffice.clock import clock
from backoffice.refusals import Refused
from backoffice.rls import SYSTEM, acting_as
from files.actions import delete_file
from files.models import LeadFile
from files.names import harmless
from files.sweeping import clear_away
from files.uploading import LARGEST
from leads.actions import get_lead, release_lead
from leads.models import Lead
from tests.conftest import HTMX
from tests.digest import digest
from tests.factories import LeadFactory

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89"
GIF = b"GIF89a\1\0\1\0\0\0\0;"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xd9"
WEBP = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def lead(ana, make):
    return make(LeadFactory, owner=ana)


def upload(browser, lead, content=PDF, name="offer.pdf", headers=None):
    sent = {"content": SimpleUploadedFile(name, content)}
    return browser.post(f"/leads/{lead.pk}/files", sent, headers=headers or {})


def download(browser, url):
    """Return the answer, read to its end: only then is the file closed."""
    response = browser.get(url)
    return response, response.getvalue()


def the_file():
    with acting_as(SYSTEM):
        return LeadFile.objects.select_related("lead").get()


def url_of(file):
    return f"/leads/{file.lead_id}/files/{file.pk}"


def archive(*members):
    kept = BytesIO()
    with zipfile.ZipFile(kept, "w") as written:
        for member in members:
            written.writestr(member, "x")
    return kept.getvalue()


def stored(media):
    return [path for path in media.rglob("*") if path.is_file()]


# --- adding, reading, deleting ----------------------------------------------------


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_what_is_uploaded_is_listed_and_comes_back_to_be_saved(ana, signed_in, lead, headers):
    browser = signed_in(ana)

    assert upload(browser, lead, headers=headers).status_code == (200 if headers else 303)

    assert ">offer.pdf</a>" in browser.get(f"/leads/{lead.pk}/files").text
    response, content = download(browser, url_of(the_file()))
    assert content == PDF
    assert response.headers["Content-Disposition"] == 'attachment; filename="offer.pdf"'
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]


def test_the_storage_has_a_name_that_says_nothing(ana, signed_in, lead, media):
    upload(signed_in(ana), lead)

    [path] = stored(media)
    assert "offer" not in str(path)
    assert path.suffix == ""
    assert len(path.name) == 32


@pytest.mark.parametrize("who", ["ben", "dora", "eli"])
def test_who_does_not_see_the_lead_sees_no_file_of_it(cast, signed_in, lead, who):
    upload(signed_in(cast.ana), lead)
    file, browser = the_file(), signed_in(getattr(cast, who))

    for url in (f"/leads/{lead.pk}/files", url_of(file)):
        assert browser.get(url).status_code == 404
    assert upload(browser, lead).status_code == 404
    assert browser.post(f"{url_of(file)}/delete").status_code == 404
    with acting_as(getattr(cast, who)):
        assert not LeadFile.objects.exists()


@pytest.mark.parametrize("who", ["cleo", "sol", "ada"])
def test_who_sees_the_lead_reads_its_files_and_changes_none(cast, signed_in, lead, who):
    upload(signed_in(cast.ana), lead)
    file, browser = the_file(), signed_in(getattr(cast, who))
    before = digest()

    text = browser.get(f"/leads/{lead.pk}/files").text
    assert "offer.pdf" in text
    assert "Delete offer.pdf" not in text
    assert 'type="file"' not in text
    assert download(browser, url_of(file))[0].status_code == 200
    assert upload(browser, lead).status_code == 403
    assert browser.post(f"{url_of(file)}/delete").status_code == 403
    assert digest() == before


@pytest.mark.parametrize("how", ["ended", "released", "granted"])
def test_who_owned_the_lead_once_changes_no_file_of_it(cast, signed_in, lead, how, move_clock):
    """Whether they see it in the pool, where nobody has swept, or because it was shared."""
    browser = signed_in(cast.ana)
    upload(browser, lead)
    file = the_file()
    if how == "ended":
        move_clock(lead.protected_until - clock())
    elif how == "released":
        with acting_as(cast.cleo):
            release_lead(lead.pk, by=cast.cleo, version=lead.version, why="")
    else:
        with acting_as(SYSTEM):
            assign_perm("leads.view_lead", cast.ana, lead)
            Lead.objects.filter(pk=lead.pk).update(owner=cast.ben)
    before = digest()

    text = browser.get(f"/leads/{lead.pk}/files").text
    assert "offer.pdf" in text
    assert "Delete offer.pdf" not in text
    assert browser.post(f"{url_of(file)}/delete").status_code == 403
    with acting_as(cast.ana):
        attempt("DELETE FROM files_leadfile")
    assert digest() == before


def test_a_file_is_found_with_its_own_lead_only(ana, signed_in, lead, make):
    upload(signed_in(ana), lead)
    other = make(LeadFactory, owner=ana)

    assert signed_in(ana).get(f"/leads/{other.pk}/files/{the_file().pk}").status_code == 404


def test_a_file_is_deleted_once(ana, signed_in, lead, media):
    upload(signed_in(ana), lead)
    with acting_as(ana):
        file = get_lead(lead.pk).files.get()
        delete_file(file, by=ana)

    with acting_as(ana), pytest.raises(Refused, match="deleted already"):
        delete_file(file, by=ana)
    with acting_as(SYSTEM):
        assert lead.events.filter(kind="file_deleted").count() == 1


def test_its_uploader_deletes_it_for_good(
    ana, signed_in, lead, media, django_capture_on_commit_callbacks
):
    browser = signed_in(ana)
    upload(browser, lead)
    file = the_file()

    with django_capture_on_commit_callbacks(execute=True):
        assert browser.post(f"{url_of(file)}/delete").status_code == 303

    assert browser.get(url_of(file)).status_code == 404
    assert stored(media) == []
    with acting_as(SYSTEM):
        assert list(lead.events.order_by("pk").values_list("sentence", flat=True)) == [
            "Ana added the file “offer.pdf”.",
            "Ana deleted the file “offer.pdf”.",
        ]


def test_row_security_lets_nobody_else_write(cast, signed_in, lead):
    upload(signed_in(cast.ana), lead)
    before = digest()

    insert = """INSERT INTO files_leadfile (lead_id, name, content, kind, size, uploader_id)
        SELECT lead_id, 'x', 'x', 'x', 1, {} FROM files_leadfile"""
    for who in ("cleo", "sol", "ben"):
        user = getattr(cast, who)
        for sql in (insert.format(user.pk), insert.format(cast.ana.pk)):
            with acting_as(user):
                attempt(sql)
        with acting_as(user):
            attempt("DELETE FROM files_leadfile")
        with acting_as(user):
            attempt("UPDATE files_leadfile SET name = 'mine'")
    assert digest() == before


def attempt(sql):
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    except DatabaseError:
        pass


# --- what is let in ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name", "kept_as"),
    [
        (PDF, "a.pdf", "a.pdf"),
        (PDF, "a.exe", "a.exe.pdf"),
        (PNG, "a.png", "a.png"),
        (JPEG, "a.jpeg", "a.jpeg"),
        (GIF, "a", "a.gif"),
        (WEBP, "a.webp", "a.webp"),
        (archive("word/document.xml"), "a.docx", "a.docx"),
        (archive("xl/workbook.xml"), "a.xlsx", "a.xlsx"),
        (archive("ppt/presentation.xml"), "a.pptx", "a.pptx"),
        ("Facility,État\n".encode(), "a.csv", "a.csv"),
        ("Facility;État;30 €\r\n".encode("cp1252"), "a.csv", "a.csv"),
        (b"\xef\xbb\xbfplain", "a.txt", "a.txt"),
        (b"#!/bin/sh\nrm -rf", "a.sh", "a.sh.txt"),
    ],
)
def test_content_decides_what_is_kept(ana, signed_in, lead, content, name, kept_as):
    assert upload(signed_in(ana), lead, content, name).status_code == 303

    assert the_file().name == kept_as


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff",
        b"\x7fELF\2\1\1\0",
        b"<!doctype html><script>alert(1)</script>",
        b"\xef\xbb\xbf  <svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        archive("payload.exe"),
        archive("word/document.xml", "word/vbaProject.bin"),
        b"PK\3\4 torn",
        b"text\0with a NUL",
        b"\xff\xfe\x00\x01",
        os.urandom(5000).replace(b"PK", b"XX"),
    ],
    ids=["empty", "exe", "elf", "html", "svg", "zip", "macro", "torn", "nul", "utf16", "noise"],
)
def test_what_is_none_of_them_is_not(ana, signed_in, lead, media, content):
    response = upload(signed_in(ana), lead, content, "harmless.pdf")

    assert response.status_code == 422
    assert 'class="errorlist"' in response.text
    assert stored(media) == []


def test_a_file_that_is_too_large_is_not_kept(ana, signed_in, lead, media):
    browser = signed_in(ana)
    for size in (LARGEST + 1, LARGEST + 2**21):
        response = upload(browser, lead, PDF + b" " * (size - len(PDF)))
        assert response.status_code == 422
        assert "A file has at most 25 MB." in response.text
    assert stored(media) == []
    assert upload(browser, lead, PDF + b" " * (LARGEST - len(PDF))).status_code == 303


HOSTILE = {
    "../../etc/passwd": "passwd.pdf",
    "..\\..\\boot.ini": "boot.ini.pdf",
    "/": "file.pdf",
    "...": "file.pdf",
    ".pdf": "pdf.pdf",
    "a\0b.pdf": "ab.pdf",
    "a\r\nSet-Cookie: x.pdf": "aSet-Cookie: x.pdf",
    "\u202efdp.exe": "fdp.exe.pdf",
    "\u2066x\u2069.pdf": "x.pdf",
    "a \u200b b.pdf": "a b.pdf",
    'quo"te.pdf': 'quo"te.pdf',
    "<img src=x onerror=alert(1)>.pdf": "<img src=x onerror=alert(1)>.pdf",
    "Ünïcode – 見積.pdf": "Ünïcode – 見積.pdf",
    "x" * 500 + ".pdf": "x" * 120 + ".pdf",
}


@pytest.mark.parametrize(("name", "kept_as"), HOSTILE.items(), ids=range(len(HOSTILE)))
def test_names_are_made_harmless(name, kept_as):
    assert harmless(name, (".pdf",)) == kept_as


@pytest.mark.parametrize("name", [name for name in HOSTILE if name not in {"/", "..."}])
def test_hostile_names_leave_pages_and_headers_whole(ana, signed_in, lead, media, name):
    browser = signed_in(ana)
    assert upload(browser, lead, name=name).status_code in {303, 422}

    page = browser.get(f"/leads/{lead.pk}/files").text
    assert "<img" not in page
    assert "\u202e" not in page
    for file in files():
        sent = download(browser, url_of(file))[0].headers["Content-Disposition"]
        assert "\n" not in unquote(sent)
        assert "/" not in unquote(sent)
        assert sent.startswith("attachment; ")
    assert all(media in path.parents for path in stored(media))


def files():
    with acting_as(SYSTEM):
        return list(LeadFile.objects.all())


# --- what a broken request leaves -----------------------------------------------------


def test_what_a_killed_request_left_is_swept_after_an_hour(ana, signed_in, lead, media):
    upload(signed_in(ana), lead)
    [kept] = stored(media)
    left = [media / "files" / "ab" / ("ab" + "0" * 30), media / "uploading" / "x.upload"]
    fresh = media / "files" / "ab" / ("ab" + "1" * 30)
    for path in [*left, fresh]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    for path in [*left, kept]:
        age(path)

    assert clear_away() == 2

    assert sorted(stored(media)) == sorted([kept, fresh])
    assert clear_away() == 0


def age(path):
    two_hours_ago = time.time() - 7200
    os.utime(path, (two_hours_ago, two_hours_ago))


def test_a_request_that_fails_leaves_what_the_sweep_finds(ana, signed_in, lead, media, monkeypatch):
    """Killed after the storage has it and before the row is certain."""
    monkeypatch.setattr("files.actions.record", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        upload(signed_in(ana), lead)
    [left] = stored(media)
    assert files() == []

    age(left)

    assert clear_away() == 1
    assert stored(media) == []


def test_a_row_whose_content_is_lost_is_a_404(ana, signed_in, lead, media):
    upload(signed_in(ana), lead)
    [path] = stored(media)
    Path(path).unlink()

    assert signed_in(ana).get(url_of(the_file())).status_code == 404
