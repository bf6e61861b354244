from django.db import models


class AuditEntry(models.Model):
    verb = models.CharField(max_length=10)
    model = models.CharField(max_length=100)
    object_id = models.CharField(max_length=40)
    logged_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "audit entries"

    def __str__(self):
        return f"{self.verb} {self.model} {self.object_id}"
