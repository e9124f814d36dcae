from django.urls import path

from bulk import views

app_name = "bulk"
urlpatterns = [
    path("leads/bulk", views.begin, name="begin"),
    path("leads/bulk/reassign", views.choose, name="choose"),
    path("history/bulk/<uuid:pk>", views.show, name="show"),
    path("history/bulk/<uuid:pk>/next", views.go_on, name="next"),
    path("history/bulk/<uuid:pk>/undo", views.undo, name="undo"),
    path("history/bulk/<uuid:pk>/skipped.csv", views.skipped, name="skipped_csv"),
]
