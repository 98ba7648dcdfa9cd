"""Support sees that a message was written and read, not to whom about whom."""

from django.contrib import admin

from accounts.admin import ReadOnlyAdmin
from notifications.models import Message


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ["event", "template", "created_at", "read_at"]
    list_filter = ["template"]
    fields = ["event", "template", "created_at", "read_at"]
