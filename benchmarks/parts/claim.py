"""Thirty-two people claim one lead at the same instant, lead after lead, over HTTP."""

from statistics import median
from threading import Barrier, Thread

from benchmarks.client import HTMX, Answer, Client
from benchmarks.figures import Figures, p95
from benchmarks.stage import Person, Stage, in_turn

CLIENTS = 32
LEADS = 200
CLAIMED, REFUSED = 200, 409

# A scope with leads enough, or else the one with most; of those, what most people work, so that
# most of the clients are different people.
SCOPE = """
SELECT pool_scope FROM leads_lead WHERE pool_scope = ANY (%s)
 GROUP BY 1 ORDER BY least(count(*), %s) DESC, array_position(%s, pool_scope) LIMIT 1"""
BUSIEST = """
SELECT s.id FROM people_workscope s
  JOIN people_user_opportunity_types t ON t.opportunitytype_id = s.opportunity_type_id
  JOIN people_user u ON u.id = t.user_id AND (u.territories = '{}' OR s.state = ANY (u.territories))
 WHERE u.role = 'inside_rep' AND u.is_active GROUP BY s.id ORDER BY count(*) DESC LIMIT 40"""
WORKERS = """
SELECT u.id, u.email FROM people_workscope s
  JOIN people_user_opportunity_types t ON t.opportunitytype_id = s.opportunity_type_id
  JOIN people_user u ON u.id = t.user_id AND (u.territories = '{}' OR s.state = ANY (u.territories))
  LEFT JOIN leads_lead l ON l.owner_id = u.id AND l.status = 'open'
 WHERE s.id = ANY (%s) AND u.role = 'inside_rep' AND u.is_active
 GROUP BY u.id HAVING count(DISTINCT s.id) = cardinality(%s::int[]) AND count(l.id) < 1500
 ORDER BY md5(u.email) LIMIT %s"""
WAITING = """
SELECT id FROM leads_lead WHERE pool_scope = ANY (%s) ORDER BY md5(id::text) LIMIT %s"""
OWNED = """
SELECT count(*) FROM leads_lead l WHERE l.id = ANY (%s) AND l.owner_id IS NOT NULL
   AND (SELECT count(*) FROM history_event e
         WHERE e.lead_id = l.id AND e.kind = 'claimed' AND e.at > %s) = 1"""


def measure(stages: list[Stage], figures: Figures, repeat: int) -> None:
    for stage in stages:
        race(stage, figures, min(repeat, LEADS))


def race(stage: Stage, figures: Figures, rounds: int) -> None:
    reps, leads = field_of(stage, rounds)
    began = stage.data.as_superuser("SELECT now()")[0][0]
    answers = claim_all(stage, reps, leads)
    owned = stage.data.as_superuser(OWNED, [leads, began])[0][0]
    times = [answer.ms for lead in answers for answer in lead]
    winners = [sum(answer.status == CLAIMED for answer in lead) for lead in answers]
    odd = [a.status for lead in answers for a in lead if a.status not in (CLAIMED, REFUSED)]
    part, note = f"claim, {CLIENTS} at once", figures.note
    note(stage.size, part, "leads raced for", len(leads), "")
    note(stage.size, part, "different people", len(reps), "")
    note(stage.size, part, "leads with one winner", winners.count(1), "", at_least=len(leads))
    note(stage.size, part, "leads with one owner", owned, "", at_least=len(leads))
    note(stage.size, part, "other answers", len(odd), "", at_most=0)
    note(stage.size, part, "request, median", median(times))
    note(stage.size, part, "request, p95", p95(times), at_most=150)


def field_of(stage: Stage, rounds: int) -> tuple[list[Person], list[int]]:
    """Return who races and for which leads: pool leads of scopes that all of them work."""
    ask = stage.data.as_superuser
    scopes = [scope for (scope,) in ask(BUSIEST)]
    chosen = [ask(SCOPE, [scopes, rounds, scopes])[0][0]]
    people = stage.people(ask(WORKERS, [chosen, chosen, CLIENTS]))
    return people, [lead for (lead,) in ask(WAITING, [chosen, rounds])]


def claim_all(stage: Stage, reps: list[Person], leads: list[int]) -> list[list[Answer]]:
    answers: list[list[Answer]] = [[] for _ in leads]
    together = Barrier(CLIENTS, timeout=60)

    def compete(rep: Person) -> None:
        client = Client(stage.web.port)
        client.get("/leads", rep.session)
        for lead, heard in zip(leads, answers, strict=True):
            together.wait()
            heard.append(client.post(f"/leads/{lead}/claim", rep.session, **HTMX))
        client.close()

    threads = [Thread(target=compete, args=(in_turn(reps, n),)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
