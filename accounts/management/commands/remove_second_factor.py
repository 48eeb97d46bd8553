"""For somebody who has lost phone and backup codes, and has shown who they are."""

from django.core.management.base import BaseCommand, CommandError

from accounts import second_factor
from accounts.models import User


class Command(BaseCommand):
    help = "Removes a person's second factor, so that the password alone signs in again."

    def add_arguments(self, parser):
        parser.add_argument("email")

    def handle(self, *, email, **options):
        try:
            user = User.objects.get_by_natural_key(email)
        except User.DoesNotExist:
            raise CommandError(f"Nobody has the address {email}.") from None
        if not second_factor.take_away(user):
            return f"{user} had no second factor. Their sessions are ended."
        return f"The second factor of {user} is removed, and their sessions are ended."
