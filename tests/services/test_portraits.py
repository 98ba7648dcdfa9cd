"""The face on a nurse's badge: put there by her centre, small and without its place, one at a time."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from PIL.ExifTags import IFD

from accounts.roles import Role
from kernel.refusals import Hidden, Invalid, NotYours
from nurses import selectors, services
from nurses.models import Portrait
from patients import vault
from tests import world
from tests.world import places, traces

pytestmark = [pytest.mark.django_db, pytest.mark.clause("002 五(九)2")]


def face(colour=(120, 90, 70), kind="JPEG"):
    exif = Image.Exif()
    exif[0x0110] = "SECRET-PHONE"
    exif.get_ifd(IFD.GPSInfo).update({1: "N", 2: (31.0, 13.0, 30.0)})
    out = io.BytesIO()
    Image.new("RGB", (1600, 2400), colour).save(out, kind, **({"exif": exif} if kind == "JPEG" else {}))
    return SimpleUploadedFile(f"face.{kind.lower()}", out.getvalue())


@pytest.fixture
def town():
    return world.town()


def record(town, file, by=None):
    by = by or town.actor(Role.CENTRE_ADMIN)
    return services.record_portrait(nurse_id=town.nurse.pk, file=file, by=by, now=town.now)


def test_a_centre_puts_a_small_picture_without_its_place_on_the_badge(town):
    row = record(town, face())

    data = vault.path_of(row.pk).read_bytes()
    assert len(data) == row.size < 30_000
    assert b"SECRET" not in data
    with Image.open(io.BytesIO(data)) as picture:
        assert (picture.size, picture.format, dict(picture.getexif())) == ((240, 320), "JPEG", {})
    assert selectors.face_of(town.nurse.pk).startswith("data:image/jpeg;base64,")
    assert traces.act("nurses.portrait_recorded").data["sha256"] == row.sha256


def test_a_new_picture_takes_the_place_of_the_one_before_and_the_same_one_changes_nothing(town):
    first = record(town, face())
    same = record(town, face())
    second = record(town, face((20, 60, 90), "PNG"))

    assert same == first
    assert Portrait.objects.get(ended_at__isnull=True) == second
    assert Portrait.objects.count() == 2


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (None, "portrait.none"),
        (SimpleUploadedFile("face.pdf", b"%PDF-1.4\n1 0 obj\nendobj\ntrailer\n%%EOF"), "portrait.type"),
        (SimpleUploadedFile("face.jpg", b"\xff\xd8\xff\xe0 not a picture"), "upload.broken"),
    ],
)
def test_what_is_no_picture_does_not_come_onto_a_badge(town, file, code):
    with pytest.raises(Invalid) as no:
        record(town, file)

    assert [reason.code for reason in no.value.reasons] == [code]
    assert not Portrait.objects.exists()


def test_neither_the_nurse_herself_nor_another_centre_changes_the_face(town):
    stranger = places.staff(places.centre(town.centre.parent, towns=(), name="川沙"), Role.CENTRE_ADMIN)

    with pytest.raises(NotYours):
        record(town, face(), by=town.actor(Role.NURSE))
    with pytest.raises(Hidden):
        record(town, face(), by=stranger)

    assert selectors.face_of(town.nurse.pk) == ""


def test_a_badge_stands_although_the_file_behind_the_picture_is_gone(town):
    vault.path_of(record(town, face()).pk).unlink()

    assert selectors.face_of(town.nurse.pk) == ""
