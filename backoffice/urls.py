"""Every URL of the product; the names are contract.md's."""

from django.urls import include, path

from backoffice import views
from people.admin_site import site

urlpatterns = [
    path("", views.home, name="home"),
    path("unsent", views.unsent, name="unsent"),
    path("livez", views.livez, name="livez"),
    path("readyz", views.readyz, name="readyz"),
    path("", include("people.urls")),
    path("", include("leads.urls")),
    path("", include("dispositions.urls")),
    path("", include("clients.urls")),
    path("", include("bulk.urls")),
    path("", include("files.urls")),
    path("", include("dashboard.urls")),
    path("", include("search.urls")),
    path("", include("notes.urls")),
    path("", include("callbacks.urls")),
    path("", include("notifications.urls")),
    path("admin/", site.urls),
]

handler500 = "backoffice.views.server_error"
