"""Signing in by e-mail, and user.has_perm() answered from the table of roles."""

from contextvars import ContextVar

from allauth.account.auth_backends import AuthenticationBackend

from people.permissions import ROLE_PERMISSIONS, Role

# Whose session has just been read. The row brought the user along, so nobody asks again.
just_read = ContextVar("just_read", default=None)


class RoleBackend(AuthenticationBackend):
    """Permissions come with the role.

    It signs people in as well: allauth's own backend beside it would look permissions up in tables.
    """

    def get_user(self, user_id):
        user = just_read.get()
        just_read.set(None)
        if user is None or user.pk != user_id:
            return super().get_user(user_id)
        return user if self.user_can_authenticate(user) else None

    def has_perm(self, user_obj, perm, obj=None):
        if not user_obj.is_active or obj is not None:
            return False
        return user_obj.role in ROLE_PERMISSIONS.get(perm, ())

    def has_module_perms(self, user_obj, app_label):
        return user_obj.is_active and user_obj.role == Role.SALES_ADMIN
