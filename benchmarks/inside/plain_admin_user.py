"""Make what the plain admin has besides the product: its sessions, and a person, EMAIL."""

import json
import sys

import django

django.setup()

from django.contrib.sessions.models import Session  # noqa: E402
from django.db import connection  # noqa: E402

from people.models import User  # noqa: E402
from people.permissions import Role  # noqa: E402

if Session._meta.db_table not in connection.introspection.table_names():
    with connection.schema_editor() as editor:
        editor.create_model(Session)
        editor.execute(f"GRANT ALL ON {Session._meta.db_table} TO backoffice_admin")
person, _ = User.objects.get_or_create(
    email=sys.argv[1],
    defaults={"name": "Plain admin", "role": Role.SALES_ADMIN, "is_superuser": True},
)
print(json.dumps(person.pk))
