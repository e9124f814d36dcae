from django.urls import path

from notifications import views

app_name = "notifications"
urlpatterns = [
    path("notifications", views.show_all, name="list"),
    path("notifications/bell", views.bell, name="bell"),
    path("notifications/read", views.read_all, name="read_all"),
    path("notifications/<int:pk>/read", views.read, name="read"),
    path("notifications/<int:pk>/follow", views.follow, name="follow"),
    path("settings/email", views.settings, name="settings"),
]
