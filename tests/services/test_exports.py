"""What is taken away: with a purpose, agreed to by another, for some days, with a mark on it; and wiped."""

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts import services as accounts
from accounts.roles import Role
from audit import delivery
from audit.models import Due
from indicators import services as indicators
from institutions import services as institutions
from kernel.identity import mask_name
from kernel.refusals import Hidden, Invalid, NotNow, NotYours, Unmet
from orders.lifecycle import OrderStatus as S
from reporting import access, files, selectors, services
from reporting.lifecycle import WIPED, ExportStatus
from reporting.models import Export
from supervision import services as supervision
from tests import world
from tests.services.test_access_twins import another_district, everybody
from tests.world import places, traces

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def t():
    t = world.town()
    t.order = world.order(t, S.COMPLETED)
    t.late = t.now + 3 * DAY
    t.today = timezone.localdate(t.late)
    t.head, t.other = t.actor(Role.SUPERVISOR), places.staff(t.district, Role.SUPERVISOR)
    t.admin, t.other_admin = t.actor(Role.CENTRE_ADMIN), places.staff(t.centre, Role.CENTRE_ADMIN)
    return t


def asked(t, dataset="orders", *, by=None, at=None, **more):
    given = {"first": t.today - 30 * DAY, "last": t.today + 5 * DAY, "purpose": "向市质控中心报送数据"} | more
    return services.ask(organisation=at or t.district, dataset=dataset, by=by or t.head, now=t.late, **given)


def table_of(file) -> list[list[str]]:
    return list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))


@pytest.mark.clause("002 五(八)")
def test_a_short_masked_table_is_fetched_at_once_with_a_mark_on_it(t):
    row = asked(t)
    assert (row.status, row.why_asked, row.lines) == (ExportStatus.READY, "", 1)

    head, line, mark = table_of(services.fetch(export_id=row.pk, form="csv", by=t.head, now=t.late))

    said = dict(zip(head, line, strict=True))
    name = t.patient.name
    assert said["订单编号"] == t.order.number
    assert said["服务对象"] == f"{name[0]}*{name[-1]}"
    assert name not in " ".join(line)
    assert t.nurse.user.display_name not in line
    for words in (
        row.number,
        t.head.name,
        "用途：向市质控中心报送数据",
        "共 1 行",
        f"{timezone.localtime(t.late):%Y-%m-%d}",
    ):
        assert words in mark[0]
    book = openpyxl.load_workbook(
        io.BytesIO(services.fetch(export_id=row.pk, form="xlsx", by=t.head, now=t.late).content)
    )
    assert [cell.value for cell in book["数据"][2]][0] == t.order.number
    said = {one[0].value: one[1].value for one in book["导出说明"]}
    assert said["用途"] == "向市质控中心报送数据"
    assert (said["下载人"], said["导出编号"], said["审批"]) == (t.head.name, row.number, "无需他人同意")
    assert row.number in book["数据"].oddFooter.left.text

    taken = traces.events().filter(kind="act", action="reporting.export_fetched").order_by("id")
    assert [event.data["form"] for event in taken] == ["csv", "xlsx"]
    assert all(len(event.data["sha256"]) == 64 for event in taken)
    assert Export.objects.get(pk=row.pk).fetched == 2
    assert traces.events().get(kind="act", action="reporting.export_asked").reason == "向市质控中心报送数据"


@pytest.mark.clause("002 五(八)")
def test_names_leave_only_when_somebody_else_agrees(t):
    row = asked(t, plain=True)
    assert (row.status, row.why_asked) == (ExportStatus.ASKED, "含未打码的服务对象和护士的姓名")

    with pytest.raises(NotNow):
        services.fetch(export_id=row.pk, form="csv", by=t.head, now=t.late)
    with pytest.raises(Unmet, match="另一个人同意"):
        services.approve(export_id=row.pk, by=t.head, now=t.late)
    assert selectors.export_chances(row, t.head)[0].blocked_by is not None
    agreed = services.approve(export_id=row.pk, reason="同意", by=t.other, now=t.late + DAY)
    assert agreed.until == t.late + DAY + timedelta(hours=72)
    with pytest.raises(NotYours):
        services.fetch(export_id=row.pk, form="csv", by=t.other, now=t.late + DAY)
    _, line, mark = table_of(services.fetch(export_id=row.pk, form="csv", by=t.head, now=t.late + DAY))

    assert t.patient.name in line
    with pytest.raises(IntegrityError, match="export_decided_by_another"), transaction.atomic():
        Export.objects.filter(pk=row.pk).update(decided_by=row.asked_by)
    with pytest.raises(IntegrityError, match="export_plain_asks_another"), transaction.atomic():
        Export.objects.filter(pk=row.pk).update(why_asked="")


@pytest.mark.clause("002 五(八)")
def test_many_rows_wait_for_another_person_and_too_many_are_not_taken_at_all(t):
    for _ in range(2):
        world.order(world.neighbour(t), S.AWAITING_CONSENT)
    institutions.choose_setting(
        district=t.district, key="export.alone_lines", value=2, effective_on=t.today, reason="从严管理", by=t.head,
        now=t.late,
    )  # fmt: skip

    row = asked(t)

    assert (row.status, row.why_asked, row.lines) == (ExportStatus.ASKED, "超过 2 行", 3)
    table = [["护士"], ["甲"], ["乙"], ["丙"]]
    with pytest.raises(Invalid, match="由另一个人同意"):
        indicators.export_workload(rows=table, asked="三月", reason="绩效", place=t.district, by=t.head, now=t.late)


def test_a_table_rests_sealed_and_is_wiped_when_it_is_over(t):
    row = asked(t, plain=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed FROM reporting_export WHERE id = %s", [row.pk])
        resting = bytes(cursor.fetchone()[0])
    assert t.order.number.encode() not in resting
    assert t.patient.name.encode() not in resting

    refused = services.refuse(export_id=row.pk, reason="用途不明确", by=t.other, now=t.late)
    taken_back = services.withdraw(export_id=asked(t).pk, by=t.head, now=t.late)
    left = asked(t)
    due = Due.objects.get(kind="export.expire", object_id=str(left.pk))
    with pytest.raises(NotNow):
        services.expire(export_id=left.pk, now=t.late + DAY)
    delivery.run_due(now=due.due_at + timedelta(seconds=1))

    for one in (refused, taken_back, left):
        one.refresh_from_db()
        assert one.sealed is None
        assert one.status in WIPED
    with pytest.raises(NotNow):
        services.fetch(export_id=left.pk, form="csv", by=t.head, now=due.due_at)
    late = asked(t)
    with pytest.raises(NotNow, match="已到期"):
        services.fetch(export_id=late.pk, form="csv", by=t.head, now=late.until)


@pytest.mark.clause("003 二(四)10", "001 二(四)20")
def test_every_table_holds_what_its_pages_show(t):
    indicators.compute_month(district=t.district, month=t.today.replace(day=1), by=t.head, now=t.late)
    supervision.register(
        kind="walk", source="walk", key="walk:1", organisation=t.centre, words="王阿婆说没有人引导",
        clause="003 四(四)", due_on=t.today + 5 * DAY, by=t.head, now=t.late,
    )  # fmt: skip

    def lines(dataset, **more):
        row = asked(t, dataset, **more)
        if row.why_asked:
            services.approve(export_id=row.pk, by=t.other, now=t.late)
        head, *rest, _ = table_of(services.fetch(export_id=row.pk, form="csv", by=t.head, now=t.late))
        return [dict(zip(head, line, strict=True)) for line in rest]

    on_time = next(
        one for one in lines("indicators") if one["指标代码"] == "on_time" and one["机构"] == t.centre.short_name
    )
    assert (on_time["分子"], on_time["分母"], on_time["指标值"], on_time["来源"]) == ("1", "1", "100", "平台计算")
    (worked,) = lines("workload")
    assert (worked["上门次数"], worked["护士"]) == ("1", mask_name(t.nurse.user.display_name))
    assert "王阿婆" not in str(lines("findings"))
    assert lines("findings", plain=True)[0]["情况"] == "王阿婆说没有人引导"


IMPOSSIBLE = [
    ({"dataset": "nonsense"}, "dataset"),
    ({"purpose": " 看 "}, "purpose"),
    ({"purpose": "长" * 201}, "purpose"),
    ({"first": None}, "first"),
    ({"last": world.TODAY - 40 * DAY}, "last"),
    ({"first": world.TODAY - 2000 * DAY}, "last"),
    ({"first": world.TODAY - 400 * DAY, "last": world.TODAY - 399 * DAY}, "last"),
]


def test_what_cannot_be_taken_is_said_beside_its_field(t):
    for given, field in IMPOSSIBLE:
        with pytest.raises(Invalid) as no:
            asked(t, **given)
        assert set(no.value.field_errors) == {field}, given

    assert not Export.objects.exists()


@pytest.mark.clause("002 五(八)", "004 五(三)")
def test_nobody_reaches_what_belongs_elsewhere(t):
    row = asked(t, at=t.centre, by=t.admin, plain=True)
    neighbour = places.bare_centre(t.hospital, name="花木", now=t.now)
    foreign = another_district(t)
    strangers = [
        places.staff(neighbour, Role.CENTRE_ADMIN), places.staff(foreign, Role.SUPERVISOR),
        t.actor(Role.REVIEWER), t.actor(Role.DISPATCHER), t.actor(Role.NURSE), t.actor(Role.AUDITOR),
    ]  # fmt: skip

    for actor in strangers:
        for verb, more in (("approve", {}), ("refuse", {"reason": "不"}), ("withdraw", {}), ("fetch", {"form": "csv"})):
            with pytest.raises(Hidden):
                getattr(services, verb)(export_id=row.pk, by=actor, now=t.late, **more)
        with pytest.raises(Hidden):
            selectors.export(actor=actor, pk=row.pk)
        for place in (t.centre, t.district):
            with pytest.raises(Hidden):
                asked(t, at=place, by=actor)
    with pytest.raises(Hidden):
        asked(t, at=t.centre, by=t.head)
    with pytest.raises(Invalid):
        asked(t, "workload", at=t.centre, by=t.admin)
    for actor in [*everybody(t), t.other, t.other_admin, *strangers]:
        seen = access.exports_visible_to(actor).filter(pk=row.pk).exists()
        assert seen == bool(access.export_hats(actor, row)), actor.orgs
    mine = services.approve(export_id=row.pk, by=t.other_admin, now=t.late)
    assert mine.status == ExportStatus.READY
    of_district = asked(t)
    with pytest.raises(Hidden):
        services.fetch(export_id=of_district.pk, form="csv", by=t.admin, now=t.late)


def test_whoever_left_the_post_fetches_nothing_any_more(t):
    row = asked(t, at=t.centre, by=t.other_admin)
    post = t.centre.posts.get(user=t.other_admin.user_id)
    accounts.end_post(post_id=post.pk, reason="调离", by=places.SETUP, now=t.late)
    gone = places.actor(post.user, on=t.today)

    with pytest.raises(Hidden):
        services.fetch(export_id=row.pk, form="csv", by=gone, now=t.late)


@pytest.mark.clause("002 五(八)")
def test_a_sign_that_no_workbook_holds_keeps_nobody_from_downloading(t):
    row = asked(t, purpose="核对补贴\x0b交财务科")

    book = openpyxl.load_workbook(
        io.BytesIO(services.fetch(export_id=row.pk, form="xlsx", by=t.head, now=t.late).content)
    )

    said = {one[0].value: one[1].value for one in book["导出说明"]}
    assert said["用途"] == "核对补贴交财务科"
    assert "用途：核对补贴交财务科" in book["数据"].oddFooter.left.text


@pytest.mark.clause("002 五(八)")
def test_a_download_does_not_make_the_page_stale_from_which_it_was_asked_for(t):
    row = asked(t)
    services.fetch(export_id=row.pk, form="csv", by=t.head, now=t.late)

    assert services.withdraw(export_id=row.pk, by=t.head, now=t.late, version=row.version).fetched == 1


def test_what_somebody_typed_runs_nowhere_as_a_formula():
    mark = files.Mark(
        "E1", "表", "全部", "=甲", world.NOW, "=HYPERLINK(1) & 其他", "无", "没有", 1, "0" * 64
    )  # fmt: skip
    table = [["说明"], ["=1+1"]]

    plain = files.as_csv(table, mark).content.decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(files.as_xlsx(table, mark).content))

    assert "'=1+1" in plain
    assert {cell.data_type for sheet in book for row in sheet for cell in row} == {"s"}
