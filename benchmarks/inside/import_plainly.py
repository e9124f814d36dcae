"""Import a file by django-import-export as its manual shows it: facilities only, row by row.

It makes no leads and no history, looks for no duplicates but by its key, and warns of nothing. It
runs as the owner of the tables, since it sets their sequences.
"""

import json
import resource
import sys
import time
from pathlib import Path

import django

django.setup()

try:
    from import_export import fields, resources
    from tablib import Dataset
except ImportError:
    print(json.dumps(None))
    raise SystemExit from None

from leads.models import Facility  # noqa: E402

NAMES = {
    "external_id": "Facility ID",
    "name": "Facility Name",
    "address": "Address",
    "city": "City/Town",
    "state": "State",
    "postcode": "ZIP Code",
}


class Facilities(resources.ModelResource):
    source = fields.Field(attribute="source", column_name="source")
    time_zone = fields.Field(attribute="time_zone", column_name="time_zone")

    class Meta:
        model = Facility
        fields = ("source", "time_zone", *NAMES)
        import_id_fields = ("source", "external_id")


for name, column in NAMES.items():
    Facilities.fields[name].column_name = column

path, source = sys.argv[1:]
began = time.monotonic()
data = Dataset().load(Path(path).read_text(encoding="utf-8"), format="csv")
data.append_col([source] * len(data), header="source")
data.append_col(["America/New_York"] * len(data), header="time_zone")
result = Facilities().import_data(data, dry_run=False, raise_errors=True, use_transactions=True)
print(
    json.dumps(
        {
            "created": result.totals["new"],
            "seconds": time.monotonic() - began,
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
    )
)
