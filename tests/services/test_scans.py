"""Scans of a nurse's papers: kept privately without their place, for few eyes, every look on record."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from kernel.refusals import Hidden, Invalid, NotNow, NotYours
from nurses import services, wallet
from nurses.scans import PaperScan
from patients import vault
from tests import world
from tests.services.test_portraits import face
from tests.world import persons, places, traces

pytestmark = [pytest.mark.django_db, pytest.mark.clause("002 五(二)2")]
PDF = b"%PDF-1.4\n1 0 obj\nendobj\ntrailer\n%%EOF"


@pytest.fixture(autouse=True)
def shelf(settings, tmp_path):
    settings.PRIVATE_UPLOADS = tmp_path


@pytest.fixture
def town():
    return world.town()


def keep(town, file, kind="licence", number=0, **changed):
    given = {"by": town.actor(Role.CENTRE_ADMIN), "now": town.now, **changed}
    return services.keep_scan(nurse_id=town.nurse.pk, kind=kind, number=number, file=file, **given)


def show(town, row, role):
    return services.show_scan(scan_id=row.pk, reason="核对护士资质", by=town.actor(role), now=town.now)


def test_a_scan_is_kept_once_per_paper_without_its_place_and_taken_out_with_a_reason(town):
    training = town.nurse.trainings.first()
    row, same = keep(town, face()), keep(town, face())
    other = keep(town, face(), "training", training.pk)
    paper = keep(town, io.BytesIO(PDF), "insurance", town.nurse.insurances.first().pk)

    data = vault.path_of(row.pk).read_bytes()
    assert b"SECRET" not in data
    assert same == row
    assert (other.training, other.certificate, other.insurance) == (training, None, None)
    assert paper.content_type == vault.PDF
    assert wallet.scanned(town.nurse.pk)["licence", 0] == 1
    assert [act.data["paper"] for act in traces.acts("nurses.scan_kept")] == ["licence", "training", "insurance"]

    admin = {"by": town.actor(Role.CENTRE_ADMIN), "now": town.now}
    with pytest.raises(Invalid):
        services.remove_scan(scan_id=row.pk, reason=" ", **admin)
    services.remove_scan(scan_id=row.pk, reason="扫描不清楚", **admin)
    assert wallet.scans_of(wallet.paper(town.nurse, "licence", 0)) == []
    with pytest.raises(Hidden):
        show(town, row, Role.CENTRE_ADMIN)
    assert keep(town, face()) != row  # the same file may come again after it was taken out


def test_what_is_no_scan_or_one_too_many_does_not_come_into_the_wallet(town):
    broken = SimpleUploadedFile("a.jpg", b"\xff\xd8\xff\xe0 not a picture")
    for file, code in ((None, "scan.none"), (broken, "upload.broken"), (io.BytesIO(b"MZ words"), "upload.type")):
        with pytest.raises(Invalid) as no:
            keep(town, file)
        assert no.value.reasons[0].code == code
    for n in range(services.MOST_SCANS):
        keep(town, io.BytesIO(PDF + b"\n%" + str(n).encode()))
    with pytest.raises(NotNow):
        keep(town, face())
    with pytest.raises(Hidden):
        keep(town, face(), "training", persons.nurse(town.centre, now=town.now).trainings.first().pk)
    with pytest.raises(IntegrityError, match="paper_scan_of_one_paper"), transaction.atomic():
        PaperScan.objects.update(training=town.nurse.trainings.first(), insurance=town.nurse.insurances.first())


def test_only_her_centre_the_commission_and_herself_open_a_scan_and_each_look_is_on_record(town):
    row = keep(town, face())
    stranger = places.staff(places.centre(town.district, towns=(), name="川沙"), Role.CENTRE_ADMIN)

    for role in (Role.CENTRE_ADMIN, Role.SUPERVISOR, Role.NURSE):
        shown, content = show(town, row, role)
        assert content.read().startswith(b"\xff\xd8")
        last = traces.events().filter(action="nurses.scan_shown").latest("id")
        assert (last.object_id, last.role, last.data["sha256"]) == (str(town.nurse.pk), role.value, row.sha256)
    with pytest.raises(NotYours):
        show(town, row, Role.DISPATCHER)
    with pytest.raises(NotYours):
        keep(town, face(), by=town.actor(Role.NURSE))
    for call in (lambda: services.show_scan(scan_id=row.pk, reason="看", by=stranger, now=town.now),
                 lambda: keep(town, face(), by=stranger)):  # fmt: skip
        with pytest.raises(Hidden):
            call()


def test_the_wallet_shows_its_scans_on_pages_and_a_stranger_finds_none_of_them(town):
    desk, paper = Client(), reverse("centre:credentials_paper", args=[town.nurse.pk, "licence", 0])
    desk.force_login(town.users[Role.CENTRE_ADMIN])

    nothing = desk.post(paper, {})
    sent = desk.post(paper, {"file": face()}, follow=True).content.decode()
    row = PaperScan.objects.get()
    one = reverse("centre:credentials_scan", args=[row.pk])
    file = desk.get(reverse("centre:credentials_scan_file", args=[row.pk]))
    silent = desk.post(reverse("centre:credentials_scan_remove", args=[row.pk]), {"reason": ""})

    assert nothing.status_code == silent.status_code == 422
    assert "扫描件已保存" in sent
    assert one in sent
    assert "查看 1 份" in desk.get(reverse("centre:credentials_nurse", args=[town.nurse.pk])).content.decode()
    assert "返回这份资质" in desk.get(one).content.decode()
    assert (file.headers["Content-Type"], file.headers["Cache-Control"]) == ("image/jpeg", "no-store, private")
    assert b"".join(file.streaming_content).startswith(b"\xff\xd8")
    desk.force_login(places.post(places.centre(town.district, towns=(), name="川沙"), Role.CENTRE_ADMIN).user)
    for page in (paper, one, reverse("centre:credentials_scan_file", args=[row.pk])):
        assert desk.get(page).status_code == 404
    desk.force_login(town.users[Role.CENTRE_ADMIN])
    gone = desk.post(reverse("centre:credentials_scan_remove", args=[row.pk]), {"reason": "传错了"}, follow=True)
    assert "还没有扫描件" in gone.content.decode()
    assert desk.get(one).status_code == 404
