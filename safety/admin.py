"""Support sees that something was reported and answered, not what was said."""

from django.contrib import admin

from accounts.admin import ReadOnlyAdmin
from safety.models import Complaint, Incident


@admin.register(Complaint)
class ComplaintAdmin(ReadOnlyAdmin):
    list_display = ["pk", "centre", "status", "opened_at", "closed_at"]
    list_filter = ["status"]
    list_select_related = ["centre"]
    fields = ["centre", "status", "opened_at", "closed_at"]


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin):
    list_display = ["pk", "centre", "kind", "opened_at", "closed_at"]
    list_filter = ["kind"]
    list_select_related = ["centre"]
    fields = ["centre", "kind", "opened_at", "closed_at"]
