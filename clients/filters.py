"""What the table of clients is narrowed to: said in the URL, chosen in the bar above it."""

from leads.filters import ListFilters, drop
from people.models import User


class ClientFilters(ListFilters):
    seller = drop("Won by", "Anybody")

    field_order = ["seller", "opportunity", "state"]

    def __init__(self, user, path, query):
        super().__init__(user, path, query)
        self.sellers = {str(rep.pk): rep for rep in User.objects.reps_under(user)}
        self.offer("seller", lambda: [(pk, rep.name) for pk, rep in self.sellers.items()])
        if not self.sellers:
            del self.fields["seller"]
