from django.contrib import admin

from accounts.admin import ReadOnlyAdmin
from nurses.models import (
    Affiliation,
    Certificate,
    Exclusion,
    Insurance,
    Nurse,
    RegistryCheck,
    Shift,
    Training,
)


@admin.register(Nurse)
class NurseAdmin(ReadOnlyAdmin):
    list_display = ["user", "title", "clinical_since", "certificate_expires_on"]
    list_filter = ["title"]
    list_select_related = ["user"]
    search_fields = ["user__username"]


@admin.register(Affiliation)
class AffiliationAdmin(ReadOnlyAdmin):
    list_display = ["nurse", "post", "kind", "recorded_at"]
    list_filter = ["kind"]
    list_select_related = ["nurse__user", "post__user", "post__organisation"]


@admin.register(RegistryCheck)
class RegistryCheckAdmin(ReadOnlyAdmin):
    list_display = ["nurse", "checked_on", "found", "source", "recheck_due"]
    list_filter = ["found"]
    list_select_related = ["nurse__user"]


@admin.register(Exclusion)
class ExclusionAdmin(ReadOnlyAdmin):
    list_display = ["nurse", "kind", "starts_on", "recorded_at", "lifted_at"]
    list_select_related = ["nurse__user"]


@admin.register(Certificate)
class CertificateAdmin(ReadOnlyAdmin):
    list_display = ["nurse", "kind", "issued_on", "expires_on"]
    list_filter = ["kind"]
    list_select_related = ["nurse__user", "kind"]


@admin.register(Training)
class TrainingAdmin(ReadOnlyAdmin):
    list_display = ["nurse", "kind", "hours", "score", "passed_on", "expires_on"]
    list_filter = ["kind"]
    list_select_related = ["nurse__user"]


@admin.register(Insurance)
class InsuranceAdmin(ReadOnlyAdmin):
    list_display = ["nurse", "kind", "insurer", "starts_on", "expires_on"]
    list_filter = ["kind"]
    list_select_related = ["nurse__user"]


@admin.register(Shift)
class ShiftAdmin(ReadOnlyAdmin):
    list_display = ["nurse", "organisation", "kind", "starts_at", "ends_at", "removed_at"]
    list_filter = ["kind"]
    list_select_related = ["nurse__user", "organisation"]
