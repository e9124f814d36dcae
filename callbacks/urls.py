from django.urls import path

from callbacks import views

app_name = "callbacks"
urlpatterns = [
    path("callbacks", views.diary, name="diary"),
    path("callbacks/<int:pk>/cancel", views.cancel, name="cancel"),
    path("callbacks/<int:pk>/complete", views.complete, name="complete"),
]
