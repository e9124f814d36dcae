"""E-mail to people whom calls don't reach, begun for the rep: a mailto: link."""

from urllib.parse import quote

BODY = """Dear {name},

I have tried to reach you by phone at {facility}, without luck so far.
When would be a good time for a short call, or is there somebody else I should speak to?

Kind regards,
{rep}
"""


def mailto(lead, person, *, by):
    """Return the link that opens an e-mail to a contact, with subject and text filled in."""
    subject = f"A short call about {lead.opportunity_type.name}"
    body = BODY.format(name=person.name, facility=lead.facility.name, rep=by.name)
    said = {"subject": subject, "body": body.replace("\n", "\r\n")}
    query = "&".join(f"{name}={quote(text, safe='')}" for name, text in said.items())
    return f"mailto:{quote(person.email, safe='@')}?{query}"
