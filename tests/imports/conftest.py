"""A sales admin's import, from the file on, without the pages."""

from types import SimpleNamespace

import pytest
from django.core.files.base import ContentFile

from backoffice.rls import SYSTEM, acting_as
from imports import actions, working
from imports.models import Import, Row
from people.models import OpportunityType

HEADER = "Facility ID,Facility Name,Address,City/Town,State,ZIP Code,Telephone Number,Owner e-mail"


def row(number, name="", state="NY", phone="", owner=""):
    """Return a line of a file for a facility that is like no other."""
    name = name or f"Clinic {number}"
    return f"{number},{name},{number} High St,Albany,{state},12208,{phone},{owner}"


def work(times=1):
    """Let the worker come round."""
    for _ in range(times):
        working.carry_on()


@pytest.fixture
def importing(ada, settings, tmp_path):
    """Upload lines as Ada, and take the import through its steps."""
    settings.MEDIA_ROOT = tmp_path

    def upload(*lines, header=HEADER, name="fair.csv", content=None):
        text = "\n".join([header, *lines]) + "\n"
        with acting_as(ada):
            found = actions.upload_import(ContentFile(content or text.encode()), name=name, by=ada)
        return found.pk

    def check(pk, **said):
        with acting_as(ada):
            found = Import.objects.get(pk=pk)
            chosen = {
                "columns": found.columns,
                "source": found.source,
                "opportunity_type": OpportunityType.objects.get(code="CS"),
                "updates": False,
            }
            actions.choose_columns(pk, **chosen | said, by=ada)
        work()

    def commit(pk):
        with acting_as(ada):
            actions.commit_import(pk, by=ada)
        work()

    def everything(*lines, **said):
        pk = upload(*lines)
        check(pk, **said)
        commit(pk)
        return get(pk)

    def revert(pk):
        with acting_as(ada):
            actions.revert_import(pk, by=ada)
        work()

    def get(pk):
        with acting_as(SYSTEM):
            return Import.objects.get(pk=pk)

    def rows(pk):
        with acting_as(SYSTEM):
            return list(Row.objects.filter(of=pk).order_by("number"))

    return SimpleNamespace(
        upload=upload,
        check=check,
        commit=commit,
        everything=everything,
        revert=revert,
        get=get,
        rows=rows,
    )
