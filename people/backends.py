"""user.has_perm() answered from the table of roles."""

from django.contrib.auth.backends import BaseBackend
from django.core.exceptions import PermissionDenied

from people.permissions import ROLE_PERMISSIONS, Role


class RoleBackend(BaseBackend):
    """Permissions come with the role; only sales admins use Django admin, and there see all."""

    def has_perm(self, user_obj, perm, obj=None):
        if not user_obj.is_active or obj is not None:
            return False
        if perm in ROLE_PERMISSIONS:
            if user_obj.role in ROLE_PERMISSIONS[perm]:
                return True
            # The last word: the backends after this one would ask the database.
            raise PermissionDenied
        return user_obj.role == Role.SALES_ADMIN and perm.split(".")[1].startswith("view_")

    def has_module_perms(self, user_obj, app_label):
        return user_obj.is_active and user_obj.role == Role.SALES_ADMIN
