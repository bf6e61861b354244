from django.db import migrations

GENRES = ["Crime", "Essays", "Novels", "Poetry"]


def create_genres(apps, schema_editor):
    Genre = apps.get_model("catalog", "Genre")
    for name in GENRES:
        Genre.objects.create(name=name)


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0001_initial"),
        # The audit log takes these rows down as well.
        ("audit", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(create_genres, migrations.RunPython.noop),
    ]
