from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class RvuEdgeConfig(AppConfig):
    name = "rvuedge"
    verbose_name = "RVU Edge"
    default = True

    def ready(self) -> None:
        from rvuedge import checks  # noqa: F401 (registers the checks)


class EditingConfig(admin_apps.AdminConfig):
    """Django's admin app, with our own site in the place of its default one."""

    default_site = "rvuedge.admin_site.EditingSite"
    default = False
