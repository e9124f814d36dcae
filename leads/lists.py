"""What the queue's and the pool's pages are made of: rows, bands, links, and words where empty."""

from urllib.parse import urlencode

from django.urls import reverse

from leads import rows
from leads.actions import cooling_down
from leads.coming import LABELS
from leads.outcomes import BUTTONS
from leads.queue import BANDS, PAGE
from leads.search import near_spellings
from people.permissions import MANAGERS


def queue_context(page, filters, *, rep, viewer):
    """Return what leads/queue.html shows of a page of `rep`'s queue."""
    whose = "My" if rep == viewer else f"{rep.name}'s"
    offers = {"reassign": True, "not_interested": rep == viewer}
    offers["queue"] = rep == viewer and viewer.has_perm("leads.claim_lead")
    return list_context(page, filters, f"Search {whose.replace('My', 'my')} queue") | {
        "bulk": bulk(page, filters, offers, in_band(page, filters)),
        "title": f"{whose} queue",
        "bands": bands(page.counts, filters),
        "rows": [
            rows.queue_row(queued, page.as_of, rep.zone, page.soon_days) for queued in page.rows
        ],
        "works": rep == viewer,
        "outcome_keys": BUTTONS,
        "shown": rows.counted(in_band(page, filters), "lead"),
        "empty": None if page.rows else empty_queue(filters, rep, viewer),
    }


def pool_context(page, filters, *, viewer):
    """Return what leads/pool.html shows of a page of the pool."""
    may_claim = viewer.has_perm("leads.claim_lead")
    again = claimable_again(page, viewer) if may_claim else {}
    offers = {"reassign": viewer.sees_everything, "not_interested": viewer.role in MANAGERS}
    offers["queue"] = may_claim
    return list_context(page, filters, "Search the pool") | {
        "bulk": bulk(page, filters, offers, page.count),
        "rows": [
            rows.pool_row(waiting, page.as_of, again.get(waiting.lead.pk, ""))
            for waiting in page.rows
        ],
        "shown": found_size(page),
        "sources": sorted({waiting.lead.source for waiting in page.rows}),
        "may_claim": may_claim,
        "empty": None if page.rows else empty_pool(page, filters),
    }


def bulk(page, filters, offers, count):
    """Return the bar above selected rows (leads/_bulk_bar.html): what it offers, and for how many.

    `all_of` is how many leads match where the page does not show them all, else ""; `seen` is the
    same for what is sent, "" where nobody has counted so far.
    """
    counted_to = getattr(page, "counted_to", count)
    is_counted = count <= counted_to
    many = f"{count:,}" if is_counted else f"{counted_to:,}+"
    shows_all = count <= len(page.rows) and not page.next
    said = {"chosen_in": filters.url(), "all_of": "" if shows_all else many}
    return offers | said | {"seen": count if is_counted else ""}


def claimable_again(page, rep):
    """Return {lead's id: from when} of what the rep had a short while ago."""
    had = cooling_down([waiting.lead.pk for waiting in page.rows])
    return {pk: rows.time_of(again_at, page.as_of, rep.zone) for pk, again_at in had.items()}


def list_context(page, filters, search_label):
    """Return what every list shows around its rows."""
    return {
        "here": filters.path,
        "here_and_now": filters.url(),
        "this_page": filters.url(after=filters.data.get("after")),
        "filters": filters.bar,
        "band": filters.chosen.get("band", ""),
        "coming": coming(filters),
        "q": filters.text,
        "search_form": "filters",
        "search_label": search_label,
        "page_size": PAGE,
        "next_url": filters.url(after=page.next) if page.next else "",
        "first_url": filters.url() if filters.data.get("after") else "",
    }


def coming(filters):
    """Return which of the dashboard's lists this is, and the way back to all leads; or None."""
    name = filters.chosen.get("coming")
    return name and {"name": name, "label": LABELS[name], "all_url": filters.url(coming=None)}


def in_band(page, filters):
    band = filters.chosen.get("band")
    return page.counts[band] if band else page.total


def bands(counts, filters):
    """Return the links of the band bar: all, then each band, with their numbers of leads."""
    current = filters.chosen.get("band")
    return [
        band_link("All", sum(counts.values()), filters.url(band=None), not current),
        *(
            band_link(
                band.label, counts[band.name], filters.url(band=band.name), band.name == current
            )
            for band in BANDS
        ),
    ]


def band_link(name, count, url, current):
    look = "" if count else "empty"
    return {"name": name, "count": f"{count:,}", "url": url, "current": current, "look": look}


def found_size(page):
    """Return how many leads the filters find; counting stops where nobody reads on."""
    if page.count > page.counted_to:
        return f"more than {page.counted_to:,} leads"
    return rows.counted(page.count, "lead")


# --- nothing to show ---------------------------------------------------------


def empty_queue(filters, rep, viewer):
    """Return what to say, and what to do next, where the queue shows no lead."""
    if filters.text:
        elsewhere = link("leads:pool", "Search the pool", q=filters.text)
        return nothing_found(filters, near_spellings(filters.text, owner=rep), elsewhere)
    if filters.narrowing:
        return nothing(
            "No lead is here now", "Others may be in your other bands.", everything(filters)
        )
    if rep != viewer:
        return nothing(f"{rep.name}'s queue is empty", "They own no open lead at the moment.")
    if filters.reps:
        return nothing("You own no lead yourself", "Read the queue of a rep:", *queues_of(filters))
    return nothing(
        "Your queue is empty",
        "Claim leads from the pool: they come here at once, and are yours for 45 days.",
        link("leads:pool", "Open the pool"),
        link("leads:new_lead", "New lead"),
    )


def queues_of(filters):
    """Return links to the queues of the first few reps; the drop-down has them all."""
    reps = list(filters.reps.items())[:6]
    return [{"text": rep.name, "url": filters.url(rep=pk)} for pk, rep in reps]


def empty_pool(page, filters):
    """Return what to say, and what to do next, where the pool shows no lead."""
    if filters.text:
        elsewhere = link("leads:queue", "Search my queue", q=filters.text)
        return nothing_found(filters, near_spellings(filters.text, scopes=page.scopes), elsewhere)
    if filters.narrowing:
        return nothing(
            "Nothing in the pool is like that", "Fewer filters show more.", everything(filters)
        )
    return nothing(
        "The pool is empty",
        "No lead that you may work waits for an owner. New uploads and released leads come here.",
        link("leads:queue", "Back to my queue"),
        link("leads:new_lead", "New lead"),
    )


def nothing_found(filters, spellings, elsewhere):
    """Return the answer to a search without a result: near spellings, and where else to look."""
    advice = "The other filters count too." if filters.narrowing - {"q"} else ""
    if len(filters.text) < 3:
        advice = "Three letters or digits are the least to search for."
    return nothing(
        f"Nothing matches “{filters.text}”",
        advice,
        everything(filters),
        elsewhere,
        everywhere(filters),
    ) | {"near": [{"text": word, "url": filters.url(q=word)} for word in spellings]}


def everywhere(filters):
    return link("search:search", "Search everything", q=filters.text)


def nothing(title, advice, *ways):
    return {"title": title, "advice": advice, "ways": ways}


def everything(filters):
    return {"text": "Show all", "url": filters.url(**dict.fromkeys(filters.narrowing))}


def link(name, text, **query):
    return {"text": text, "url": reverse(name) + (f"?{urlencode(query)}" if query else "")}
