"""Only the texts are shown: whoever supports the platform has no business with patients' data (002 五(八))."""

from django.contrib import admin

from accounts.admin import ReadOnlyAdmin
from patients.models import PaperText


@admin.register(PaperText)
class PaperTextAdmin(ReadOnlyAdmin):
    list_display = ["kind", "version", "district", "effective_on", "published_at"]
    list_filter = ["kind"]
    list_select_related = ["district"]
