"""One outcome for many leads at once, by the very steps of a single disposition.

Only for outcomes that ask nothing. What differs is how it is written: the leads, their open tasks
and callbacks, the dispositions and their events in a statement each.
"""

import json
from collections import defaultdict

from django.db import connection
from django.db.models import F

from backoffice.refusals import Refused
from dispositions.actions import line_of_disposition
from dispositions.changes import Case, apply_outcome
from dispositions.effects import Later
from dispositions.models import Disposition
from dispositions.snapshot import snapshot
from history.actions import record_all
from leads.many import CHANGED_HANDS, DONE, standing
from leads.models import Lead
from people.permissions import MANAGERS

# As one parameter, like their events: history/actions.py.
MAKE = """
INSERT INTO dispositions_disposition (lead_id, actor_id, outcome, reason, detail, note, state,
    lead_before, effects, version_after)
  SELECT lead_id, %s, %s, '', '', '', 'applied', lead_before, effects, version_after
    FROM jsonb_to_recordset(%s)
      AS r (lead_id bigint, lead_before jsonb, effects jsonb, version_after int)
  RETURNING lead_id, id"""
WAITING = "SELECT lead_id, disposition_id FROM app.disqualify_waiting(%s::jsonb, %s)"


def not_interested(leads, outcome, *, by, bulk_id, before):
    """Dispose of leads with an `outcome` that disqualifies: one's own, or as a manager the pool's.

    They were locked by leads.many.lock_many(). Return {lead's id: word}, "done" or why not, and
    {lead's id: disposition}. `before(ids)` is called while they are still as they were.
    """
    words = {lead.pk: word_for(lead, by) for lead in leads}
    going = [lead for lead in leads if words[lead.pk] == DONE]
    before([lead.pk for lead in going])
    made = make_all([lead for lead in going if lead.owner_id], outcome, by, bulk_id)
    made |= end_waiting([lead for lead in going if not lead.owner_id], outcome, by, bulk_id)
    return words, made


def word_for(lead, by):
    word = standing(lead, "leads.work_lead", by)
    if word is None or (word == "in_pool" and by.role in MANAGERS):
        return DONE
    return word


def make_all(leads, outcome, by, bulk_id):
    """Record the outcome of leads that `by` owns; return {lead's id: disposition}."""
    book: dict = {}
    cases = [case_of(lead, outcome, by, Later(book)) for lead in leads]
    Later.end_all(book)
    update_leads(cases)
    made = [disposition_of(case, outcome) for case in cases]
    write(made, outcome, by)
    for disposition, case in zip(made, cases, strict=True):
        disposition.said = said(disposition, case)
    record_all(
        [
            line_of_disposition(disposition, case, bulk_id=bulk_id)
            for disposition, case in zip(made, cases, strict=True)
        ]
    )
    return {disposition.lead_id: disposition for disposition in made}


def case_of(lead, outcome, by, ledger):
    case = Case(lead, outcome.traits, by, lead.as_of, ledger=ledger)
    case.before = snapshot(lead)
    case.columns = {"last_outcome": outcome, "hot_at": None}
    apply_outcome(case)
    return case


def update_leads(cases):
    """Write the cases' columns: a statement for all whose columns are the same."""
    alike = defaultdict(list)
    for case in cases:
        alike[tuple(case.columns.items())].append(case.lead.pk)
    for columns, ids in alike.items():
        Lead.objects.filter(pk__in=ids).update(**dict(columns), version=F("version") + 1)


def write(dispositions, outcome, by):
    columns = ("lead_id", "lead_before", "effects", "version_after")
    rows = [{name: getattr(each, name) for name in columns} for each in dispositions]
    with connection.cursor() as cursor:
        cursor.execute(MAKE, [by.pk, outcome, json.dumps(rows)])
        made = dict(cursor.fetchall())
    for each in dispositions:
        each.pk = made[each.lead_id]


def disposition_of(case, outcome):
    return Disposition(
        lead=case.lead,
        actor=case.by,
        outcome=outcome,
        lead_before=case.before,
        effects=case.ledger,
        version_after=case.lead.version + 1,
    )


def said(disposition, case):
    return " ".join([f"{disposition}.", *case.said])


def end_waiting(leads, outcome, by, bulk_id):
    """The same for leads of the pool, which nobody's row security lets a manager change."""
    rows = []
    for lead in leads:
        case = case_of(lead, outcome, by, Later({}))
        sentence = f"{by.name}: {said(disposition_of(case, outcome), case)}"
        row = {"lead": lead.pk, "version": lead.version, "before": case.before}
        rows.append(row | {"sentence": sentence})
    with connection.cursor() as cursor:
        cursor.execute(WAITING, [json.dumps(rows), bulk_id])
        made = {lead: Disposition(pk=pk, lead_id=lead) for lead, pk in cursor.fetchall()}
    if len(made) != len(rows):
        raise Refused(CHANGED_HANDS)
    return made
