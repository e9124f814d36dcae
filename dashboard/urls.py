from django.urls import path

from dashboard import views

app_name = "dashboard"
urlpatterns = [
    path("dashboard", views.show_dashboard, name="dashboard"),
    path("dashboard/cards", views.cards, name="cards"),
]
