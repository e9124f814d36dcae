"""Finding clients by what their facility is found by."""

from django.db import connection

from leads.search import search_term


def clients_found(text):
    """Return the ids of the clients in sight whose names, phones or people contain the text."""
    term = search_term(text)
    if term is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.search_clients(%s)", [term])
        return [pk for (pk,) in cursor.fetchall()]
