"""Make what the plain admin has besides the product: its sessions, and a person, EMAIL."""

import json
import sys

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from people.models import User  # noqa: E402
from people.permissions import Role  # noqa: E402

call_command("migrate", "sessions", verbosity=0)
person, _ = User.objects.get_or_create(
    email=sys.argv[1],
    defaults={"name": "Plain admin", "role": Role.SALES_ADMIN, "is_superuser": True},
)
print(json.dumps(person.pk))
