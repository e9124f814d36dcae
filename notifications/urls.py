from django.urls import path

from notifications import views, webhook

app_name = "notifications"
urlpatterns = [
    path("notifications", views.show_all, name="list"),
    path("notifications/bell", views.bell, name="bell"),
    path("notifications/read", views.read_all, name="read_all"),
    path("notifications/<int:pk>/read", views.read, name="read"),
    path("notifications/<int:pk>/follow", views.follow, name="follow"),
    path("notifications/undelivered", views.undelivered, name="undelivered"),
    path("settings/email", views.settings, name="settings"),
    path("webhooks/mail", webhook.mail, name="webhook"),
]
