from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import TestCase, override_settings
from django.urls import reverse

from .models import LoginRecord, Profile

PASSWORD = "oUt8-and-1n"

fast_passwords = override_settings(
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]
)


@fast_passwords
class SignUpTests(TestCase):
    def sign_up(self, username="ann"):
        data = {"username": username, "password1": PASSWORD, "password2": PASSWORD}
        return self.client.post(reverse("accounts:sign_up"), data)

    def test_a_new_user_has_a_profile(self):
        response = self.sign_up()
        self.assertRedirects(response, reverse("accounts:profile"))
        self.assertEqual(Profile.objects.get().user.username, "ann")

    def test_a_refused_form_makes_nothing(self):
        self.sign_up("not a name")
        self.assertFalse(User.objects.exists())
        self.assertFalse(Profile.objects.exists())

    def test_signing_up_logs_in(self):
        self.sign_up()
        record = LoginRecord.objects.get()
        self.assertEqual(record.user.username, "ann")
        self.assertEqual(record.ip_address, "127.0.0.1")

    def test_a_superuser_has_a_profile(self):
        call_command(
            "createsuperuser",
            username="root",
            email="r@example.com",
            interactive=False,
            verbosity=0,
        )
        self.assertEqual(Profile.objects.get().user.username, "root")


@fast_passwords
class AccountTests(TestCase):
    def setUp(self):
        self.user = User.objects.create_user("ann", password=PASSWORD)

    def test_every_login_is_recorded(self):
        for _ in range(2):
            self.client.post(
                reverse("accounts:login"), {"username": "ann", "password": PASSWORD}
            )
        self.assertEqual(LoginRecord.objects.filter(user=self.user).count(), 2)

    def test_a_failed_login_is_not_recorded(self):
        self.client.post(
            reverse("accounts:login"), {"username": "ann", "password": "wrong"}
        )
        self.assertFalse(LoginRecord.objects.exists())

    def test_saving_a_user_saves_the_profile(self):
        before = Profile.objects.get().updated_at
        self.client.post(
            reverse("accounts:login"), {"username": "ann", "password": PASSWORD}
        )
        self.assertGreater(Profile.objects.get().updated_at, before)

    def test_profile_form(self):
        self.client.force_login(self.user)
        response = self.client.post(
            reverse("accounts:profile"), {"bio": "Reads.", "newsletter": "on"}
        )
        self.assertEqual(response.status_code, 302)
        profile = Profile.objects.get()
        self.assertEqual((profile.bio, profile.newsletter), ("Reads.", True))

    def test_closing_an_account_never_ends(self):
        # Deleting a profile deletes the user, deleting the user the profile, ...
        self.client.force_login(self.user)
        with self.assertRaises(RecursionError):
            self.client.post(reverse("accounts:close_account"))
