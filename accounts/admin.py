"""Django admin is a window for support, not a door: nothing can be added, changed or deleted in it."""

from django.contrib import admin

from accounts.models import Organization, Post, User


class ReadOnlyAdmin(admin.ModelAdmin):
    """Shows rows and never writes one; writing belongs to the verbs in ``services``."""

    actions = None
    list_per_page = 50

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    list_display = ["username", "display_name", "is_active", "is_demo", "last_login"]
    search_fields = ["username"]
    fields = ["username", "display_name", "is_active", "is_demo", "last_login", "date_joined"]


@admin.register(Post)
class PostAdmin(ReadOnlyAdmin):
    list_display = ["user", "role", "organisation", "starts_on", "ends_on", "ended_at"]
    list_filter = ["role"]
    list_select_related = ["user", "organisation"]
    search_fields = ["user__username", "organisation__name"]


@admin.register(Organization)
class OrganizationAdmin(ReadOnlyAdmin):
    list_display = ["name", "kind", "parent", "phone"]
    list_filter = ["kind"]
    list_select_related = ["parent"]
    search_fields = ["name", "short_name"]
