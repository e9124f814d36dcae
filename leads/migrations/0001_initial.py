"""Facilities, contacts, leads, grants and what facilities are found by."""

import django.db.models.deletion
import phonenumber_field.modelfields
from django.conf import settings
from django.db import migrations, models

import backoffice.clock
import leads.models
import people.models

# Immutable, because a generated column and its unique index stand on it.
FACILITY_KEY = """
CREATE FUNCTION app.facility_key(name text, address text, postcode text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT regexp_replace(lower(name || '|' || address || '|' || left(postcode, 5)),
                          '[^[:alnum:]|]+', '', 'g') $$;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("backoffice", "0001_identity_and_clock"),
        ("people", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(FACILITY_KEY, "DROP FUNCTION app.facility_key(text, text, text)"),
        migrations.CreateModel(
            name="Facility",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("source", models.CharField(max_length=40)),
                ("external_id", models.CharField(blank=True, max_length=60)),
                ("name", models.CharField(max_length=200)),
                ("address", models.CharField(blank=True, max_length=200)),
                ("city", models.CharField(blank=True, max_length=100)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("AL", "Alabama"),
                            ("AK", "Alaska"),
                            ("AS", "American Samoa"),
                            ("AZ", "Arizona"),
                            ("AR", "Arkansas"),
                            ("CA", "California"),
                            ("CO", "Colorado"),
                            ("CT", "Connecticut"),
                            ("DE", "Delaware"),
                            ("DC", "District of Columbia"),
                            ("FL", "Florida"),
                            ("GA", "Georgia"),
                            ("GU", "Guam"),
                            ("HI", "Hawaii"),
                            ("ID", "Idaho"),
                            ("IL", "Illinois"),
                            ("IN", "Indiana"),
                            ("IA", "Iowa"),
                            ("KS", "Kansas"),
                            ("KY", "Kentucky"),
                            ("LA", "Louisiana"),
                            ("ME", "Maine"),
                            ("MD", "Maryland"),
                            ("MA", "Massachusetts"),
                            ("MI", "Michigan"),
                            ("MN", "Minnesota"),
                            ("MS", "Mississippi"),
                            ("MO", "Missouri"),
                            ("MT", "Montana"),
                            ("NE", "Nebraska"),
                            ("NV", "Nevada"),
                            ("NH", "New Hampshire"),
                            ("NJ", "New Jersey"),
                            ("NM", "New Mexico"),
                            ("NY", "New York"),
                            ("NC", "North Carolina"),
                            ("ND", "North Dakota"),
                            ("MP", "Northern Mariana Islands"),
                            ("OH", "Ohio"),
                            ("OK", "Oklahoma"),
                            ("OR", "Oregon"),
                            ("PA", "Pennsylvania"),
                            ("PR", "Puerto Rico"),
                            ("RI", "Rhode Island"),
                            ("SC", "South Carolina"),
                            ("SD", "South Dakota"),
                            ("TN", "Tennessee"),
                            ("TX", "Texas"),
                            ("VI", "U.S. Virgin Islands"),
                            ("UT", "Utah"),
                            ("VT", "Vermont"),
                            ("VA", "Virginia"),
                            ("WA", "Washington"),
                            ("WV", "West Virginia"),
                            ("WI", "Wisconsin"),
                            ("WY", "Wyoming"),
                        ],
                        max_length=2,
                    ),
                ),
                ("postcode", models.CharField(blank=True, max_length=12)),
                (
                    "phone",
                    phonenumber_field.modelfields.PhoneNumberField(
                        blank=True, max_length=128, region=None
                    ),
                ),
                (
                    "time_zone",
                    models.CharField(max_length=50, validators=[people.models.known_time_zone]),
                ),
                (
                    "created_at",
                    models.DateTimeField(db_default=backoffice.clock.Clock()),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "identity_key",
                    models.GeneratedField(
                        db_persist=True,
                        expression=leads.models.FacilityKey("name", "address", "postcode"),
                        output_field=models.TextField(),
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "facilities",
            },
        ),
        migrations.CreateModel(
            name="Contact",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("title", models.CharField(blank=True, max_length=120)),
                (
                    "phone",
                    phonenumber_field.modelfields.PhoneNumberField(
                        blank=True, max_length=128, region=None
                    ),
                ),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("is_decision_maker", models.BooleanField(default=False)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="contacts",
                        to="leads.facility",
                    ),
                ),
            ],
            options={
                "ordering": ["-is_decision_maker", "name"],
            },
        ),
        migrations.CreateModel(
            name="Lead",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("source", models.CharField(max_length=40)),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("contacted", "Contacted"),
                            ("qualified", "Qualified"),
                            ("discovery", "Discovery"),
                            ("gameplan", "Gameplan"),
                            ("contract", "Contract"),
                            ("won", "Won"),
                            ("lost", "Lost"),
                        ],
                        default="new",
                        max_length=12,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("flagged", "Flagged"),
                            ("disqualified", "Disqualified"),
                            ("won", "Won"),
                            ("lost", "Lost"),
                        ],
                        default="open",
                        max_length=12,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(db_default=backoffice.clock.Clock()),
                ),
                ("owned_at", models.DateTimeField(null=True)),
                ("pool_since", models.DateTimeField(null=True)),
                ("protected_until", models.DateTimeField(null=True)),
                ("protection_left", models.DurationField(null=True)),
                ("last_contact_at", models.DateTimeField(null=True)),
                ("last_outcome", models.CharField(blank=True, max_length=20)),
                ("no_answer_count", models.PositiveSmallIntegerField(default=0)),
                ("unreached", models.BooleanField(default=False)),
                ("hot_at", models.DateTimeField(null=True)),
                ("follow_up_on", models.DateField(null=True)),
                ("callback_at", models.DateTimeField(null=True)),
                ("queued_at", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leads",
                        to="leads.facility",
                    ),
                ),
                (
                    "opportunity_type",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.opportunitytype",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leads",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "owner_team",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.team",
                    ),
                ),
                (
                    "scope",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.workscope",
                    ),
                ),
                (
                    "pool_scope",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Case(
                            models.When(owner=None, status="open", then=models.F("scope_id")),
                            default=None,
                        ),
                        output_field=models.IntegerField(null=True),
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LeadGrant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "content_object",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="grants",
                        to="leads.lead",
                    ),
                ),
                (
                    "permission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        to="auth.permission",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                (
                    "word",
                    models.CharField(max_length=200, primary_key=True, serialize=False),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FacilitySearch",
            fields=[
                (
                    "facility",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="leads.facility",
                    ),
                ),
                ("doc", models.TextField()),
            ],
        ),
        migrations.AddIndex(
            model_name="facility",
            index=models.Index(models.F("identity_key"), name="facility_by_key"),
        ),
        migrations.AddIndex(
            model_name="facility",
            index=models.Index(
                models.F("phone"),
                condition=models.Q(("phone", ""), _negated=True),
                name="facility_by_phone",
            ),
        ),
        migrations.AddConstraint(
            model_name="facility",
            constraint=models.UniqueConstraint(
                condition=models.Q(("external_id", ""), _negated=True),
                fields=("source", "external_id"),
                name="one_facility_per_external_id",
            ),
        ),
        migrations.AddConstraint(
            model_name="facility",
            constraint=models.UniqueConstraint(
                condition=models.Q(("external_id", "")),
                fields=("identity_key",),
                name="one_facility_per_name_and_address",
            ),
        ),
        migrations.AddConstraint(
            model_name="facility",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True),
                name="a_facility_has_a_name",
            ),
        ),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_decision_maker", True)),
                fields=("facility",),
                name="one_decision_maker_per_facility",
            ),
        ),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True),
                name="a_contact_has_a_name",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("owner__isnull", False), ("status", "open")),
                fields=["owner"],
                include=(
                    "id",
                    "protected_until",
                    "callback_at",
                    "follow_up_on",
                    "queued_at",
                    "hot_at",
                    "unreached",
                    "created_at",
                    "owned_at",
                    "last_contact_at",
                    "opportunity_type",
                    "stage",
                    "scope",
                    "status",
                    "owner_team",
                    "pool_scope",
                ),
                name="lead_queue",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("pool_scope__isnull", False)),
                fields=["pool_scope", "-pool_since", "-id"],
                include=(
                    "source",
                    "owner",
                    "owner_team",
                    "status",
                    "scope",
                    "protected_until",
                    "facility",
                ),
                name="lead_pool",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("pool_scope__isnull", False)),
                fields=["-pool_since", "-id"],
                include=(
                    "pool_scope",
                    "source",
                    "owner",
                    "owner_team",
                    "status",
                    "scope",
                    "protected_until",
                    "facility",
                ),
                name="lead_pool_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("owner__isnull", False), ("status", "open")),
                fields=["protected_until", "id"],
                name="lead_expiry",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(fields=["owner_team", "-created_at", "-id"], name="lead_team"),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(fields=["-created_at", "-id"], name="lead_newest"),
        ),
        migrations.AddConstraint(
            model_name="lead",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["won", "lost"]), _negated=True),
                fields=("facility", "opportunity_type"),
                name="one_live_lead_per_facility_and_type",
            ),
        ),
        migrations.AddConstraint(
            model_name="lead",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "open"), _negated=True),
                    models.Q(
                        ("owned_at__isnull", True),
                        ("owner__isnull", True),
                        ("pool_since__isnull", False),
                        ("protected_until__isnull", True),
                    ),
                    models.Q(
                        ("owned_at__isnull", False),
                        ("owner__isnull", False),
                        ("pool_since__isnull", True),
                        ("protected_until__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="an_open_lead_is_owned_or_in_the_pool",
            ),
        ),
        migrations.AddConstraint(
            model_name="lead",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status", "open"),
                    models.Q(("pool_since__isnull", True), ("protected_until__isnull", True)),
                    _connector="OR",
                ),
                name="only_open_leads_have_a_window_or_a_pool",
            ),
        ),
        migrations.AddConstraint(
            model_name="lead",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("protection_left__isnull", True),
                    ("status", "flagged"),
                    _connector="OR",
                ),
                name="only_flagged_leads_have_a_stopped_window",
            ),
        ),
        migrations.AddConstraint(
            model_name="lead",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "flagged"), _negated=True),
                    models.Q(
                        ("owned_at__isnull", False),
                        ("owner__isnull", False),
                        ("protection_left__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="a_flagged_lead_keeps_its_owner_and_their_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="lead",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ["won", "lost"]), _negated=True),
                    ("owner__isnull", False),
                    _connector="OR",
                ),
                name="won_and_lost_leads_keep_their_owner",
            ),
        ),
        migrations.AddConstraint(
            model_name="lead",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "won"), ("stage", "won")),
                    models.Q(("status", "lost"), ("stage", "lost")),
                    models.Q(
                        models.Q(("status__in", ["won", "lost"]), _negated=True),
                        models.Q(("stage__in", ["won", "lost"]), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="won_and_lost_are_stage_and_status",
            ),
        ),
        migrations.AlterUniqueTogether(
            name="leadgrant",
            unique_together={("user", "permission", "content_object")},
        ),
    ]
