from django.contrib import admin

from accounts.admin import ReadOnlyAdmin
from catalog.models import (
    Category,
    CertificateKind,
    Edition,
    Item,
    ItemCertificate,
    ItemMeasurement,
    ItemStep,
    Measurement,
    NegativeEntry,
    Offering,
)


@admin.register(Edition)
class EditionAdmin(ReadOnlyAdmin):
    list_display = ["name", "district", "issued_on", "effective_from", "effective_to"]
    list_select_related = ["district"]


@admin.register(Category)
class CategoryAdmin(ReadOnlyAdmin):
    list_display = ["edition", "number", "name"]
    list_select_related = ["edition"]


@admin.register(CertificateKind)
class CertificateKindAdmin(ReadOnlyAdmin):
    list_display = ["code", "name"]


@admin.register(Measurement)
class MeasurementAdmin(ReadOnlyAdmin):
    list_display = ["key", "label", "type", "unit", "minimum", "maximum", "alert_below", "alert_from"]
    list_filter = ["type"]
    search_fields = ["key", "label"]


@admin.register(Item)
class ItemAdmin(ReadOnlyAdmin):
    list_display = ["number", "name", "category", "edition", "risk", "duration_min", "patient_sex"]
    list_filter = ["edition", "risk"]
    list_select_related = ["category", "edition"]
    search_fields = ["name", "code"]


@admin.register(ItemStep)
class ItemStepAdmin(ReadOnlyAdmin):
    list_display = ["item", "number", "text"]
    list_select_related = ["item"]
    search_fields = ["item__name"]


@admin.register(ItemMeasurement)
class ItemMeasurementAdmin(ReadOnlyAdmin):
    list_display = ["item", "measurement", "position", "required"]
    list_select_related = ["item", "measurement"]
    search_fields = ["item__name"]


@admin.register(ItemCertificate)
class ItemCertificateAdmin(ReadOnlyAdmin):
    list_display = ["item", "kind", "clause"]
    list_select_related = ["item", "kind"]


@admin.register(Offering)
class OfferingAdmin(ReadOnlyAdmin):
    list_display = ["organisation", "item", "offered", "reason", "starts_on", "ends_on"]
    list_filter = ["offered"]
    list_select_related = ["organisation", "item"]
    search_fields = ["organisation__name", "item__name"]


@admin.register(NegativeEntry)
class NegativeEntryAdmin(ReadOnlyAdmin):
    list_display = ["text", "kind", "clause", "starts_on", "ends_on"]
    list_filter = ["kind"]
    search_fields = ["text"]
