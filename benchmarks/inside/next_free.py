"""Look for reps' next free windows: next_free REPEAT EMAIL ... prints the milliseconds of each."""

import json
import sys
import time

import django

django.setup()

from backoffice.rls import acting_as  # noqa: E402
from callbacks.slots import next_free_slot  # noqa: E402
from people.models import User  # noqa: E402


def timed(rep):
    began = time.perf_counter()
    next_free_slot(rep)
    return (time.perf_counter() - began) * 1000


times = []
for rep in User.objects.filter(email__in=sys.argv[2:]):
    with acting_as(rep):
        next_free_slot(rep)  # the first one plans
        times += [timed(rep) for _ in range(int(sys.argv[1]))]
print(json.dumps(times))
