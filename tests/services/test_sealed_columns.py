"""Names rest sealed and are read like any text; whatever would go past the row is refused aloud."""

import copy
import pickle
from importlib import import_module

import pytest
from cryptography.exceptions import InvalidTag
from django.apps import apps as models_now
from django.core.exceptions import FieldError
from django.db import connection
from django.db.models import Q
from django.template import Context, Template

from accounts.models import User
from accounts.sealed import BlindIndex, SealedText, index_of
from nurses.models import Nurse
from patients.models import Address, Consent, Patient
from tests import world
from tests.world import persons, places

pytestmark = pytest.mark.django_db

NAME = "沈玉兰"


@pytest.fixture
def patient(world_of_places):
    return persons.patient(name=NAME)


@pytest.fixture
def world_of_places():
    return world.houses(world.NOW)


def resting(row, column: str) -> bytes:
    """The column as the database has it."""
    return type(row).objects.values_list(column, flat=True).get(pk=row.pk).data


@pytest.mark.clause("002 五(八)")
def test_a_name_rests_unreadable_and_reads_like_any_text(patient):
    found = Patient.objects.get(pk=patient.pk)

    assert NAME.encode() not in resting(patient, "name")
    assert found.name == NAME
    assert f"{found}" == NAME
    assert Template("{{ p.name }}").render(Context({"p": found})) == NAME


@pytest.mark.parametrize(
    "found",
    [
        lambda pk: Address.objects.select_related("patient").get(patient=pk).patient,
        lambda pk: Patient.objects.only("sex").get(pk=pk),
        lambda pk: Patient.objects.only("name").get(pk=pk),
        lambda pk: Patient.objects.defer("name").get(pk=pk),
        lambda pk: copy.copy(Patient.objects.get(pk=pk)),
        lambda pk: pickle.loads(pickle.dumps(Patient.objects.get(pk=pk))),
        lambda pk: Patient.objects.filter(pk=pk).prefetch_related("addresses").first(),
    ],
    ids=["related", "deferred", "only", "defer", "copied", "pickled", "prefetched"],
)
def test_a_name_opens_however_its_row_was_fetched(patient, found):
    assert found(patient.pk).name == NAME


def test_a_name_is_fresh_after_the_row_was_read_anew(patient):
    mine, other = Patient.objects.get(pk=patient.pk), Patient.objects.get(pk=patient.pk)
    assert mine.name == NAME
    other.name = "沈玉梅"
    other.save()

    mine.refresh_from_db()

    assert mine.name == "沈玉梅"


def test_saving_a_row_does_not_write_an_unchanged_name_anew(patient):
    before = resting(patient, "name")
    row = Patient.objects.get(pk=patient.pk)

    row.save()
    row.name = NAME
    row.save()
    assert row.name == NAME
    row.save()
    row.refresh_from_db()
    row.save()

    assert resting(patient, "name") == before


@pytest.mark.clause("002 五(八)")
def test_a_value_copied_to_another_row_or_column_does_not_open(patient):
    other = persons.patient(name="王桂芳")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE patients_patient SET name = %s WHERE id = %s", [resting(patient, "name"), other.pk])
        cursor.execute("UPDATE patients_patient SET contact_name = name WHERE id = %s", [patient.pk])

    with pytest.raises(InvalidTag):
        _ = Patient.objects.get(pk=other.pk).name
    with pytest.raises(InvalidTag):
        _ = Patient.objects.get(pk=patient.pk).contact_name
    with pytest.raises(InvalidTag):  # nor is it written on in silence
        Patient.objects.get(pk=other.pk).save()


@pytest.mark.parametrize(
    "past_the_row",
    [
        lambda: Patient.objects.filter(name=NAME),
        lambda: Patient.objects.filter(name__icontains="玉"),
        lambda: Address.objects.filter(patient__name__in=[NAME]),
        lambda: Patient.objects.exclude(Q(name=NAME)),
        lambda: list(Patient.objects.order_by("name")),
        lambda: list(Nurse.objects.order_by("-user__display_name")),
        lambda: Patient.objects.update(name=NAME),
        lambda: Patient.objects.bulk_update(Patient.objects.all(), ["name"]),
        lambda: str(Patient.objects.values_list("name", flat=True)[0]),
        lambda: f"{Patient.objects.values('name')[0]['name']}",
        lambda: Patient.objects.values("name")[0]["name"] == NAME,
        lambda: Template("{{ p.name }}").render(Context({"p": Patient.objects.values("name")[0]})),
    ],
)
def test_whatever_goes_past_the_row_fails_aloud(patient, past_the_row):
    with pytest.raises((FieldError, TypeError)):
        past_the_row()


def test_what_values_brings_shows_nothing(patient):
    assert repr(Patient.objects.values("name").get()) == "{'name': <sealed>}"


def test_the_database_says_whether_anything_is_there():
    world.houses(world.NOW)
    with_contact, alone = persons.patient(), persons.patient(contact_name="", contact_phone="")

    assert Patient.objects.get(contact_name="") == alone
    assert Patient.objects.exclude(contact_name="").get() == with_contact
    assert resting(alone, "contact_name") == b""
    assert not Patient.objects.filter(name__isnull=True)


def test_equal_names_are_found_by_their_blind_index(patient):
    assert Patient.objects.get(name_index=index_of(Patient, "name", " 沈 玉兰 ")) == patient
    assert not Patient.objects.filter(name_index=index_of(Patient, "name", "沈玉"))
    assert index_of(Patient, "name", NAME) != index_of(User, "display_name", NAME)

    patient.name = "沈玉梅"
    patient.save()

    assert Patient.objects.get(name_index=index_of(Patient, "name", "沈玉梅")) == patient


def test_an_account_s_name_is_bound_to_the_account_name():
    user = places.person("顾晓雯")
    read = User.objects.get(pk=user.pk)
    assert read.display_name == "顾晓雯"

    read.username = "guxiaowen-2"
    read.save()
    assert User.objects.get(pk=user.pk).display_name == "顾晓雯"
    User.objects.filter(pk=user.pk).update(username="somebody-else")

    with pytest.raises(InvalidTag):
        _ = User.objects.get(pk=user.pk).display_name


def test_every_sealed_column_is_kept_out_of_the_trace_and_every_index_has_its_column():
    for model in models_now.get_models():
        for column in model._meta.local_concrete_fields:
            if isinstance(column, SealedText | BlindIndex):
                assert column.name in model.AUDIT_SEALED, column
            if isinstance(column, BlindIndex):
                assert isinstance(model._meta.get_field(column.of), SealedText)


def test_signatures_and_notes_rest_sealed_too(world_of_places):
    town = world.town()
    world.order(town, at="awaiting_dispatch")

    for signed in Consent.objects.all():
        assert "沈家明".encode() not in resting(signed, "signer_name")
        assert signed.strokes.startswith("[[[10,")
        # Long enough not to come about by chance: what is sealed looks like any bytes.
        assert b"[[[10," not in resting(signed, "strokes")
    town.nurse.phone = "15400007777"
    town.nurse.save()
    assert b"154000" not in resting(town.nurse, "phone")
    assert Nurse.objects.get(pk=town.nurse.pk).phone == "15400007777"


def test_the_migration_seals_and_opens_again(patient):
    """The operation itself, between two columns of today's tables."""
    move = import_module("accounts.migrations._sealing").move
    Patient.objects.filter(pk=patient.pk).update(conditions="高血压", allergies="")
    into = move("patients", "patient", {"conditions": "contact_name"})

    into.code(models_now, None)
    assert Patient.objects.get(pk=patient.pk).contact_name == "高血压"
    Patient.objects.filter(pk=patient.pk).update(conditions="")
    into.reverse_code(models_now, None)

    assert Patient.objects.get(pk=patient.pk).conditions == "高血压"
