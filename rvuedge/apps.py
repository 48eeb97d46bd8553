from django.apps import AppConfig


class RvuEdgeConfig(AppConfig):
    name = "rvuedge"
    verbose_name = "RVU Edge"

    def ready(self) -> None:
        from rvuedge import checks  # noqa: F401 (registers the checks)
