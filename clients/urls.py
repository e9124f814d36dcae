from django.urls import path

from clients import views

app_name = "clients"
urlpatterns = [
    path("leads/<int:pk>/won", views.win, name="win"),
]
