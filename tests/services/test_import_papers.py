"""Trainings and insurances as further sheets of the list of nurses: judged line by line, recorded in the same act."""

import io
from datetime import date

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from audit.models import Event
from kernel.refusals import Invalid
from nurses import services
from nurses.models import Insurance, Nurse, Training
from nurses.rolls import blank, reads
from nurses.rolls.table import PAPERS
from tests.services.test_import_nurses import TITLES, line, rows_of
from tests.world import persons, places

pytestmark = [pytest.mark.django_db, pytest.mark.clause("002 五(七)1(2)", "002 五(九)2")]
TRAINED = ("执业安全教育", 8, 92, date(2026, 1, 5), date(2027, 1, 4))
INSURED = ("责任险", "示例财险", "ZR-2026-01", date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def centre():
    return places.centre(places.district())


def workbook(lines, *, trained=(), insured=()):
    book = openpyxl.Workbook()
    for row in (TITLES, *rows_of(lines)):
        book.active.append(row)
    for name, rows in (("培训", trained), ("保险", insured)):
        sheet = book.create_sheet(name)
        for row in ([column.title for column in PAPERS[name]], *rows):
            sheet.append(list(row))
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def number(i):
    return line(i)["certificate_number"]


def test_papers_come_with_the_list_in_one_act_and_later_for_those_who_are_there(centre):
    admin = places.staff(centre, Role.CENTRE_ADMIN)
    newest = Event.objects.latest("id").pk
    content = workbook([line(1), line(2)], trained=[(number(1), *TRAINED)], insured=[(number(2), *INSURED)])
    done = services.import_nurses(organisation=centre, content=content, by=admin, now=places.NOW)

    assert (done.tied, done.trainings, done.insurances) == (2, 1, 1)
    act = Event.objects.get(id__gt=newest, kind=Event.Kind.ACT)
    assert (act.data["trainings"], act.data["insurances"]) == (1, 1)
    rows = Event.objects.filter(id__gt=newest, kind="row", object_type__in=["nurses.training", "nurses.insurance"])
    assert {row.act_id for row in rows} == {act.act_id}
    training = Training.objects.get()
    assert (training.nurse, training.score) == (Nurse.objects.get(user__username="hs0001"), 92)
    assert training.recorded_by_id == admin.user_id

    again = workbook([line(1)], trained=[(number(1), *TRAINED), (number(2), *TRAINED)])
    found = reads.roll(content=again, organisation=centre, today=places.TODAY)
    assert found.faults == []
    assert ("「培训」第 2 行", "已经登记过，不会重复登记。") in [(one.where, one.said) for one in found.notes]
    services.import_nurses(organisation=centre, content=again, by=admin, now=places.NOW)
    assert Training.objects.count() == 2
    assert Insurance.objects.get().policy_number == "ZR-2026-01"


def test_each_fault_of_a_further_sheet_is_told_on_its_line_and_nothing_is_taken_over(centre):
    stranger = persons.nurse(places.centre(centre.parent, towns=(), name="川沙"))
    before = Training.objects.count()
    trained = [
        (number(1), *TRAINED),
        (number(1), *TRAINED),
        (stranger.certificate_number, *TRAINED),
        (number(1), "插花", "八", 101, date(2027, 1, 1), date(2026, 1, 1)),
        (number(1), *TRAINED[:3], None, "=TODAY()"),
    ]
    content = workbook([line(1)], trained=trained, insured=[(number(1), *INSURED[:3], *INSURED[:2:-1])])

    found = reads.roll(content=content, organisation=centre, today=places.TODAY)
    told = {(one.where, one.column) for one in found.faults}

    assert told == {
        ("「培训」第 3 行", "护士执业证书编号"), ("「培训」第 4 行", "护士执业证书编号"),
        ("「培训」第 5 行", "培训类别"), ("「培训」第 5 行", "学时"), ("「培训」第 5 行", "考核分数"),
        ("「培训」第 5 行", "合格日期"), ("「培训」第 5 行", "有效期至"), ("「培训」第 6 行", "合格日期"),
        ("「培训」第 6 行", "有效期至"), ("「保险」第 2 行", "保险到期"),
    }  # fmt: skip
    assert "保险,2,保险到期" in blank.report(found).decode()
    with pytest.raises(Invalid, match="「培训」第 3 行"):
        services.import_nurses(organisation=centre, content=content, by=places.SETUP, now=places.NOW)
    assert not Nurse.objects.filter(user__username="hs0001").exists()
    assert Training.objects.count() == before


def test_a_dry_run_of_papers_asks_as_many_questions_for_fifty_lines_as_for_one(centre):
    asked = []
    for n in (1, 50):
        content = workbook([line(i) for i in range(n)], trained=[(number(i), *TRAINED) for i in range(n)])
        with CaptureQueriesContext(connection) as queries:
            reads.roll(content=content, organisation=centre, today=places.TODAY)
        asked.append(len(queries))

    assert asked[0] == asked[1]
