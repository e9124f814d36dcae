"""What people note down: reps after a call, managers about a lead, and about their people."""

from people.permissions import CLEARANCE, Role

# After a call that ended so; each the rep's own words, for whoever sees the lead.
AFTER = {
    "interested": [
        "Short of nights on two wards. Wants prices for twelve weeks before they decide.",
        "Their contract with the old agency ends in spring. Send the references.",
        "Very open. Finance has to agree, so the next call is with both of them.",
    ],
    "not_now": [
        "Budget is frozen until the new fiscal year. Was friendly, wants to hear from us then.",
        "They are changing their system and have no time for anything else this month.",
    ],
    "no_answer": [
        "Rings through to the main desk. Try before eight or after four.",
        "Voicemail is full. The front desk says mornings are best.",
        "Out until Monday, says the assistant.",
    ],
    "callback": [
        "Asked for this time because the whole team is in the room then.",
        "Between two meetings; wants ten minutes, not more.",
    ],
    "not_a_fit": [
        "Everything is bought by the group's headquarters, in another state.",
        "They closed the wing that we would have staffed.",
    ],
    "bad_data": ["Number belongs to somebody else now, who was not amused."],
}
# On leads, by those above their owner: how rarely, who, and what.
ABOVE = [
    (
        7,
        Role.MANAGER,
        [
            "Listen in on the next call here: the opening is too long.",
            "Keep this one even if it runs out: the sister hospital signed last month.",
            "Discount up to eight percent is fine here, not more.",
        ],
    ),
    (
        29,
        Role.SENIOR_MANAGER,
        [
            "Board member knows our CEO. Nobody quotes a price before I have spoken to them.",
            "Competitor is about to lose this account. Move it up.",
        ],
    ),
    (
        43,
        Role.SALES_ADMIN,
        [
            "Legal is looking at the old contract. No e-mail to them until that is settled.",
            "Came from the list that we had complaints about; source checked, it may stay.",
        ],
    ),
]
# On people: by whom, on whom, for whom, what.
ON_PEOPLE = [
    ("cleo", "ana", Role.INSIDE_REP, "Best month of the team. Thank you!"),
    ("cleo", "ana", Role.MANAGER, "Ready to coach somebody new; ask her in January."),
    ("cleo", "ben", Role.INSIDE_REP, "Two hours on the pool each morning, as agreed."),
    ("sol", "cleo", Role.SENIOR_MANAGER, "Candidate for the eastern region."),
    ("eli", "dora", Role.INSIDE_REP, "Covers Tuesday afternoons until the end of the month."),
    ("ada", "eli", Role.SALES_ADMIN, "Asked twice for exports of the whole list. Talked to."),
]


def after_call(outcome, whim):
    """Return what a rep notes after some of the calls, or "". `whim` is any number."""
    texts = AFTER.get(outcome, [])
    return texts[whim // 3 % len(texts)] if texts and whim % 3 == 0 else ""


def from_above(whim):
    """Yield (role, tier, text) of what is noted on a lead that has been claimed."""
    for rarely, role, texts in ABOVE:
        if whim % rarely == 0:
            yield role, CLEARANCE[role], texts[whim // rarely % len(texts)]
