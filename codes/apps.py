from django.apps import AppConfig


class CodesConfig(AppConfig):
    name = "codes"
    verbose_name = "Codes and fee schedules"

    def ready(self):
        from codes import doubts  # noqa: F401 (hears of what is published)
