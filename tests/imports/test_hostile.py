"""Whatever is uploaded: an answer, a report of each row, and the good rows in."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from backoffice.rls import SYSTEM, acting_as
from imports.models import Import, Row
from leads.models import Facility
from people.models import OpportunityType
from tests.imports.conftest import work
from tests.imports.hostile import corpus


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


def test_no_file_breaks_anything(importing, in_admin, ada):
    admin = in_admin(ada)
    files = corpus()
    refused = set()
    for name, content in files.items():
        found = go_through(admin, name, content)
        if found is None:
            refused.add(name)
            continue
        with acting_as(SYSTEM):
            rows = Row.objects.filter(of=found.pk)
            reasons = list(rows.rejected().values_list("problem", flat=True))
            # Every row is one of these, and whatever was rejected says why.
            assert rows.count() == found.rows, name
            assert len(reasons) == found.rejected, name
            assert all(reasons), name
            if name.startswith(("name", "states", "phones", "10 MB", "torn", "10000 ce")):
                good = rows.filter(name__startswith="Good").exclude(verdict="rejected")
                assert good.count() >= 1, name
                Facility.objects.filter(leads=None).delete()

    assert len(files) - len(refused) > 100
    assert {name for name in refused if "bomb" in name or "laughs" in name} == {
        "bomb.xlsx",
        "bomb that lies.xlsx",
        "laughs.xlsx",
        "laughs in texts.xlsx",
    }


@pytest.mark.parametrize("name", ["pdf.csv", "zip.xlsx", "bomb.xlsx", "outside.xlsx"])
def test_what_is_refused_is_not_kept(importing, in_admin, ada, settings, name):
    assert go_through(in_admin(ada), name, corpus()[name]) is None
    assert list((settings.MEDIA_ROOT / "imports").glob("*")) == []
