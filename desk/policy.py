"""What a change of the policy would do, counted before it is made."""

from django.db import connection

from leads.queue import BANDS, band_case
from leads.rows import counted

# Where each owned lead stands in its owner's queue by the numbers of now and by new ones. First
# those are left out that none of the rules treats differently: the index alone tells of a million.
MOVES = """
SELECT becomes, count(*), count(DISTINCT owner_id) FROM (
  SELECT owner_id, {before} AS was, {after} AS becomes
    FROM leads_lead
    JOIN (SELECT id, (app.clock() AT TIME ZONE time_zone)::date AS today FROM people_user) AS rep
      ON rep.id = owner_id
   WHERE status = 'open' AND owner_id IS NOT NULL AND protected_until > app.clock()
     AND ({differs}) OFFSET 0) AS compared
 WHERE was <> becomes GROUP BY GROUPING SETS ((becomes), ()) ORDER BY becomes NULLS FIRST"""
# The numbers that rules of the queue's bands mention.
RANKING = ["fresh_hours", "long_tail_days"]


def by(sql, when):
    """Return a rule of the queue with policy's numbers as parameters: those of "now" or "then"."""
    for name in RANKING:
        sql = sql.replace(name, f"%({when}_{name})s")
    return sql.replace("%(as_of)s", "app.clock()").replace("%(today)s", "today")


def moves_sql():
    rules = [band.rule for band in BANDS if any(name in band.rule for name in RANKING)]
    differs = [f"({by(rule, 'now')}) IS DISTINCT FROM ({by(rule, 'then')})" for rule in rules]
    return MOVES.format(
        before=by(band_case(), "now"), after=by(band_case(), "then"), differs=" OR ".join(differs)
    )


OPEN_WINDOWS = """
SELECT count(*) FROM leads_lead
 WHERE status = 'open' AND owner_id IS NOT NULL AND protected_until > app.clock()"""
EXPIRING_SOON = f"""{OPEN_WINDOWS}
   AND protected_until <= app.clock() + make_interval(days => %(days)s)"""
BEYOND_THE_LIMIT = f"""
SELECT count(*) FROM (
  {OPEN_WINDOWS.replace("count(*)", "owner_id")}
   GROUP BY owner_id HAVING count(*) >= %(limit)s) AS those"""


def consequences(changed, numbers):
    """Return a sentence for each thing that the `changed` numbers would do."""
    told = [each(*changed[name]) for name, each in SENTENCES.items() if name in changed]
    if changed.keys() & set(RANKING):
        told += moves(changed, numbers)
    return told


def protection(before, after):
    open_now = counted(one(OPEN_WINDOWS), "window")
    return (
        f"Windows that open from now last {after} days, not {before}; "
        f"{open_now} open now keep their end."
    )


def expiring(before, after):
    was, becomes = (one(EXPIRING_SOON, days=days) for days in (before, after))
    return f"Expiring soon are {counted(becomes, 'window')} at once, not {was:,}."


def no_answer(before, after):
    return (
        f"From the next call on, a lead sinks to unreached after {after} without an answer, "
        f"not {before}; those that have sunk stay there."
    )


def follow_up(before, after):
    return (
        f"Follow-ups set from now are {after} days ahead, not {before}; those set keep their day."
    )


def cooldown(before, after):
    hours = counted(after, "hour")
    return (
        f"Who gave a lead back waits {hours}, not {before}, to claim it again; that counts at once."
    )


def limit(before, after):
    full = counted(one(BEYOND_THE_LIMIT, limit=after), "rep")
    leads = counted(after, "open lead")
    return f"A rep may own {leads}, not {before:,}; {full} can then claim no more."


def second_factor(before, after):
    if after:
        return "Sales admins without a second factor add one before they enter the admin again."
    return "The admin no longer asks for a second factor."


SENTENCES = {
    "protection_days": protection,
    "expiring_soon_days": expiring,
    "no_answer_limit": no_answer,
    "follow_up_days": follow_up,
    "reclaim_cooldown_hours": cooldown,
    "open_leads_per_rep": limit,
    "admins_need_second_factor": second_factor,
}


def moves(changed, numbers):
    """Tell whose queue reorders, and which bands leads come into."""
    then = {f"then_{name}": numbers[name] for name in RANKING}
    now = {f"now_{name}": changed.get(name, [numbers[name]])[0] for name in RANKING}
    (_, _, reps), *into = rows(moves_sql(), **now, **then)
    yield f"The queue of {counted(reps, 'rep')} reorders."
    for number, leads, _ in into:
        verb = "moves" if leads == 1 else "move"
        yield f"{counted(leads, 'lead')} {verb} to {BANDS[number - 1].label.lower()}."


def one(sql, **params):
    return rows(sql, **params)[0][0]


def rows(sql, **params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
