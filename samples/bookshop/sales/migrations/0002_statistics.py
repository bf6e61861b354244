from django.db import migrations


def create_statistics(apps, schema_editor):
    Statistic = apps.get_model("sales", "Statistic")
    Statistic.objects.create(name="books sold")


class Migration(migrations.Migration):
    dependencies = [
        ("sales", "0001_initial"),
        # The audit log takes this row down as well.
        ("audit", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(create_statistics, migrations.RunPython.noop),
    ]
