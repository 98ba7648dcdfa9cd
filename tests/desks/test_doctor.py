"""The doctor's desk in front of real verbs: from the way there to the prescription."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Organization, Post
from accounts.roles import Role
from audit.models import Event
from catalog import services as catalog
from clinical import sections
from clinical.models import Assessment
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus as Q
from patients import services as patient_services
from tests import world
from tests.world import chain, persons, places

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    """A town as it stood at the last nine o'clock: already past, and the visits of its next day still lie ahead."""
    return world.town(now=world.last_nine())


@pytest.fixture
def desk(town):
    client = Client()
    client.force_login(town.users[Role.DOCTOR])
    return client


def url(name, row, *more):
    return reverse(f"doctor:{name}", args=[row.assessment_id, *more])


def signed(town, result="suitable", **changed):
    """A request whose assessment is signed and whose outcome is open."""
    row = world.request(town, Q.ASSESSING, **changed)
    chain.assess(town, row, result)
    return world.fresh(row)


def arrive(desk, row):
    desk.post(url("assess_step", row, "depart"))
    return desk.post(url("assess_step", row, "arrive"))


def test_nobody_else_opens_a_page_of_this_desk(town):
    row = world.request(town, Q.ASSESSING)
    pages = [reverse("doctor:todo"), reverse("doctor:assessed"), url("assess", row), url("check", row)]
    for role in (Role.DISPATCHER, Role.NURSE, Role.CENTRE_ADMIN, Role.PROXY):
        client = Client()
        client.force_login(town.users[role])

        assert {client.get(page).status_code for page in pages} == {403}, role


def test_another_doctors_assessment_is_hidden_and_of_another_centre_the_request_too(town):
    row = world.request(town, Q.ASSESSING)
    colleague, stranger = Client(), Client()
    colleague.force_login(places.post(town.centre, Role.DOCTOR).user)
    stranger.force_login(places.post(places.bare_centre(town.district, name="花木"), Role.DOCTOR).user)

    hers = colleague.get(url("assess", row))
    assert hers.status_code == 403
    assert f"归{town.users[Role.DOCTOR]}医生" in hers.content.decode()
    assert town.patient.name not in hers.content.decode()
    assert stranger.get(url("assess", row)).status_code == 404
    assert colleague.get(reverse("doctor:request", args=[row.number])).status_code == 200
    assert stranger.get(reverse("doctor:request", args=[row.number])).status_code == 404


def test_the_list_says_what_is_next(town, desk):
    assert "今天没有安排首诊" in desk.get(reverse("doctor:todo")).content.decode()
    assert "还没有签名的首诊评估" in desk.get(reverse("doctor:assessed")).content.decode()

    row = world.request(town, Q.ASSESSING)
    parts = {p["key"]: p["rows"] for p in desk.get(reverse("doctor:todo")).context["parts"]}
    assert [r["name"] for r in parts["today"] + parts["coming"]] == [town.patient.name]

    chain.assess(town, row)
    parts = {p["key"]: p["rows"] for p in desk.get(reverse("doctor:todo")).context["parts"]}
    assert [r["url"] for r in parts["undecided"]] == [url("outcome", row)]

    alone = desk.get(reverse("doctor:todo"), headers={"HX-Request": "true"}).content.decode()
    assert 'id="todo"' in alone
    assert "<html" not in alone


def test_ten_first_visits_cost_as_much_as_one(town, desk):
    def costs():
        found = {}
        for name in ("todo", "assessed", "renewals"):
            with CaptureQueriesContext(connection) as spent:
                desk.get(reverse(f"doctor:{name}"))
            found[name] = len(spent)
        return found

    def more(name):
        patient = persons.patient(by=world.SETUP, now=town.now, name=name)
        patient_services.add_proxy(
            patient_id=patient.pk, user=town.users[Role.PROXY], relation="女儿", scopes=["apply", "sign", "manage"],
            expires_on=town.now.date() + timedelta(days=300), by=world.SETUP, now=town.now,
        )  # fmt: skip
        town.patient = patient

    world.request(town, Q.ASSESSING)
    more("王桂芳")
    signed(town)
    one = costs()
    for letter in "甲乙丙丁":
        more(f"王桂{letter}")
        world.request(town, Q.ASSESSING)
        more(f"李桂{letter}")
        signed(town)

    assert costs() == one


@pytest.mark.clause("002 五(六)1", "002 五(七)1(3)")
def test_a_first_visit_from_the_way_there_to_the_signature(town, desk):
    row = world.request(town, Q.ASSESSING)

    early = desk.post(url("section", row, "pain"), {"nrs": "3", "then": "next"})
    assert early.status_code == 422
    assert "登记到达后" in early.content.decode()

    assert arrive(desk, row).url == url("assess", row)
    assert desk.get(url("assess", row)).url == url("section", row, "disease")
    for key, answers in world.full_sections().items():
        answer = desk.post(url("section", row, key), {**answers, "then": "next"})
        assert answer.status_code == 302
    assert answer.url == url("check", row)

    no_opinion = desk.post(url("conclude", row), {"result": "refer", "opinion": ""})
    assert no_opinion.status_code == 422
    assert "请写明原因和建议" in no_opinion.content.decode()
    assert "依据 002 五(七)1(3)" in no_opinion.content.decode()
    assert desk.post(url("conclude", row), {"result": "suitable", "opinion": "居家护理"}).status_code == 302
    assert desk.post(url("identity", row), {"passed": "yes", "source": "上门核对原件"}).status_code == 302

    assert desk.post(url("assess_step", row, "sign"), {"valid_days": "9999"}).status_code == 422
    assert desk.post(url("assess_step", row, "sign"), {"valid_days": "180"}).url == url("outcome", row)
    assert desk.get(url("assess", row)).url == url("check", row)


@pytest.mark.clause("002 五(七)1(3)")
def test_what_is_missing_blocks_the_signature_and_is_linked(town, desk):
    row = world.request(town, Q.ASSESSING)
    arrive(desk, row)
    desk.post(url("conclude", row), {"result": "suitable", "opinion": ""})

    page = desk.get(url("check", row))
    answer = desk.post(url("assess_step", row, "sign"), {"valid_days": "180"})

    assert len(page.context["unfinished"]) == len(sections.unanswered({}))
    assert url("section", row, "barthel") in page.content.decode()
    assert answer.status_code == 422
    assert "部分没有填完" in answer.content.decode()


def test_an_answer_that_is_no_option_is_refused_and_half_a_section_is_kept(town, desk):
    row = world.request(town, Q.ASSESSING)
    arrive(desk, row)

    wrong = desk.post(url("section", row, "disease"), {"diagnosis": "脑梗死后遗症", "course": "flying"})
    half = desk.post(url("section", row, "disease"), {"diagnosis": "脑梗死后遗症", "then": "check"})

    assert wrong.status_code == 422
    assert "请从列出的选项中选择" in wrong.content.decode()
    assert "脑梗死后遗症" in wrong.content.decode()
    assert half.url == url("check", row)
    assert "还没有填：目前病情、身上的管路" in desk.get(url("section", row, "disease")).content.decode()
    assert desk.get(url("section", row, "nothing")).status_code == 404


@pytest.mark.clause("002 五(九)2")
def test_a_household_is_warned_of_from_the_doctors_page_and_the_warning_stands_beside_the_patient(town, desk):
    row = world.request(town, Q.ASSESSING)

    short = desk.post(url("warn", row), {"kind": "dog", "facts": "凶"})
    done = desk.post(url("warn", row), {"kind": "dog", "facts": "3月2日上门，院内大狗没有拴"})
    twice = desk.post(url("warn", row), {"kind": "dog", "facts": "3月2日上门，院内大狗没有拴"})

    assert short.status_code == 422
    assert "请写明看到或听到的事实" in short.content.decode()
    assert done.url == url("assess", row)
    assert "家中有犬：3月2日上门" in desk.get(url("assess", row)).content.decode()
    assert twice.status_code == 422


def test_the_day_is_a_way_with_distances_and_says_where_time_is_short(town, desk):
    Organization.objects.filter(pk=town.centre.pk).update(lon=121.50, lat=31.22)
    start = timezone.localtime().replace(hour=23, minute=0, second=0, microsecond=0)
    rows = [world.request(town, Q.ASSESSING)]
    town.patient = world.neighbour(town, name="李桂芳").patient
    rows.append(world.request(town, Q.ASSESSING))
    for n, row in enumerate(rows):
        Assessment.objects.filter(pk=row.assessment_id).update(
            planned_start=start + timedelta(minutes=20 * n), planned_end=start + timedelta(minutes=20 * n + 20)
        )
        row.address.lon, row.address.lat = 121.51 + n / 10, 31.23
        row.address.save(update_fields=["lon", "lat"])

    page = desk.get(reverse("doctor:todo"))

    first, second = page.context["parts"][0]["rows"]
    assert first["leg"].start == "从中心出发"
    assert 1.0 < first["leg"].metres / 1000 < 3.0
    assert (second["leg"].start, second["leg"].tight) == ("从上一家出发", True)
    assert "时间紧" in page.content.decode()


@pytest.mark.clause("002 五(七)1(3)")
def test_what_runs_out_within_a_month_is_listed_and_one_press_submits_the_renewal(town, desk):
    listed = reverse("doctor:renewals")
    row = world.request(town, Q.PRESCRIBED)
    assert "30 天内没有到期" in desk.get(listed).content.decode()
    early = desk.post(reverse("doctor:renew", args=[row.number]), {"agreed": "yes"})
    Assessment.objects.filter(pk=row.assessment_id).update(valid_until=timezone.localdate() + timedelta(days=12))

    page = desk.get(listed)
    assert [r["number"] for r in page.context["page"].object_list] == [row.number]
    assert "还有 12 天" in page.content.decode()
    alone = desk.post(reverse("doctor:renew", args=[row.number]), {})
    done = desk.post(reverse("doctor:renew", args=[row.number]), {"agreed": "yes"})
    twice = desk.post(reverse("doctor:renew", args=[row.number]), {"agreed": "yes"})

    assert early.status_code == 422
    assert "不需要续期" in early.content.decode()
    assert alone.status_code == 422
    assert done.url == listed
    new = town.patient.requests.exclude(pk=row.pk).get()
    assert (new.status, new.channel) == (Q.SUBMITTED, "phone")
    assert [item.number for item in new.wished_items.all()] == [14]
    assert twice.status_code == 422
    assert "已有申请在办理" in desk.get(listed).content.decode()


@pytest.mark.clause("002 五(七)1(3)")
def test_what_a_doctor_leaves_behind_runs_out_before_the_eyes_of_those_who_stay(town, desk):
    row = world.request(town, Q.PRESCRIBED)
    Assessment.objects.filter(pk=row.assessment_id).update(valid_until=timezone.localdate() + timedelta(days=12))
    colleague, listed = Client(), reverse("doctor:renewals")
    colleague.force_login(places.post(town.centre, Role.DOCTOR, now=town.now).user)
    assert list(colleague.get(listed).context["page"].object_list) == []

    held = Post.objects.get(user=town.users[Role.DOCTOR], role=Role.DOCTOR)
    accounts.end_post(post_id=held.pk, reason="离职", by=world.SETUP, now=timezone.now())
    page = colleague.get(listed)
    done = colleague.post(reverse("doctor:renew", args=[row.number]), {"agreed": "yes"})

    assert [r["number"] for r in page.context["page"].object_list] == [row.number]
    assert done.url == listed
    assert desk.get(listed).status_code == 403


def test_the_prescriptions_next_visits_are_proposed_to_the_doctor(town, desk):
    row = world.request(town, Q.PRESCRIBED, times=3)

    page = desk.get(reverse("doctor:request", args=[row.number]))

    assert len(page.context["course"]) == 2
    assert "后续上门建议" in page.content.decode()


@pytest.mark.clause("002 五(六)1")
def test_items_are_prescribed_and_the_first_order_stands(town, desk):
    row = signed(town)
    item = town.item(14)
    page = desk.get(url("outcome", row))
    until = (timezone.localdate() + timedelta(days=60)).isoformat()
    given = {
        "item": [item.pk], f"times_{item.pk}": "4", f"frequency_{item.pk}": "weekly",
        f"cautions_{item.pk}": "测前静坐", "valid_until": until, "cautions": "", "version": row.version,
    }  # fmt: skip

    assert page.context["items"][0]["item"] == item
    assert page.context["items"][0]["chosen"]

    nothing = desk.post(url("outcome_step", row, "prescribe"), {**given, "item": []})
    zero = desk.post(url("outcome_step", row, "prescribe"), {**given, f"times_{item.pk}": "0"})
    too_long = desk.post(
        url("outcome_step", row, "prescribe"),
        {**given, "valid_until": (timezone.localdate() + timedelta(days=999)).isoformat()},
    )
    done = desk.post(url("outcome_step", row, "prescribe"), given)

    assert nothing.status_code == 422
    assert "请填写护理项目" in nothing.content.decode()
    assert zero.status_code == 422
    assert "次数" in zero.content.decode()
    assert "测前静坐" in zero.content.decode()
    assert too_long.status_code == 422
    assert "依据 002 五(六)1" in too_long.content.decode()
    assert done.url == reverse("doctor:request", args=[row.number])
    row = world.fresh(row)
    assert row.status == Q.PRESCRIBED
    assert row.prescription.lines.get().times == 4
    assert row.orders.get().status == S.AWAITING_CONSENT
    assert desk.get(url("outcome", row)).status_code == 302


@pytest.mark.clause("002 五(五)")
def test_what_cannot_be_prescribed_is_listed_with_every_reason(town, desk):
    catalog.opt_out(
        organisation=town.centre, item_id=town.item(3).pk, reason="暂无造口专科护士", by=world.SETUP, now=town.now
    )
    row = signed(town)

    page = desk.get(url("outcome", row))

    (barred,) = page.context["not_offered"]
    assert barred["item"] == town.item(3)
    assert barred["reasons"][0].sentence in page.content.decode()
    assert town.item(3) not in [r["item"] for r in page.context["items"]]


@pytest.mark.clause("002 五(七)1(3)", "002 五(四)")
@pytest.mark.parametrize(
    ("result", "name", "then"),
    [("unsuitable", "find_unsuitable", Q.UNSUITABLE), ("refer", "refer", Q.REFERRED)],
)
def test_the_other_outcomes(town, desk, result, name, then):
    row = signed(town, result)

    page = desk.get(url("outcome", row))
    other = desk.post(url("outcome_step", row, "prescribe"), {"valid_until": timezone.localdate().isoformat()})
    empty = desk.post(url("outcome_step", row, name), {"reason": " "})
    done = desk.post(url("outcome_step", row, name), {"reason": "病情不稳定", "advice": "请到医院就诊"})

    assert page.context["chances"]["prescribe"].blocked_by
    assert other.status_code == 422
    assert empty.status_code == 422
    assert done.status_code == 302
    assert world.fresh(row).status == then


def test_a_prescription_is_stopped_for_a_reason(town, desk):
    row = world.order(town).request
    stop = reverse("doctor:stop", args=[row.number])

    assert desk.post(stop, {"reason": ""}).status_code == 422
    assert desk.post(stop, {"reason": "病情变化，需重新评估"}).status_code == 302

    page = desk.get(reverse("doctor:request", args=[row.number]))
    assert page.context["paper_face"].label == "已停用"
    assert page.context["stop_chance"] is None


def test_the_hospitals_answer_reaches_the_request(town, desk):
    row = world.request(town, Q.REFERRED)
    answer = desk.post(reverse("doctor:referral_outcome", args=[row.number]), {"outcome": "已收治入院"})

    assert answer.status_code == 302
    assert world.fresh(row).referral_outcome == "已收治入院"


@pytest.mark.clause("002 五(八)")
def test_opening_an_assessment_is_a_recorded_look_and_a_number_needs_a_reason(town, desk):
    row = world.request(town, Q.ASSESSING)

    desk.get(url("assess", row))
    no = desk.post(url("reveal", row), {"field": "phone", "reason": ""})
    yes = desk.post(url("reveal", row), {"field": "phone", "reason": "出发前联系家属"})

    looks = Event.objects.filter(kind="look", object_type="clinical.assessment", object_id=str(row.assessment_id))
    assert looks.count() == 1
    assert no.status_code == 422
    assert yes.status_code == 200
    assert "no-store" in yes["Cache-Control"]
    assert Event.objects.filter(action="patients.revealed", subject_id=str(town.patient.pk)).count() == 1


def test_the_doctor_may_bear_witness_at_the_bedside(town, desk):
    order = world.order(town)

    page = desk.get(reverse("doctor:consent", args=[order.number]))

    assert page.status_code == 200
    assert "请在线上手写签名" in page.content.decode()
