"""Who deletes the rows of a package's model, and what cascades from them.

    user.delete()                        lines of the project, which are rewritten
    class AccountAdmin(UserAdmin)        pages of the project, which are rewritten
    path("admin/", admin.site.urls)      the admin's own page for users, where the admin is
                                         installed and the project registers none: blocks
    admin.site.unregister(Group)         nobody, where that page is taken away
    "djoser" in INSTALLED_APPS           a package that deletes users: blocks

What else deletes them, a package that isn't known here or a shell, is a named difference.
"""

from __future__ import annotations

from codemod.project.project import Project

ADMIN = "django.contrib.admin"
ITS_PAGE = "the admin"
# The known models of Django, and the admin class that their app registers.
OWN_ADMINS = {
    "auth.User": "django.contrib.auth.admin.UserAdmin",
    "auth.Group": "django.contrib.auth.admin.GroupAdmin",
    "sites.Site": "django.contrib.sites.admin.SiteAdmin",
    # Only those of models that are no more are deleted, by `remove_stale_contenttypes`.
    "contenttypes.ContentType": None,
    "auth.Permission": None,
}
# Apps with a view or a command that deletes users.
DELETING_USERS = frozenset(
    "djoser registration oscar.apps.customer wagtail.users django_scim guest_user lazysignup "
    "account userena graphql_auth gqlauth gdpr_assist cms".split()
)


def culprits(project: Project, label: str) -> tuple[str, ...]:
    """What deletes rows of a package's model beside the project, as far as it is known."""
    if label not in OWN_ADMINS:
        return ("its package",)
    found: list[str] = []
    if OWN_ADMINS[label] is not None and has_page(project, label):
        found.append(ITS_PAGE)
    if label == "auth.User":
        found += sorted(DELETING_USERS & project.apps.listed)
    return tuple(found)


def has_page(project: Project, label: str) -> bool:
    """Whether the pages that a package registers for its model are there: the admin is installed,
    and the project has none of its own in their place and takes them out nowhere."""
    apps = project.apps.named
    if apps is not None and ADMIN not in apps:
        return False
    own = any(
        entry.model == label and (entry.site == "site" or entry.site.endswith("admin.site"))
        for entry in project.admin_entries()
    )
    gone = any(taken.model == label and taken.always for taken in project.admin_withdrawals)
    return not (own or gone)
