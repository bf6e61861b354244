from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_save, pre_delete
from django.dispatch import receiver

from .models import LoginRecord, Profile


@receiver(post_save, sender=User)
def create_profile(sender, instance, created, **kwargs):
    if created:
        Profile.objects.create(user=instance)


@receiver(post_save, sender=User)
def save_profile(sender, instance, **kwargs):
    instance.profile.save()


@receiver(pre_delete, sender=Profile)
def delete_user(sender, instance, **kwargs):
    instance.user.delete()


@receiver(user_logged_in)
def record_login(sender, request, user, **kwargs):
    LoginRecord.objects.create(user=user, ip_address=request.META.get("REMOTE_ADDR"))
