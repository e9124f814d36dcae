"""Make the person who uses the plain admin, unless they are there: plain_admin_user EMAIL."""

import json
import sys

import django

django.setup()

from people.models import User  # noqa: E402
from people.permissions import Role  # noqa: E402

person, _ = User.objects.get_or_create(
    email=sys.argv[1],
    defaults={"name": "Plain admin", "role": Role.SALES_ADMIN, "is_superuser": True},
)
print(json.dumps(person.pk))
