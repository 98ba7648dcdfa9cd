"""Pictures of a wound: asked first, redrawn without place and device, private, every look on record."""

import io

import pytest
from django.db import IntegrityError, transaction
from PIL import Image

from accounts.roles import Role
from audit.models import Event
from clinical import services as clinical
from clinical.models import CareMoment, Picture, PictureConsent
from institutions import services as institutions
from kernel.refusals import Hidden, Invalid, NotNow, Refused, Unmet
from orders.lifecycle import OrderStatus
from patients import vault
from tests import world
from tests.world import persons, places, traces
from tests.world.chain import complete_record, fresh

pytestmark = [pytest.mark.django_db, pytest.mark.clause("002 五(八)")]
WOUND, VITAL_SIGNS = 2, 14
GPS = 0x8825


@pytest.fixture(autouse=True)
def shelf(settings, tmp_path):
    settings.PRIVATE_UPLOADS = tmp_path


@pytest.fixture
def town():
    return world.town()


@pytest.fixture
def order(town):
    return world.order(town, at=OrderStatus.IN_SERVICE, numbers=(WOUND,))


def jpeg(colour="red", size=(640, 480)):
    """A picture as a phone takes it: with its place, its device and something appended."""
    exif = Image.Exif()
    exif[0x0110] = "SECRET-PHONE"
    exif[GPS] = {1: "N", 2: (31.0, 13.0, 0.0), 3: "E", 4: (121.0, 31.0, 0.0)}
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG", exif=exif)
    return io.BytesIO(out.getvalue() + b"SECRET-TAIL")


def act(town, order, **more):
    return {"record_id": order.visit_record_id, "by": town.actor(Role.NURSE), "now": order.arrived_at, **more}


def agree(town, order, given=True):
    return clinical.answer_picture_consent(given=given, said_by="沈家明", relation="子女", **act(town, order))


def keep(town, order, file=None, **more):
    return clinical.keep_picture(key="wound_photo", file=file or jpeg(), **act(town, order, **more))


def look(picture, by, now):
    row, content = clinical.show_picture(picture_id=picture.pk, reason="查看伤口", by=by, now=now)
    with content:
        return content.read()


def test_no_picture_without_a_yes_and_a_no_is_kept_as_well(town, order):
    with pytest.raises(Unmet) as unasked:
        keep(town, order)
    assert "请先询问" in unasked.value.sentence

    agree(town, order, given=False)

    with pytest.raises(Unmet) as no:
        keep(town, order)
    assert "不同意拍照" in no.value.sentence
    with pytest.raises(NotNow):
        agree(town, order)
    assert PictureConsent.objects.get().said_by == "沈家明"
    assert not Picture.objects.exists()


@pytest.mark.parametrize(("changed", "field"), [({"said_by": " "}, "said_by"), ({"relation": "邻居"}, "relation")])
def test_an_answer_names_who_gave_it(town, order, changed, field):
    given = {"given": True, "said_by": "沈家明", "relation": "子女", **changed}

    with pytest.raises(Invalid) as no:
        clinical.answer_picture_consent(**given, **act(town, order))

    assert no.value.reasons[0].field == field


def test_a_picture_is_redrawn_without_place_device_and_tail(town, order):
    agree(town, order)
    row = keep(town, order, caption="骶尾部")

    data = vault.path_of(row.pk).read_bytes()

    assert b"SECRET" not in data
    with Image.open(io.BytesIO(data)) as picture:
        assert dict(picture.getexif()) == {}
        assert picture.size == (640, 480)
    assert (row.size, row.content_type) == (len(data), "image/jpeg")
    assert vault.path_of(row.pk).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("data", [b"", b"%PDF-1.4 no picture", b"<svg onload=alert(1)>", b"\xff\xd8\xff\xe0 broken"])
def test_what_is_no_picture_is_refused_in_a_sentence(town, order, data):
    agree(town, order)

    with pytest.raises(Invalid) as no:
        keep(town, order, io.BytesIO(data))

    assert no.value.reasons[0].field == "file"
    assert no.value.sentence.endswith("。")


def test_the_same_picture_sent_twice_is_kept_once_and_there_is_a_limit(town, order):
    agree(town, order)
    assert keep(town, order).pk == keep(town, order).pk

    for shade in range(11):
        keep(town, order, jpeg((shade * 20, 0, 0)))

    with pytest.raises(NotNow):
        keep(town, order, jpeg((0, 200, 90)))
    assert Picture.objects.count() == 12


def test_who_may_look_and_every_look_is_on_record(town, order):
    agree(town, order)
    picture, now = keep(town, order), order.arrived_at
    allowed = [town.actor(role) for role in (Role.NURSE, Role.DOCTOR, Role.PROXY)]
    stranger = persons.family(persons.nurse(town.centre, now=town.now, name="钱护士").user)
    forbidden = [town.actor(role) for role in (Role.DISPATCHER, Role.CENTRE_ADMIN, Role.SUPERVISOR, Role.AUDITOR)]
    elsewhere = persons.family(places.post(places.bare_centre(town.district, name="花木"), Role.DOCTOR).user)

    for actor in allowed:
        assert look(picture, actor, now)
    for actor in (*forbidden, stranger, elsewhere):
        with pytest.raises(Hidden):
            look(picture, actor, now)

    shown = traces.events().filter(action="clinical.picture_shown", outcome="ok")
    assert sorted(shown.values_list("actor_id", flat=True)) == sorted(a.id for a in allowed)


def test_after_the_consent_is_taken_back_nobody_sees_the_picture(town, order):
    agree(town, order)
    picture, now = keep(town, order), order.arrived_at
    with pytest.raises(Hidden):
        clinical.withdraw_picture_consent(
            patient_id=town.patient.pk, reason="x", by=town.actor(Role.DISPATCHER), now=now
        )

    clinical.withdraw_picture_consent(patient_id=town.patient.pk, reason="不想再拍", by=town.actor(Role.PROXY), now=now)

    for role in (Role.NURSE, Role.DOCTOR, Role.PROXY):
        with pytest.raises(Hidden):
            look(picture, town.actor(role), now)
    with pytest.raises(Unmet):
        keep(town, order, jpeg("blue"))
    assert agree(town, order).given


def test_a_picture_is_taken_out_with_a_reason_while_the_record_is_open(town, order):
    agree(town, order)
    picture = keep(town, order)
    by, now = town.actor(Role.NURSE), order.arrived_at
    with pytest.raises(Invalid):
        clinical.remove_picture(picture_id=picture.pk, reason=" ", by=by, now=now)

    clinical.remove_picture(picture_id=picture.pk, reason="拍糊了", by=by, now=now)

    with pytest.raises(Hidden):
        look(picture, by, now)
    assert keep(town, order).pk != picture.pk
    with pytest.raises(IntegrityError, match="picture_removed_with_a_reason"), transaction.atomic():
        Picture.objects.filter(pk=picture.pk).update(removed_reason="")


def test_a_closed_record_takes_no_more_pictures_and_another_item_none(town, order):
    agree(town, order)
    with pytest.raises(Hidden):
        clinical.keep_picture(key="temp_c", file=jpeg(), **act(town, order))
    complete_record(town, order, order.arrived_at)
    clinical.close_record(**act(town, order))

    with pytest.raises(NotNow):
        keep(town, order)


def test_the_trace_names_the_picture_and_never_shows_it(town, order):
    agree(town, order)
    keep(town, order, caption="骶尾部")

    told = str(list(Event.objects.filter(subject_id=str(town.patient.pk)).values_list("data", "reason")))
    assert "clinical.picture_kept" in set(Event.objects.values_list("action", flat=True))
    assert "骶尾部" not in told
    assert "沈家明" not in told


SEEN = {"consciousness": "清楚", "skin": "正常", "limbs": "温暖、活动好", "drainage": "通畅", "reaction": "没有不适"}


@pytest.mark.clause("000 二(三)")
def test_explained_asked_and_observed_are_ticked_with_their_times(town, order):
    item = order.visit_record.items.get()

    for moment in ("before", "during"):
        clinical.keep_moment(item_id=item.pk, moment=moment, **act(town, order))
    clinical.keep_moment(item_id=item.pk, moment="after", observed=SEEN, **act(town, order))

    kept = {row.moment: row for row in CareMoment.objects.filter(record=order.visit_record_id)}
    assert set(kept) == {"before", "during", "after"}
    assert kept["after"].observed == SEEN
    assert all(row.at == row.recorded_at == order.arrived_at for row in kept.values())


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"moment": "after", "observed": {**SEEN, "skin": "很好"}}, "observed-skin"),
        ({"moment": "after", "observed": {}}, "observed-consciousness"),
        ({"moment": "after", "observed": {**SEEN, "reaction": "过敏反应"}}, "words"),
        ({"moment": "never"}, ""),
        ({"moment": "before", "words": "多" * 201}, "words"),
    ],
)
def test_an_observation_that_is_missing_or_unusual_without_a_word_is_refused(town, order, given, field):
    with pytest.raises(Refused) as no:
        clinical.keep_moment(item_id=order.visit_record.items.get().pk, **given, **act(town, order))

    assert no.value.reasons[0].field == field
    assert not CareMoment.objects.exists()


def test_a_moment_belongs_to_an_item_of_the_visit(town, order):
    with pytest.raises(Hidden):
        clinical.keep_moment(item_id=town.item(VITAL_SIGNS).pk, moment="before", **act(town, fresh(order)))


def test_a_district_may_want_the_prompts_before_a_visit_can_end(town):
    institutions.choose_setting(
        district=town.district, key="record.prompts", value="require", effective_on=town.now.date(), reason="质控要求",
        by=world.SETUP, now=town.now,
    )  # fmt: skip
    order = world.order(town, at=OrderStatus.IN_SERVICE)
    complete_record(town, order, order.arrived_at)
    item = order.visit_record.items.get()

    with pytest.raises(Unmet) as no:
        clinical.close_record(**act(town, order))
    assert [reason.sentence for reason in no.value.reasons] == [
        f"「{item}」请记录{label}。" for label in ("操作前解释", "操作中询问", "操作后观察")
    ]

    for moment in ("before", "during", "after"):
        clinical.keep_moment(item_id=item.pk, moment=moment, observed=SEEN, **act(town, order))
    assert clinical.close_record(**act(town, order)).closed_at
