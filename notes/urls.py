from django.urls import path

from notes import views

app_name = "notes"
urlpatterns = [
    path("notes", views.show_list, name="list"),
    path("notes.csv", views.export, name="csv"),
    path("notes/<int:pk>", views.note, name="note"),
    path("notes/<int:pk>/edit", views.edit, name="edit"),
    path("leads/<int:pk>/notes", views.of_lead, name="of_lead"),
    path("leads/<int:pk>/notes/new", views.new_on_lead, name="new_on_lead"),
    path("clients/<int:pk>/notes", views.of_client, name="of_client"),
    path("clients/<int:pk>/notes/new", views.new_on_client, name="new_on_client"),
    path("people", views.people, name="people"),
    path("people/<int:pk>/notes", views.of_person, name="of_person"),
    path("people/<int:pk>/notes/new", views.new_on_person, name="new_on_person"),
]
