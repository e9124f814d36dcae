import sys

from backoffice.commands import SystemCommand, at_work
from backoffice.invariants import all_invariants, violations


class Command(SystemCommand):
    help = "Check the whole database. Exit code 1 and one line for each violation."

    def handle(self, **options):
        invariants = all_invariants()
        with at_work() as cursor:
            broken = sum(self.report(invariant, cursor) for invariant in invariants)
        if broken:
            sys.exit(1)
        self.stdout.write(f"All {len(invariants)} invariants hold.")

    def report(self, invariant, cursor):
        """Print what breaks the rule; return how much does."""
        count = 0
        for line in violations(invariant, cursor):
            self.stdout.write(line)
            count += 1
        return count
