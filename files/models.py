"""Files that lie in a lead's folder."""

import secrets

from django.db import models
from django.urls import reverse

from backoffice.clock import Clock
from backoffice.rls import RowSecurity
from people.policies import HANGS_ON_A_SEEN_LEAD, UID

FOLDER = "files"
IS_MINE_ON_MY_LEAD = f"""uploader_id = {UID} AND EXISTS (
    SELECT FROM leads_lead l WHERE l.id = lead_id AND l.owner_id = {UID}
       AND (l.status <> 'open' OR l.protected_until > app.clock()))"""


def random_name(file, name):
    """Where the storage keeps it: a name that says nothing, and that nobody guesses."""
    token = secrets.token_hex(16)
    return f"{FOLDER}/{token[:2]}/{token}"


class LeadFile(models.Model):
    """One file of a lead. Its `name` is for people only; the storage has a random one."""

    lead = models.ForeignKey(
        "leads.Lead", on_delete=models.PROTECT, related_name="files", db_index=False
    )
    name = models.CharField(max_length=200)
    content = models.FileField(upload_to=random_name, max_length=100, unique=True)
    kind = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    uploader = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(db_default=Clock())

    class Meta:
        indexes = [models.Index(fields=["lead", "-id"], name="file_by_lead")]
        constraints = [
            models.CheckConstraint(condition=~models.Q(name=""), name="a_file_has_a_name"),
            RowSecurity(
                name="files_leadfile_security",
                rules=[
                    ("rep admin", "SELECT", HANGS_ON_A_SEEN_LEAD),
                    ("rep admin", "INSERT", IS_MINE_ON_MY_LEAD),
                    ("rep admin", "DELETE", IS_MINE_ON_MY_LEAD),
                ],
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("files:download", args=[self.lead_id, self.pk])
