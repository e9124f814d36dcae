"""Export a table by django-import-export as its manual shows it: prints rows, seconds, peak memory.

It runs as the owner of the tables: nobody's row security, no cells defused, all of it in memory.
"""

import json
import resource
import sys
import time

import django

django.setup()

try:
    from import_export import resources
except ImportError:
    print(json.dumps(None))
    raise SystemExit from None

from notes.models import Note  # noqa: E402
from protection.models import Window  # noqa: E402


class Notes(resources.ModelResource):
    class Meta:
        model = Note
        fields = ("written_at", "author__name", "subject_name", "tier", "text")


class Windows(resources.ModelResource):
    class Meta:
        model = Window
        fields = ("facility_name", "city", "state", "opportunity", "owner_name", "expires_at")


EXPORTS = {
    "notes.csv": (Notes, Note.objects.select_related("author").order_by("-written_at")),
    "protected.csv": (Windows, Window.objects.filter(ended_at=None).order_by("expires_at")),
}

name, most = sys.argv[1:]
table, rows = EXPORTS[name]
began = time.monotonic()
content = table().export(rows[: int(most)]).csv
print(
    json.dumps(
        {
            "rows": content.count("\n") - 1,
            "seconds": time.monotonic() - began,
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
    )
)
