import sys

from django.core.management import CommandError

from backoffice.commands import SystemCommand
from backoffice.refusals import Refused
from backoffice.rls import SYSTEM, acting_as
from imports.columns import LENGTHS, parse_mapping
from imports.command_line import import_leads
from people.models import OpportunityType


class Command(SystemCommand):
    help = "Import a file of facilities into the pool. Exit code 1 if any row was rejected."

    def add_arguments(self, parser):
        parser.add_argument(
            "file", help="CSV (comma, semicolon or tab; UTF-8, UTF-16 or cp1252) or .xlsx"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="report the same and write nothing"
        )
        parser.add_argument(
            "--source", default="", help="where the leads come from (CMS, else the file's name)"
        )
        parser.add_argument("--opportunity", default="CS", metavar="CODE", help="CS unless given")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="COLUMN=FIELD",
            help=f"a column that isn't recognised; fields: {', '.join(LENGTHS)}",
        )

    def handle(self, **options):
        try:
            found = import_leads(
                options["file"],
                find_type(options["opportunity"]),
                by=SYSTEM,
                tell=self.stdout.write,
                source=options["source"],
                mapping=parse_mapping(options["map"]),
                dry_run=options["dry_run"],
            )
        except OSError as problem:
            raise CommandError(f"{options['file']}: {problem.strerror or problem}.") from None
        except KeyboardInterrupt:
            self.stderr.write("Stopped. What was imported stays; import again for the rest.")
            sys.exit(130)
        self.report(found, options["dry_run"])
        if found.rejected:
            sys.exit(1)

    def report(self, found, dry_run):
        if dry_run:
            self.stdout.write("Dry run: nothing was written.")
        self.stdout.write(f"source: {found.source}")
        self.stdout.write(f"created: {found.new if dry_run else found.created}")
        self.stdout.write(f"duplicate: {found.known if dry_run else found.duplicate}")
        self.stdout.write(f"rejected: {found.rejected}")
        self.stdout.write(f"warnings: {found.warned} (rows to look at)")


def find_type(code):
    with acting_as(SYSTEM):
        types = {kind.code: kind for kind in OpportunityType.objects.all()}
    if code not in types:
        raise Refused(f"There is no opportunity type {code}; there are {', '.join(types)}.")
    return types[code]
