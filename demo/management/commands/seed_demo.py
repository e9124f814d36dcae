from django.db import connections

from backoffice.commands import SystemCommand
from demo.actions import is_seeded, seed_demo
from demo.people import PASSWORD

# Where a benchmark starts right after, statistics can't wait for autovacuum.
MANY = 20_000


class Command(SystemCommand):
    help = (
        "Fill an empty database with demo data. Where the demo people are there already, nothing "
        "is done. With --reps, rep0001@example.com owns a book of 20,000 leads (a tenth at most)."
    )

    def add_arguments(self, parser):
        parser.add_argument("--leads", type=int, default=2_000, help="2000 unless given")
        parser.add_argument("--reps", type=int, default=0, help="inside reps besides the cast")
        parser.add_argument("--seed", default="1", help="another seed makes other data")

    def handle(self, *, leads, reps, seed, **options):
        if is_seeded():
            self.stdout.write("The demo data is there already; nothing was changed.")
            return
        seed_demo(leads=leads, reps=reps, seed=seed)
        if leads > MANY:
            self.tidy()
        self.stdout.write(f"{leads} leads; everybody's password is {PASSWORD}")

    def tidy(self):
        """Bring statistics and visibility up to date, where the owner's login is known."""
        if "owner" not in connections:
            return
        with connections["owner"].cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")
