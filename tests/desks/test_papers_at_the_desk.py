"""What a family uploads is seen by those who serve it, and by nobody else; each opening stands in the trace."""

import io

import pytest
from django.urls import reverse

from accounts.roles import Role
from desks import served
from orders.lifecycle import RequestStatus as Q
from patients import services
from tests import world
from tests.desks import offices
from tests.desks.offices import client, count, text
from tests.world import places, traces

pytestmark = [pytest.mark.django_db, pytest.mark.clause("004 三(八)")]

PDF = b"%PDF-1.4\n%%EOF\n"
DESKS = [Role.DOCTOR, Role.DISPATCHER]


@pytest.fixture
def t():
    return offices.town()


def upload(t, kind="identity", patient=None, role=Role.PROXY):
    patient = patient or t.patient
    return services.upload(patient_id=patient.pk, kind=kind, file=io.BytesIO(PDF), by=t.actor(role), now=t.now)


def page_of(row, role):
    if role == Role.DOCTOR:
        return reverse("doctor:check", args=[row.assessment_id])
    return reverse("dispatch:request", args=[row.number])


def paper_at(row, role, paper):
    if role == Role.DOCTOR:
        return reverse("doctor:paper", args=[row.assessment_id, paper.pk])
    return reverse("dispatch:request_paper", args=[row.number, paper.pk])


def openings():
    return traces.acts("patients.upload_shown")


@pytest.mark.clause("002 五(八)")
@pytest.mark.parametrize("role", DESKS)
def test_who_serves_the_patient_sees_what_the_family_uploaded_and_opens_it_on_record(t, role):
    row = world.request(t, Q.ASSESSING)
    papers = [upload(t, kind) for kind in ("identity", "record", "contract")]
    desk = client(t, role)

    page = desk.get(page_of(row, role))
    assert openings() == []
    answer = desk.get(paper_at(row, role, papers[1]))

    assert "家属上传的资料" in text(page)
    for paper in papers:
        assert paper.get_kind_display() in text(page)
        assert paper_at(row, role, paper) in text(page)
    assert "沈家明 上传" in text(page)
    assert b"".join(answer.streaming_content) == PDF
    assert answer.headers["Content-Type"] == "application/pdf"
    (look,) = openings()
    assert (look.actor_id, look.role, look.organisation_id) == (str(t.users[role].pk), role, t.centre.pk)
    assert look.subject_id == str(t.patient.pk)
    assert look.reason == f"办理申请 {row.number}：查看家属上传的资料"


def test_the_doctor_reads_them_before_setting_out(t):
    row = world.request(t, Q.ASSESSING)
    paper = upload(t, "record")

    page = text(client(t, Role.DOCTOR).get(reverse("doctor:assess", args=[row.assessment_id])))

    assert paper_at(row, Role.DOCTOR, paper) in page


@pytest.mark.clause("002 五(八)")
def test_the_family_reads_who_opened_its_papers_and_why(t):
    row = world.request(t, Q.ASSESSING)
    client(t, Role.DOCTOR).get(paper_at(row, Role.DOCTOR, upload(t)))

    page = text(client(t, Role.PROXY).get(reverse("family:looks", args=[t.patient.pk])))

    assert f"办理申请 {row.number}：查看家属上传的资料" in page


def test_another_centre_finds_neither_the_page_nor_the_paper(t):
    row, paper = world.request(t, Q.ASSESSING), upload(t)
    elsewhere = places.offering_centre(t.hospital, t.edition, t.now, name="塘桥")

    for role in DESKS:
        t.users["stranger"] = places.post(elsewhere, role, now=t.now).user
        stranger = client(t, "stranger")
        assert stranger.get(page_of(row, role)).status_code == 404
        assert stranger.get(paper_at(row, role, paper)).status_code == 404
    for role in (Role.NURSE, Role.CENTRE_ADMIN, Role.SUPERVISOR, Role.PROXY):
        assert {client(t, role).get(paper_at(row, desk, paper)).status_code for desk in DESKS} == {403}
    assert openings() == []


def test_a_colleague_who_does_not_make_the_assessment_is_told_whose_it_is(t):
    row, paper = world.request(t, Q.ASSESSING), upload(t)
    t.users["colleague"] = places.post(t.centre, Role.DOCTOR, now=t.now).user

    assert client(t, "colleague").get(paper_at(row, Role.DOCTOR, paper)).status_code == 403
    assert openings() == []


@pytest.mark.parametrize("role", DESKS)
def test_a_request_opens_its_own_patients_papers_and_no_others(t, role):
    row = world.request(t, Q.ASSESSING)
    other = world.neighbour(t, name="王桂芳")
    theirs = upload(other, patient=other.patient)
    proof = upload(t, "evidence", role=Role.DISPATCHER)
    desk = client(t, role)

    page = text(desk.get(page_of(row, role)))

    assert "家属还没有上传资料。" in page
    assert desk.get(paper_at(row, role, theirs)).status_code == 404
    assert desk.get(paper_at(row, role, proof)).status_code == 404
    assert openings() == []


@pytest.mark.parametrize("role", DESKS)
def test_when_the_request_is_over_its_papers_are_closed(t, role):
    row, paper = world.request(t, Q.ASSESSING), upload(t)
    client(t, Role.DISPATCHER).post(
        reverse("dispatch:request_step", args=[row.number, "decline"]), {"reason": "不在服务范围内。"}
    )
    desk = client(t, role)

    assert world.fresh(row).status == Q.DECLINED
    assert "家属上传的资料" not in text(desk.get(page_of(row, role)))
    assert desk.get(paper_at(row, role, paper)).status_code == 404
    assert openings() == []


@pytest.mark.parametrize("role", DESKS)
def test_many_papers_cost_as_much_as_one_and_the_newest_are_listed(t, role):
    row, desk = world.request(t, Q.ASSESSING), client(t, role)
    upload(t)
    one = count(desk, page_of(row, role))
    for _ in range(served.MOST + 1):
        upload(t, "record")

    assert count(desk, page_of(row, role)) == one
    page = desk.get(page_of(row, role))
    assert len(page.context["papers"]["rows"]) == served.MOST
    assert f"这里列出最近的 {served.MOST} 份。" in text(page)
