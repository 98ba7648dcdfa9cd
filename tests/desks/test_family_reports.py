"""Complaints, reports and suggestions: in one tap, to the centre or past it, with clocks, an answer and a way up."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from audit.models import Due, Event
from kernel.refusals import Hidden, NotNow, Refused
from safety import access, selectors, services
from safety.lifecycle import ReportStatus as R
from safety.models import Report
from tests import world
from tests.desks.offices import count
from tests.services.test_access_twins import everybody
from tests.world import persons, places, traces

pytestmark = pytest.mark.django_db
WORDS = "3月2日上门，护士没有洗手"


@pytest.fixture
def t():
    now = (timezone.localtime() - timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    return world.town(now)


@pytest.fixture
def family(t):
    return signed_in(t.users[Role.PROXY])


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def text(answer):
    return answer.content.decode()


def url(name, *args):
    return reverse(f"family:{name}", args=args)


def filed(t, to="centre", **changed):
    given = {"kind": "care", "words": WORDS, "by": t.actor(Role.PROXY), "now": t.now, **changed}
    return services.file_report(to_commission=to == "commission", accused=t.centre, **given)


def answered(t, row, role=Role.CENTRE_ADMIN):
    services.accept_report(report_id=row.pk, by=t.actor(role), now=t.now)
    return services.answer_report(report_id=row.pk, answer="已批评教育并重新培训", by=t.actor(role), now=t.now)


@pytest.mark.clause("004 三(八)", "003 二(二)5一")
def test_every_family_page_leads_to_the_form_in_one_tap(t, family):
    order = world.order(t)
    pages = [url(name) for name in ("home", "orders", "people", "reports", "join")]
    pages += [url("order", order.number), url("consent", order.number), url("apply", "whom")]
    pages += [url(name, t.patient.pk) for name in ("data", "looks", "copy", "correct", "papers")]

    lost = [page for page in pages if url("report_new") not in text(family.get(page))]

    assert lost == []
    assert f"{url('report_new')}?order={order.number}" in text(family.get(url("order", order.number)))


@pytest.mark.clause("002 五(九)2", "004 三(八)")
def test_a_complaint_about_an_order_goes_to_its_centre_and_comes_back_answered(t, family):
    order = world.order(t)
    form = family.get(f"{url('report_new')}?order={order.number}")
    sent = family.post(
        f"{url('report_new')}?order={order.number}", {"to": "centre", "kind": "care", "words": WORDS}, follow=True
    )
    row = Report.objects.get()
    desk = signed_in(t.users[Role.CENTRE_ADMIN])
    one = reverse("centre:reports_one", args=[row.pk])
    listed = text(desk.get(reverse("centre:reports")))
    desk.post(f"{one}accept/", {"version": row.version})
    silent = desk.post(f"{one}answer/", {"answer": " "})
    done = desk.post(f"{one}answer/", {"answer": "已批评教育并重新培训"}, follow=True)
    seen = text(family.get(url("report", row.pk)))
    agreed = family.post(url("report", row.pk), {"step": "agree"}, follow=True)

    assert f"关于订单 {order.number}" in text(form)
    assert (row.organisation, row.accused, row.order) == (t.centre, t.centre, order)
    assert row.accept_by - row.filed_at == timedelta(hours=24)
    assert row.answer_by - row.filed_at == timedelta(days=15)
    assert row.number in text(sent)
    assert row.number in listed
    assert silent.status_code == 422
    assert "请写明调查结果" in text(silent)
    assert "已答复" in text(done)
    assert "已批评教育并重新培训" in seen
    assert "这件事已办结" in text(agreed)
    row.refresh_from_db()
    assert row.status == R.CLOSED
    assert [step.name for step in row.steps.order_by("pk")] == ["file", "accept", "answer", "agree"]


@pytest.mark.clause("004 五(三)")
def test_what_goes_past_the_centre_is_hidden_from_it_in_lists_pages_and_trace(t, family):
    order = world.order(t)
    family.post(f"{url('report_new')}?order={order.number}", {"to": "commission", "kind": "unlawful", "words": WORDS})
    row = Report.objects.get()
    admin = signed_in(t.users[Role.CENTRE_ADMIN])

    pages = [admin.get(reverse("centre:reports")), admin.get(reverse("centre:trace_patient", args=[t.patient.pk])),
             admin.get(reverse("centre:orders_trace", args=[order.number]))]  # fmt: skip

    assert row.organisation == t.district
    assert [answer.status_code for answer in pages] == [200, 200, 200]
    assert not any(row.number in text(answer) or "投诉举报" in text(answer).split("<main")[1].split("<h1")[-1]
                   for answer in pages[1:])  # fmt: skip
    assert row.number not in text(pages[0])
    assert admin.get(reverse("centre:reports_one", args=[row.pk])).status_code == 404
    for role in (Role.CENTRE_ADMIN, Role.DISPATCHER, Role.NURSE, Role.REVIEWER, Role.QC_INSPECTOR):
        with pytest.raises(Hidden):
            services.accept_report(report_id=row.pk, by=t.actor(role), now=t.now)
    event = traces.events().get(kind=Event.Kind.ACT, action="safety.report_filed")
    assert (event.organisation_id, event.subject_id) == (t.district.pk, "")
    assert WORDS not in str(list(traces.events().values_list("data", "reason")))
    supervisor = signed_in(t.users[Role.SUPERVISOR])
    assert row.number in text(supervisor.get(reverse("oversight:reports")))
    assert WORDS in text(supervisor.get(reverse("oversight:reports_one", args=[row.pk])))


@pytest.mark.clause("004 五(三)")
@pytest.mark.parametrize("to", ["centre", "commission"])
def test_hats_and_lists_agree_for_everybody(t, to):
    row = filed(t, to)

    for actor in [*everybody(t), persons.family(t.users[Role.PROXY], on=t.now.date())]:
        seen = access.reports_visible_to(actor).filter(pk=row.pk).exists()
        assert seen == bool(access.report_hats(actor, Report.objects.get(pk=row.pk))), (actor.name, actor.orgs)


@pytest.mark.clause("002 五(九)2")
def test_an_answer_that_does_not_do_is_carried_up_once_and_the_centre_is_out(t, family):
    row = answered(t, filed(t))

    nothing_said = family.post(url("report", row.pk), {"step": "carry_up", "words": ""})
    family.post(url("report", row.pk), {"step": "carry_up", "words": "没有说明怎么改"})

    assert "请写明对答复哪里不满意" in text(nothing_said)
    row.refresh_from_db()
    assert (row.organisation, row.status, row.why_unsatisfied) == (t.district, R.FILED, "没有说明怎么改")
    assert row.accept_by > timezone.now()
    with pytest.raises(Hidden):
        services.accept_report(report_id=row.pk, by=t.actor(Role.CENTRE_ADMIN), now=t.now)
    answered(t, row, Role.SUPERVISOR)
    page = text(family.get(url("report", row.pk)))
    assert "认可这个答复" in page
    assert 'value="carry_up"' not in page
    assert "12345" in page


@pytest.mark.clause("002 五(九)2")
def test_it_closes_by_itself_when_nobody_objects_and_not_after_it_went_up(t):
    silent, up = answered(t, filed(t)), answered(t, filed(t, kind="manner"))
    services.carry_report_up(report_id=up.pk, words="没有说明怎么改", by=t.actor(Role.PROXY), now=t.now)

    for due in Due.objects.filter(kind="report.close"):
        assert due.due_at == t.now + timedelta(days=15)
    with pytest.raises(Refused):
        services.close_report(report_id=up.pk, version=up.version, now=t.now)
    services.close_report(report_id=silent.pk, version=silent.version, now=t.now + timedelta(days=15))

    assert Report.objects.get(pk=silent.pk).status == R.CLOSED
    assert Report.objects.get(pk=up.pk).status == R.FILED


def test_lateness_is_counted_from_the_settings_and_said_on_both_sides(t, family):
    row = filed(t)

    assert not selectors.is_late(row, t.now + timedelta(hours=23))
    assert selectors.is_late(row, t.now + timedelta(hours=25))
    Report.objects.filter(pk=row.pk).update(accept_by=timezone.now() - timedelta(hours=1))
    assert "已超时" in text(signed_in(t.users[Role.CENTRE_ADMIN]).get(reverse("centre:reports")))
    assert "已经超过时限" in text(family.get(url("report", row.pk)))


def test_whoever_has_nobody_on_record_may_speak_up_too_and_only_to_the_commission(t):
    stranger = signed_in(places.person("路人"))
    page = text(stranger.get(url("report_new")))

    bad = stranger.post(url("report_new"), {"to": "centre", "kind": "advice", "words": WORDS})
    sent = stranger.post(url("report_new"), {"to": "commission", "kind": "advice", "words": WORDS})

    assert "区卫生健康委，不让中心知道" in page
    assert bad.status_code == 422
    assert WORDS in text(bad)
    assert sent.status_code == 302
    assert Report.objects.get().accused is None


def test_only_who_said_it_takes_it_back_and_nobody_judges_the_own_matter(t, family):
    row = filed(t)
    other = signed_in(places.person("路人"))

    assert other.get(url("report", row.pk)).status_code == 404
    assert other.post(url("report", row.pk), {"step": "withdraw"}).status_code == 404
    assert family.post(url("report", row.pk), {"step": "sing"}).status_code == 404
    family.post(url("report", row.pk), {"step": "withdraw"})
    row.refresh_from_db()
    assert row.status == R.WITHDRAWN
    with pytest.raises(NotNow):
        services.accept_report(report_id=row.pk, by=t.actor(Role.CENTRE_ADMIN), now=t.now)
    hers = services.file_report(
        to_commission=False, accused=t.centre, kind="advice", words="建议增加周末护士", now=t.now,
        by=persons.family(t.users[Role.CENTRE_ADMIN], on=t.now.date()),
    )  # fmt: skip
    with pytest.raises(Refused) as own:
        services.accept_report(report_id=hers.pk, by=t.actor(Role.CENTRE_ADMIN), now=t.now)
    assert own.value.code == "report.party"


def test_pressing_twice_files_once(t, family):
    said = {"to": "centre", "kind": "care", "words": WORDS, "receipt": "0b0f6a52-6a39-4f13-9b3e-0c5b1f6f2a12"}
    world.request(t)

    first, second = family.post(url("report_new"), said), family.post(url("report_new"), said)

    assert first.url == second.url
    assert Report.objects.count() == 1


@pytest.mark.parametrize("role", [Role.CENTRE_ADMIN, Role.SUPERVISOR])
def test_the_lists_cost_the_same_at_one_and_at_ten(t, role):
    page = reverse("centre:reports" if role == Role.CENTRE_ADMIN else "oversight:reports")
    client = signed_in(t.users[role])
    filed(t, "centre" if role == Role.CENTRE_ADMIN else "commission")
    one = count(client, page)
    for i in range(9):
        filed(t, "centre" if role == Role.CENTRE_ADMIN else "commission", words=f"{WORDS}，第 {i} 次")

    assert count(client, page) == one
