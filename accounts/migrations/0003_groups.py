from django.db import migrations

NAMES = ["writer", "reviewer", "publisher", "data manager", "support", "administrator"]


def make_groups(apps, schema_editor):
    """Make the six groups. Their rights come from accounts/roles.py after every `migrate`:
    while migrations run on a new database there are no permissions yet."""
    Group = apps.get_model("auth", "Group")
    for name in NAMES:
        Group.objects.using(schema_editor.connection.alias).get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_auditentry"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
