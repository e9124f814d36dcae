"""Import a file as a worker does, step by step: prints what came of it, seconds and peak memory."""

import json
import resource
import sys
import time

import django

django.setup()

from backoffice.rls import SYSTEM, acting_as  # noqa: E402
from imports.command_line import import_leads  # noqa: E402
from people.models import OpportunityType  # noqa: E402

path, source = sys.argv[1:]
with acting_as(SYSTEM):
    kind = OpportunityType.objects.get(code="CS")
began = time.monotonic()
found = import_leads(path, kind, by=SYSTEM, tell=lambda sentence: None, source=source)
print(
    json.dumps(
        {
            "created": found.created,
            "duplicate": found.duplicate,
            "seconds": time.monotonic() - began,
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
    )
)
