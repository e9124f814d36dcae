"""What signing in needs: rate limits for every role, names of permissions for all."""

from django.db import migrations

ROLES = "backoffice_web, backoffice_rep, backoffice_admin, backoffice_service"

FORWARD = f"""
CREATE TABLE backoffice_cache (
  cache_key varchar(255) NOT NULL PRIMARY KEY,
  value text NOT NULL,
  expires timestamptz NOT NULL
);
CREATE INDEX backoffice_cache_expires ON backoffice_cache (expires);

GRANT SELECT, INSERT, UPDATE, DELETE ON backoffice_cache TO {ROLES};
GRANT SELECT ON django_migrations, django_content_type, auth_permission, auth_group,
  auth_group_permissions, account_emailaddress, account_emailconfirmation TO {ROLES};
GRANT SELECT, INSERT, UPDATE ON account_emailaddress TO {ROLES};
GRANT SELECT ON people_user_groups, people_user_user_permissions TO {ROLES};
GRANT SELECT ON people_user_opportunity_types
  TO backoffice_rep, backoffice_admin, backoffice_service;
GRANT INSERT, UPDATE, DELETE ON people_user_opportunity_types TO backoffice_service;
-- Guardian looks here as well before it says no; grants on leads have a table of their own.
GRANT SELECT ON guardian_userobjectpermission, guardian_groupobjectpermission
  TO backoffice_rep, backoffice_admin, backoffice_service;
"""

BACKWARD = f"""
REVOKE ALL ON django_migrations, django_content_type, auth_permission, auth_group,
  auth_group_permissions, account_emailaddress, account_emailconfirmation, people_user_groups,
  people_user_user_permissions, people_user_opportunity_types, guardian_userobjectpermission,
  guardian_groupobjectpermission FROM {ROLES};
DROP TABLE backoffice_cache;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("backoffice", "0001_identity_and_clock"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("guardian", "0001_initial"),
        ("people", "0001_initial"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
