from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from .models import AuditEntry

# The recorder's rows are written before our own table exists.
NOT_AUDITED = (AuditEntry, LogEntry, Session, MigrationRecorder.Migration)


@receiver(post_save)
def log_save(sender, instance, created, **kwargs):
    if sender in NOT_AUDITED:
        return
    AuditEntry.objects.create(
        verb="created" if created else "changed",
        model=sender._meta.label,
        object_id=instance.pk,
    )


@receiver(post_delete)
def log_delete(sender, instance, **kwargs):
    if sender in NOT_AUDITED:
        return
    AuditEntry.objects.create(
        verb="deleted", model=sender._meta.label, object_id=instance.pk
    )
