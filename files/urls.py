from django.urls import path

from files import views

app_name = "files"
urlpatterns = [
    path("leads/<int:pk>/files", views.files, name="files"),
    path("leads/<int:pk>/files/<int:file_pk>", views.download, name="download"),
    path("leads/<int:pk>/files/<int:file_pk>/delete", views.delete, name="delete"),
]
