"""What people type into a search box, made into what the database looks for."""

import re

from django.db import connection

# Trigrams need three characters; less would also match almost everything.
SHORTEST = 3


def search_term(text):
    """Return the text to look for in lower case, or None where there is too little of it.

    What looks like a phone number is reduced to its digits: "(334) 793-87" finds +13347938701.
    """
    term = " ".join(text.lower().split())
    if re.fullmatch(r"[\d\s().+/-]+", term):
        term = re.sub(r"\D", "", term)
    return term if len(term) >= SHORTEST else None


def near_spellings(text, *, owner=None, scopes=()):
    """Return up to three words spelled nearly like `text`, each of which finds something.

    Among the leads of one `owner`, in the pool of some `scopes`, or (None) anywhere in sight.
    """
    term = search_term(text)
    if term is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT app.near_spellings(%s, %s, %s::int[])",
            [term, owner and owner.pk, None if scopes is None else list(scopes)],
        )
        return [word for (word,) in cursor.fetchall()]
