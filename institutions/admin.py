from django.contrib import admin

from accounts.admin import ReadOnlyAdmin
from institutions.models import (
    Acknowledgement,
    Filing,
    Jurisdiction,
    Licence,
    PlatformAgreement,
    Profile,
    RuleSet,
    Setting,
    Suspension,
    Town,
)


@admin.register(Town)
class TownAdmin(ReadOnlyAdmin):
    list_display = ["code", "name", "kind"]
    search_fields = ["name", "code"]


@admin.register(Profile)
class ProfileAdmin(ReadOnlyAdmin):
    list_display = ["organisation", "supervision_phone", "responsible_person", "platform_kind"]
    list_select_related = ["organisation"]
    search_fields = ["organisation__name"]


@admin.register(Licence)
class LicenceAdmin(ReadOnlyAdmin):
    list_display = ["organisation", "number", "issued_on", "expires_on"]
    list_select_related = ["organisation"]
    search_fields = ["organisation__name", "number"]


@admin.register(Filing)
class FilingAdmin(ReadOnlyAdmin):
    list_display = ["organisation", "mode", "filed_at", "approved", "approved_from", "withdrawn_on"]
    list_filter = ["mode", "approved"]
    list_select_related = ["organisation"]


@admin.register(Suspension)
class SuspensionAdmin(ReadOnlyAdmin):
    list_display = ["organisation", "starts_on", "ends_on", "clause", "lifted_at"]
    list_select_related = ["organisation"]


@admin.register(Jurisdiction)
class JurisdictionAdmin(ReadOnlyAdmin):
    list_display = ["organisation", "town", "starts_on", "ends_on"]
    list_select_related = ["organisation", "town"]
    search_fields = ["organisation__name", "town__name"]


@admin.register(RuleSet)
class RuleSetAdmin(ReadOnlyAdmin):
    list_display = ["organisation", "kind", "version", "effective_on", "published_at"]
    list_filter = ["kind"]
    list_select_related = ["organisation"]


@admin.register(Acknowledgement)
class AcknowledgementAdmin(ReadOnlyAdmin):
    list_display = ["rule_set", "user", "at"]
    list_select_related = ["rule_set__organisation", "user"]


@admin.register(PlatformAgreement)
class PlatformAgreementAdmin(ReadOnlyAdmin):
    list_display = ["organisation", "counterparty", "signed_on", "expires_on"]
    list_select_related = ["organisation"]


@admin.register(Setting)
class SettingAdmin(ReadOnlyAdmin):
    list_display = ["district", "key", "value", "effective_on", "set_by", "set_at"]
    list_filter = ["key"]
    list_select_related = ["district", "set_by"]
