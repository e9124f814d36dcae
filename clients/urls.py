from django.urls import path

from clients import views

app_name = "clients"
urlpatterns = [
    path("clients", views.show_clients, name="clients"),
    path("clients/<int:pk>", views.folder, name="folder"),
    path("clients/<int:pk>/menu", views.menu, name="menu"),
    path("clients/<int:pk>/disposition", views.disposition, name="disposition"),
    path("clients/<int:pk>/callback", views.callback, name="callback"),
    path("clients/<int:pk>/activity", views.activity, name="activity"),
    path("leads/<int:pk>/won", views.win, name="win"),
]
