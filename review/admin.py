"""The bad-data review in the admin."""

from django.urls import path

from people.admin_site import Section, site
from review import views

site.add(
    Section(
        "Leads to review",
        "What reps reported as bad data: correct it, merge it, or discard it.",
        "admin:review",
        "leads.resolve_flag",
        10,
    ),
    [
        path("review", views.show_list, name="review"),
        path("review/<int:pk>", views.show_lead, name="review_lead"),
        path("review/<int:pk>/resolve", views.resolve, name="review_resolve"),
        path("review/<int:pk>/discard", views.discard, name="review_discard"),
        path("review/<int:pk>/merge", views.merge, name="review_merge"),
        path("review/<int:pk>/unmerge", views.unmerge, name="review_unmerge"),
    ],
)
