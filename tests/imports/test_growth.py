"""Rows that are alike, and all that came before them, make no row slower."""

import pytest
from django.db import connection

from backoffice.rls import SYSTEM, acting_as
from imports import checking, merging
from imports.models import Row
from people.models import Policy

CHUNK = 50
BIG = {"imports_row", "leads_facility", "leads_lead", "clients_client"}
STATEMENTS = [checking.JUDGE, merging.ADD_FACILITIES, merging.GIVE]
PLACE = "Mercy,1 High St,Albany,NY,12208,5185550100"


class Plans:
    """Has the statements explain what they do while they do it."""

    def __init__(self):
        self.seen = []

    def __call__(self, execute, sql, params, many, context):
        if sql not in STATEMENTS:
            return execute(sql, params, many, context)
        # So little is in a test's tables that they would be read from end to end.
        execute("SET LOCAL enable_seqscan = off", None, False, context)
        result = execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params, many, context)
        ((plan,),) = context["cursor"].fetchone()
        self.seen.append((STATEMENTS.index(sql), plan["Plan"]))
        return result


def read_for_one(node):
    """Yield how many rows of a big table each look-up of a plan has read."""
    if node.get("Relation Name") in BIG and node["Node Type"].endswith("Scan"):
        removed = sum(number for name, number in node.items() if name.startswith("Rows Removed"))
        yield node["Actual Rows"] + removed
    for part in node.get("Plans", []):
        yield from read_for_one(part)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(lambda n: f"{n},{PLACE},ana@example.com", id="one place, many numbers"),
        pytest.param(lambda n: f"7,{PLACE},", id="one facility"),
        pytest.param(lambda n: f",{PLACE},", id="one place without a number"),
        pytest.param(lambda n: f"{n},Clinic {n},,,NY,,5185550100,", id="one phone"),
    ],
)
def test_each_look_up_reads_one_row_whatever_came_before(importing, monkeypatch, line):
    monkeypatch.setattr(checking, "CHUNK", CHUNK)
    monkeypatch.setattr(merging, "CHUNK", CHUNK)
    plans = Plans()
    for _ in range(2):
        with connection.execute_wrapper(plans):
            importing.everything(*map(line, range(5 * CHUNK)))

    assert {which for which, _ in plans.seen} == {0, 1, 2}
    assert max(max(read_for_one(plan), default=0) for _, plan in plans.seen) <= 1


def test_how_many_an_owner_gets_is_counted_across_chunks(importing, monkeypatch, ana, ben):
    monkeypatch.setattr(checking, "CHUNK", 3)
    with acting_as(SYSTEM):
        Policy.objects.update(open_leads_per_rep=4)
    owners = ["ana", "ana", "ben", "ana", "ben", "ana", "ana", "ben"]
    pk = importing.upload(
        *[
            f"{number},Clinic {number},{number} High St,,NY,,,{owner}@example.com"
            for number, owner in enumerate(owners)
        ]
    )
    importing.check(pk)

    with acting_as(SYSTEM):
        given = Row.objects.filter(of=pk, owner_id__isnull=False).order_by("number")
        assert list(given.values_list("number", "owner_id", "nth")) == [
            (2, ana.pk, 1),
            (3, ana.pk, 2),
            (4, ben.pk, 1),
            (5, ana.pk, 3),
            (6, ben.pk, 2),
            (7, ana.pk, 4),
            (9, ben.pk, 3),
        ]
