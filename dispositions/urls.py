from django.urls import path

from dispositions import views

app_name = "dispositions"
urlpatterns = [
    path("leads/<int:pk>/activity", views.activity, name="activity"),
    path("leads/<int:pk>/disposition", views.disposition, name="disposition"),
    path("leads/<int:pk>/menu", views.menu, name="menu"),
    path("dispositions/<int:pk>/undo", views.undo, name="undo"),
]
