from django.urls import path

from leads import (
    callback_views,
    oversight_views,
    protection_views,
    reassign_views,
    views,
    workflow_views,
)

app_name = "leads"
urlpatterns = [
    path("leads", views.show_queue, name="queue"),
    path("leads/pool", views.show_pool, name="pool"),
    path("leads/protected", protection_views.show_protected, name="protected"),
    path("leads/protected.csv", protection_views.export_protected, name="protected_csv"),
    path("leads/new", views.new_lead, name="new_lead"),
    path("leads/<int:pk>", views.folder, name="folder"),
    path("leads/<int:pk>/workflow", workflow_views.workflow, name="workflow"),
    path("leads/<int:pk>/stage", workflow_views.move_stage, name="move_stage"),
    path("leads/<int:pk>/plan", workflow_views.plan, name="plan"),
    path("leads/<int:pk>/claim", views.claim, name="claim"),
    path("leads/<int:pk>/release", protection_views.release, name="release"),
    path("leads/<int:pk>/reopen", oversight_views.reopen, name="reopen"),
    path("leads/<int:pk>/sharing", oversight_views.sharing, name="sharing"),
    path("leads/<int:pk>/sight", oversight_views.sight, name="sight"),
    path(
        "leads/<int:pk>/sharing/<int:user_pk>/withdraw",
        oversight_views.withdraw,
        name="withdraw_grant",
    ),
    path("leads/<int:pk>/reassign", reassign_views.reassign, name="reassign"),
    path("leads/<int:pk>/callback", callback_views.callback, name="callback"),
    path("leads/<int:pk>/email", views.email, name="email"),
    path("leads/<int:pk>/tasks/<int:task_pk>/done", views.complete_task, name="complete_task"),
    path("leads/<int:pk>/facility", views.edit_facility, name="edit_facility"),
    path("leads/<int:pk>/contacts", views.add_contact, name="add_contact"),
    path("leads/<int:pk>/contacts/<int:contact_pk>", views.edit_contact, name="edit_contact"),
    path(
        "leads/<int:pk>/contacts/<int:contact_pk>/decision-maker",
        views.choose_decision_maker,
        name="choose_decision_maker",
    ),
]
