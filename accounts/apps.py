from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import receivers  # noqa: F401 (what the audit log hears of)
        from accounts.limits import count_in_the_database
        from accounts.roles import settle_after_migrating

        count_in_the_database()
        post_migrate.connect(settle_after_migrating, sender=self)
