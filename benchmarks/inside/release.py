"""Run the sweep that releases expired leads: prints how many, and when it began and ended."""

import json
import time

import django

django.setup()

from django.db import connection  # noqa: E402

from leads.expiry import release_expired  # noqa: E402

connection.ensure_connection()
began = time.time()
released = release_expired()
print(json.dumps({"released": released, "began": began, "ended": time.time()}))
