"""Leads as a plain admin shows them."""

from django.contrib.admin import AdminSite, ModelAdmin

from leads.models import Lead


class LeadAdmin(ModelAdmin):
    list_display = [
        "facility",
        "opportunity_type",
        "owner",
        "stage",
        "last_outcome",
        "last_contact_at",
        "protected_until",
    ]
    list_select_related = ["facility", "opportunity_type", "owner"]
    list_filter = ["status", "stage"]
    search_fields = ["facility__name"]
    # A drop-down of every facility would never be answered; the owners have their drop-down.
    raw_id_fields = ["facility"]
    fields = ["facility", "opportunity_type", "source", "stage", "status", "owner"]


site = AdminSite()
site.register(Lead, LeadAdmin)
