from django.urls import path

from benchmarks.plain_admin.admin import site

urlpatterns = [path("admin/", site.urls)]
