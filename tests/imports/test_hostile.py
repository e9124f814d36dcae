"""Whatever is uploaded: an answer, a report of each row, and the good rows in."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from backoffice.rls import SYSTEM, acting_as
from imports.models import Import, Row
from people.models import OpportunityType
from tests.imports.conftest import work
from tests.imports.hostile import IS_NO_TABLE, NAMES_NO_COLUMNS, WORDS, corpus, report


def go_through(admin, name, content):
    """Upload a file, have it checked and imported; return the Import, None if it was refused."""
    with acting_as(SYSTEM):
        before = Import.objects.count()
    file = SimpleUploadedFile(name, content)
    answer = admin.post(reverse("admin:imports"), {"file": file})
    with acting_as(SYSTEM):
        is_new = Import.objects.count() > before
        found = Import.objects.latest("id") if is_new else None
    assert answer.status_code == (303 if is_new else 422), name
    if not is_new:
        assert "errorlist" in answer.text, name
        return None
    url = found.get_absolute_url()
    with acting_as(SYSTEM):
        kind = OpportunityType.objects.get(code="CS").pk
    columns = {f"column_{index}": field for field, index in found.columns.items()}
    said = columns | {"source": "Hostile", "opportunity_type": kind}
    answer = admin.post(reverse("admin:import_columns", args=[found.pk]), said)
    if answer.status_code == 422:
        assert "Say which column is the" in answer.text or "Two columns" in answer.text, name
        return found
    work()
    if admin.post(reverse("admin:import_commit", args=[found.pk])).status_code == 303:
        work()
    assert admin.get(url).status_code == 200, name
    with acting_as(SYSTEM):
        found = Import.objects.get(pk=found.pk)
    if found.rejected:
        rejected = admin.get(reverse("admin:import_rejected", args=[found.pk]))
        assert len(rejected.getvalue().splitlines()) > found.rejected, name
    return found


@pytest.mark.timeout(240)
def test_no_file_breaks_anything_and_each_row_of_it_is_told_of(importing, in_admin, ada):
    admin = in_admin(ada)
    refused, unread = set(), set()
    for name, content in corpus().items():
        found = go_through(admin, name, content)
        if found is None:
            refused.add(name)
        elif found.state == Import.State.UPLOADED:
            unread.add(name)
        else:
            with acting_as(SYSTEM):
                rows = Row.objects.filter(of=found.pk).order_by("number")
                told = dict(rows.values_list("number", "problem"))
                assert len(rows.rejected()) == found.rejected, name
            assert len(told) == found.rows, name
            if name in ("states.csv", "phones.csv"):
                # Who gives no phone says nothing wrong.
                assert taken(told) == (["spaces"] if name == "phones.csv" else []), name
            else:
                assert told == report(name), name

    assert refused == IS_NO_TABLE
    assert unread == NAMES_NO_COLUMNS


def taken(told):
    """Return the words that were taken for something, of rows that stand between two good ones."""
    first, *between, last = [problem for _, problem in sorted(told.items())]
    assert (first, last) == ("", "")
    return [word for word, problem in zip(WORDS, between, strict=True) if not problem]


@pytest.mark.parametrize("name", ["pdf.csv", "zip.xlsx", "bomb.xlsx", "outside.xlsx"])
def test_what_is_refused_is_not_kept(importing, in_admin, ada, settings, name):
    assert go_through(in_admin(ada), name, corpus()[name]) is None
    assert list((settings.MEDIA_ROOT / "imports").glob("*")) == []
