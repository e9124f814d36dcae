from django.apps import AppConfig


class HistoryConfig(AppConfig):
    name = "history"

    def ready(self):
        from history import access  # noqa: F401 - hears of those who sign in
