from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.test import TestCase
from django.urls import reverse

from .models import AuditEntry


class AuditTests(TestCase):
    def setUp(self):
        self.root = User.objects.create_superuser("root")
        self.client.force_login(self.root)
        AuditEntry.objects.all().delete()

    def entries(self):
        return [str(entry) for entry in AuditEntry.objects.all()]

    def test_rows_of_every_model_are_audited(self):
        self.client.post(reverse("admin:auth_group_add"), {"name": "staff"})
        group = Group.objects.get()
        self.client.post(
            reverse("admin:auth_group_change", args=[group.pk]), {"name": "clerks"}
        )
        self.client.post(
            reverse("admin:auth_group_delete", args=[group.pk]), {"post": "yes"}
        )
        self.assertEqual(
            self.entries(),
            [
                f"created auth.Group {group.pk}",
                f"changed auth.Group {group.pk}",
                f"deleted auth.Group {group.pk}",
            ],
        )

    def test_own_models_too(self):
        self.client.post(reverse("admin:catalog_tag_add"), {"name": "signed"})
        self.assertRegex(self.entries()[0], r"^created catalog\.Tag \d+$")

    def test_sessions_and_the_admin_log_are_left_out(self):
        self.client.post(reverse("admin:auth_group_add"), {"name": "staff"})
        self.assertTrue(Session.objects.exists())
        self.assertTrue(LogEntry.objects.exists())
        self.assertEqual(len(self.entries()), 1)

    def test_the_log_is_read_only(self):
        url = reverse("admin:audit_auditentry_add")
        self.assertEqual(self.client.get(url).status_code, 403)


class MigrationTests(TestCase):
    def test_rows_of_migrations_are_audited(self):
        entries = AuditEntry.objects.filter(model="catalog.Genre", verb="created")
        self.assertEqual(entries.count(), 4)
