"""Imports in the admin."""

from django.urls import path

from imports import views
from people.admin_site import Section, site

site.add(
    Section(
        "Imports",
        "Files of facilities become leads: check them, import them, take them back.",
        "admin:imports",
        "imports.import_leads",
        20,
    ),
    [
        path("imports", views.show_list, name="imports"),
        path("imports/<int:pk>", views.show_import, name="import"),
        path("imports/<int:pk>/columns", views.choose_columns, name="import_columns"),
        path("imports/<int:pk>/start-over", views.start_over, name="import_start_over"),
        path("imports/<int:pk>/commit", views.commit, name="import_commit"),
        path("imports/<int:pk>/cancel", views.cancel, name="import_cancel"),
        path("imports/<int:pk>/revert", views.revert, name="import_revert"),
        path("imports/<int:pk>/rejected.csv", views.rejected, name="import_rejected"),
    ],
)
