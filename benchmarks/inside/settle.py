"""Release what has expired since the data set was built; say how many leads that was."""

import django

django.setup()

from leads.expiry import release_expired  # noqa: E402

print(sum(iter(release_expired, 0)))
