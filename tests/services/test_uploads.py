"""Papers handed in: typed by content, made safe, kept privately, every look on record."""

import io
import os
import stat

import pytest
from PIL import Image, PngImagePlugin

from accounts.roles import Role
from kernel.refusals import Hidden, Invalid, NotYours, Refused
from patients import services, vault
from patients.models import Upload
from tests.world import persons, places, traces
from tests.world.places import NOW, SETUP

pytestmark = [pytest.mark.django_db, pytest.mark.clause("004 三(八)")]

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def shelf(settings, tmp_path):
    settings.PRIVATE_UPLOADS = tmp_path / "uploads"
    return settings.PRIVATE_UPLOADS


@pytest.fixture
def centre():
    return places.centre(places.district())


@pytest.fixture
def patient(centre):
    return persons.patient()


def picture(form="JPEG", size=(640, 480), mode="RGB", **extra):
    out = io.BytesIO()
    Image.new(mode, size, "white").save(out, form, **extra)
    return out.getvalue()


def hand_in(patient, data, by=SETUP, kind="identity"):
    return services.upload(patient_id=patient.pk, kind=kind, file=io.BytesIO(data), by=by, now=NOW)


def kept(upload):
    return vault.path_of(upload.pk).read_bytes()


@pytest.mark.parametrize(
    ("data", "content_type"),
    [(picture(), "image/jpeg"), (picture("PNG"), "image/png"), (PDF, "application/pdf")],
    ids=["jpeg", "png", "pdf"],
)
def test_a_paper_is_typed_by_its_content_and_kept_under_a_random_name(patient, shelf, data, content_type):
    upload = hand_in(patient, data)

    assert upload.content_type == content_type
    assert (len(kept(upload)), vault.path_of(upload.pk)) == (
        upload.size,
        shelf / upload.pk.hex[:2] / str(upload.pk),
    )
    assert stat.S_IMODE(os.stat(vault.path_of(upload.pk)).st_mode) == 0o600
    event = traces.act("patients.uploaded")
    assert (event.data["sha256"], event.subject_id) == (upload.sha256, str(patient.pk))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "upload.empty"),
        (b"%PDF-" + b"x" * vault.LARGEST, "upload.too_large"),
        (b"<html><script>alert(1)</script></html>", "upload.type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "upload.type"),
        (b"MZ\x90\x00" + b"\x00" * 200, "upload.type"),
        (b"PK\x03\x04" + b"\x00" * 200, "upload.type"),
        (b"GIF89a" + b"\x00" * 200, "upload.type"),
        (b"hello", "upload.type"),
        (b"<script></script>" + PDF, "upload.type"),
        (picture()[:300], "upload.broken"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 200, "upload.broken"),
        (b"\xff\xd8\xff\xe0<?php system($_GET[0]); ?>", "upload.broken"),
    ],
    ids=["empty", "large", "html", "svg", "exe", "zip", "gif", "text", "late pdf", "cut", "png head", "jpeg head"],
)
def test_a_hostile_or_broken_file_is_refused_and_leaves_nothing(patient, shelf, data, code):
    with pytest.raises(Invalid) as no:
        hand_in(patient, data)

    assert no.value.code == code
    assert list(no.value.field_errors) == ["file"]
    assert not Upload.objects.exists()
    assert not list(shelf.rglob("*")) if shelf.exists() else True


@pytest.mark.parametrize("side", [9_000, 14_000])
def test_a_picture_that_would_fill_the_memory_is_refused_by_its_header(patient, side):
    """A few kilobytes that decode to tens and hundreds of millions of pixels."""
    bomb = picture("PNG", size=(side, side), mode="1")
    assert len(bomb) < 100_000

    with pytest.raises(Invalid) as no:
        hand_in(patient, bomb)

    assert no.value.code == "upload.pixels"


def test_a_bomb_in_a_text_chunk_does_not_go_off(patient):
    notes = PngImagePlugin.PngInfo()
    notes.add_text("comment", "A" * 50_000_000, zip=True)

    with pytest.raises(Invalid) as no:
        hand_in(patient, picture("PNG", pnginfo=notes))

    assert no.value.code == "upload.broken"


@pytest.mark.clause("002 五(八)")
def test_where_a_photo_was_taken_is_not_kept(patient):
    exif = Image.Exif()
    exif[0x010F] = "PhoneMaker"
    exif.get_ifd(0x8825).update({1: "N", 2: (31.0, 13.0, 30.0)})
    photo = picture(exif=exif, comment=b"taken at home")

    upload = hand_in(patient, photo)

    again = Image.open(io.BytesIO(kept(upload)))
    assert not again.getexif()
    assert "comment" not in again.info
    assert b"PhoneMaker" not in kept(upload)


def test_a_photo_taken_sideways_stands_upright_after_its_exif_is_gone(patient):
    exif = Image.Exif()
    exif[0x0112] = 6

    upload = hand_in(patient, picture(size=(640, 480), exif=exif))

    assert Image.open(io.BytesIO(kept(upload))).size == (480, 640)


def test_what_is_appended_to_a_picture_is_cut_off(patient):
    upload = hand_in(patient, picture() + b"<?php system($_GET[0]); ?>")

    assert b"php" not in kept(upload)


def test_a_large_photo_is_brought_to_a_readable_size(patient):
    upload = hand_in(patient, picture(size=(5000, 4000)))

    assert max(Image.open(io.BytesIO(kept(upload))).size) == vault.LONGEST_SIDE


def test_a_see_through_picture_stays_so_and_a_grey_one_is_accepted(patient):
    clear = hand_in(patient, picture("PNG", mode="RGBA"))
    grey = hand_in(patient, picture(mode="L"))

    assert Image.open(io.BytesIO(kept(clear))).mode == "RGBA"
    assert grey.content_type == "image/jpeg"


def test_a_name_on_the_shelf_is_never_written_twice(patient):
    upload = hand_in(patient, PDF)

    with pytest.raises(FileExistsError):
        vault.keep(upload.pk, b"other")


def test_families_hand_in_papers_within_their_scope(centre):
    mother = services.register_for_family(**persons.facts(), relation="儿子", by=persons.family(), now=NOW)
    son = persons.family(mother.proxies.get().user)

    assert hand_in(mother, PDF, by=son).uploaded_by_id == son.user_id
    with pytest.raises(Hidden):
        hand_in(mother, PDF, by=persons.family())
    with pytest.raises(Invalid):
        hand_in(mother, PDF, by=son, kind="poem")
    services.end_proxy(proxy_id=mother.proxies.get().pk, by=son, now=NOW)
    with pytest.raises(Hidden):
        hand_in(mother, PDF, by=persons.family(mother.proxies.get().user))


@pytest.mark.clause("002 五(八)")
def test_every_look_at_a_paper_is_on_record(centre, patient):
    upload, nurse = hand_in(patient, PDF), places.staff(centre, Role.NURSE)

    shown, content = services.show_upload(upload_id=upload.pk, reason="上门前核对", by=nurse, now=NOW)

    with content:
        assert (shown, content.read()) == (upload, PDF)
    event = traces.act("patients.upload_shown")
    assert (event.actor_id, event.reason, event.subject_id) == (str(nurse.user_id), "上门前核对", str(patient.pk))
    with pytest.raises(Hidden):
        services.show_upload(upload_id=upload.pk, reason="好奇", by=persons.family(), now=NOW)


def test_a_paper_of_one_patient_proves_nothing_about_another(centre, patient):
    other = persons.patient()
    upload = hand_in(patient, PDF, kind="proxy")
    proxy = services.add_proxy(
        patient_id=other.pk, user=places.person("沈佳"), relation="女儿", scopes=["sign"], expires_on=NOW.date(),
        by=SETUP, now=NOW,
    )  # fmt: skip

    with pytest.raises(Invalid):
        services.prove_proxy(proxy_id=proxy.pk, proof=upload, by=SETUP, now=NOW)
    with pytest.raises(Invalid):
        services.record_identity_check(
            patient_id=other.pk, kind="police", passed=True, source="窗口", evidence=upload, by=SETUP, now=NOW
        )
    own = hand_in(other, PDF, kind="proxy")
    assert services.prove_proxy(proxy_id=proxy.pk, proof=own, by=SETUP, now=NOW).proof == own
    with pytest.raises(NotYours):
        services.prove_proxy(proxy_id=proxy.pk, proof=own, by=persons.family(proxy.user), now=NOW)


@pytest.mark.clause("002 五(七)1(4)")
def test_a_photographed_signature_is_the_patients_own_paper(centre, patient):
    district = centre.parent
    text = services.publish_text(
        district=district, kind="consent", text="同意书", effective_on=NOW.date(), by=SETUP, now=NOW
    )
    paper, identity_card = hand_in(patient, picture(), kind="consent"), hand_in(patient, picture())

    def sign(photo):
        return services.sign(
            patient_id=patient.pk, organisation_id=centre.pk, kind="consent", shown_sha256=text.sha256,
            item_codes=["PD2024-01"], signer_name=patient.name, capacity="self", method="paper", picture=photo,
            by=places.staff(centre, Role.NURSE), now=NOW,
        )  # fmt: skip

    assert sign(paper).picture == paper
    with pytest.raises(Refused) as no:
        sign(identity_card)
    assert no.value.code == "consent.picture"
