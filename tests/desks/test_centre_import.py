"""The page on which a list of nurses is checked, reported and taken over."""

import base64

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.roles import Role
from audit.models import Event
from nurses.imports import NurseImport
from nurses.models import Nurse
from tests.desks import offices
from tests.desks.offices import client, text
from tests.services.test_import_nurses import line, workbook

pytestmark = [pytest.mark.django_db, pytest.mark.clause("002 五(二)2")]
CHECK = "centre:people_import"


@pytest.fixture
def t():
    return offices.town()


@pytest.fixture
def desk(t):
    return client(t, Role.CENTRE_ADMIN)


def sent(content, name="nurses.xlsx"):
    return {"file": SimpleUploadedFile(name, content)}


def carried(content):
    return {"content": base64.b64encode(content).decode()}


def test_the_way_from_the_template_to_the_roster(desk):
    template = desk.get(reverse(f"{CHECK}_template"))
    content = workbook([line(1), line(2)])
    before, newest = Nurse.objects.count(), Event.objects.latest("id").pk

    checked = desk.post(reverse(CHECK), sent(content))
    written = Nurse.objects.count()
    applied = desk.post(reverse(f"{CHECK}_apply"), carried(content))
    twice = desk.post(reverse(f"{CHECK}_apply"), carried(content))
    page = text(desk.get(reverse(CHECK)))

    assert template.content.startswith(b"PK")
    assert "attachment" in template.headers["Content-Disposition"]
    assert checked.status_code == 200
    assert "导入这 2 名护士" in text(checked)
    assert written == before
    assert (applied.status_code, twice.status_code) == (302, 302)
    assert Nurse.objects.count() == before + 2
    assert NurseImport.objects.count() == 1
    assert Event.objects.filter(id__gt=newest, action="nurses.roll_imported").count() == 1
    assert "导入记录" in page
    assert "发放初始密码" in text(desk.get(reverse("centre:people")))


def test_faults_are_listed_by_line_and_the_list_cannot_be_taken_over(desk):
    content = workbook([line(1), line(2, title="护工"), line(3, clinical_since="2025-01-01")])

    checked = desk.post(reverse(CHECK), sent(content))
    applied = desk.post(reverse(f"{CHECK}_apply"), carried(content))
    report = desk.post(reverse(f"{CHECK}_report"), carried(content))

    assert "有 2 行需要改正" in text(checked)
    assert "没有这一种技术职称" in text(checked)
    assert "导入这" not in text(checked)
    assert applied.status_code == 422
    assert "整份名单没有导入" in text(applied)
    assert "护工" in report.content.decode("utf-8-sig")
    assert not NurseImport.objects.exists()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "请选择要核对的文件"),
        ({"content": "###"}, "没有收到完整的文件"),
        (lambda: sent(b"x" * (1024 * 1024 + 1)), "超过 1 MB"),
        (lambda: sent(b"PK broken"), "没有读懂这份文件"),
    ],
)
def test_what_cannot_be_read_is_said_beside_the_field(desk, data, said):
    for name in ("", "_apply", "_report"):
        answer = desk.post(reverse(f"{CHECK}{name}"), data() if callable(data) else data)

        assert answer.status_code == 422, name
        assert said in text(answer)


def test_nobody_else_opens_it(t):
    for role in (Role.DISPATCHER, Role.NURSE, Role.SUPERVISOR):
        assert client(t, role).get(reverse(CHECK)).status_code == 403
        assert client(t, role).post(reverse(f"{CHECK}_apply"), carried(workbook([line(1)]))).status_code == 403


def test_a_first_password_is_given_on_its_page_and_only_where_there_is_none(t, desk):
    desk.post(reverse(f"{CHECK}_apply"), carried(workbook([line(1)])))
    post = Nurse.objects.get(user__username="hs0001").user.posts.get()
    url = reverse("centre:people_password", args=[post.pk])

    weak = desk.post(url, {"password": "123"})
    given = desk.post(url, {"password": "shangmen-huli-2026"})
    again = desk.post(url, {"password": "ling-yi-ge-2026"})

    assert (weak.status_code, given.status_code, again.status_code) == (422, 302, 422)
    assert "已有密码" in text(again)
