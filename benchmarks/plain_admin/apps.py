from django.apps import AppConfig


class PlainAdminConfig(AppConfig):
    name = "benchmarks.plain_admin"
    label = "plain_admin"
