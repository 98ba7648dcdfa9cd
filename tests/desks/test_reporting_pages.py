"""Pages of reports and exports: whose they are, what they keep of what was typed, what they cost, who is kept out."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from orders.lifecycle import OrderStatus as S
from reporting import gateways, services
from reporting.kinds import OUTLINES, Kind
from reporting.models import CityPack, Export, Summary
from supervision import services as supervision
from tests import world
from tests.desks import offices
from tests.desks.offices import client, count, text
from tests.services.test_access_twins import another_district
from tests.world import places

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def t():
    t = offices.town()
    t.order = world.order(t, S.COMPLETED)
    t.today = timezone.localdate()
    t.head, t.admin = t.actor(Role.SUPERVISOR), t.actor(Role.CENTRE_ADMIN)
    t.other = places.staff(t.district, Role.SUPERVISOR)
    return t


def report(t, *, at=None, by=None, kind=Kind.PILOT, back=0):
    last = t.today - back * DAY
    return services.begin(
        organisation=at or t.district, kind=kind, first=last - 60 * DAY, last=last, by=by or t.head, now=timezone.now()
    )


def handed_in(row, by):
    sections = {one.key: row.sections.get(one.key) or "没有。" for one in OUTLINES[row.kind].sections}
    return services.submit(summary_id=row.pk, sections=sections, by=by, now=timezone.now())


def export(t, *, at=None, by=None, **more):
    return services.ask(
        organisation=at or t.district, dataset="orders", first=t.today - 30 * DAY, last=t.today + 5 * DAY,
        purpose="向市质控中心报送", by=by or t.head, now=timezone.now(), **more,
    )  # fmt: skip


def signed_in(actor) -> Client:
    browser = Client()
    browser.force_login(User.objects.get(pk=actor.user_id), backend="django.contrib.auth.backends.ModelBackend")
    return browser


def urls(desk, row, taken) -> list[tuple[str, str]]:
    """Every address about one report and one export: (how, where)."""

    def at(name, *args):
        return reverse(f"{desk}:{name}", args=args)

    return [
        ("get", at("summaries_one", row.pk)), ("get", at("summaries_paper", row.pk)),
        ("post", at("summaries_step", row.pk, "write")), ("post", at("summaries_step", row.pk, "accept")),
        ("get", at("exports_one", taken.pk)), ("post", at("exports_file", taken.pk)),
        ("post", at("exports_step", taken.pk, "withdraw")), ("post", at("exports_step", taken.pk, "approve")),
    ]  # fmt: skip


@pytest.mark.clause("002 五(八)", "004 五(三)")
def test_nobody_opens_what_belongs_elsewhere(t):
    of_centre = handed_in(report(t, at=t.centre, by=t.admin), t.admin)
    taken = export(t, at=t.centre, by=t.admin, plain=True)
    of_district, of_all = report(t), export(t)
    neighbour = places.bare_centre(t.hospital, name="花木", now=t.now)
    foreign = signed_in(places.staff(another_district(t), Role.SUPERVISOR))
    other_admin = signed_in(places.staff(neighbour, Role.CENTRE_ADMIN))
    reviewer = client(t, Role.REVIEWER)
    before = (
        list(Summary.objects.order_by("pk").values_list("pk", "version")),
        list(Export.objects.order_by("pk").values_list("pk", "version")),
    )

    answers = {}
    for who, browser, desk, row, kept, expected in (
        ("another district", foreign, "oversight", of_centre, taken, 404),
        ("another district", foreign, "oversight", of_district, of_all, 404),
        ("another centre", other_admin, "centre", of_centre, taken, 404),
        ("the centre about its district", client(t, Role.CENTRE_ADMIN), "centre", of_district, of_all, 404),
        ("a reviewer", reviewer, "oversight", of_district, of_all, 403),
        ("a reviewer", reviewer, "centre", of_centre, taken, 403),
        ("an auditor", client(t, Role.AUDITOR), "oversight", of_district, of_all, 403),
        ("a nurse", client(t, Role.NURSE), "centre", of_centre, taken, 403),
    ):
        for how, address in urls(desk, row, kept):
            status = getattr(browser, how)(address, {"form": "csv"}).status_code
            if status != expected:
                answers[who, address] = status

    assert answers == {}
    assert before == (
        list(Summary.objects.order_by("pk").values_list("pk", "version")),
        list(Export.objects.order_by("pk").values_list("pk", "version")),
    )
    assert list(foreign.get(reverse("oversight:exports")).context["page"].object_list) == []
    assert list(other_admin.get(reverse("centre:summaries")).context["page"].object_list) == []


@pytest.mark.clause("002 六(三)", "003 三(二)")
def test_a_report_goes_its_way_from_page_to_page_until_everybody_reads_it(t):
    desk, judge = client(t, Role.SUPERVISOR), signed_in(t.other)
    new = reverse("oversight:summaries_new")
    refused = desk.post(new, {"kind": "yearly", "first": ""})
    assert refused.status_code == 422
    assert "请选择开始和结束日期。" in text(refused)
    assert "selected" in text(refused)
    begun = desk.post(new, {"kind": "yearly", "first": t.today.isoformat()}, follow=True)
    row = Summary.objects.get()
    assert row.title in text(begun)
    at = reverse("oversight:summaries_step", args=[row.pk, "submit"])
    refused = desk.post(at, {"baseline": "年初调查 1 家机构。", "progress": "", "version": row.version})
    assert refused.status_code == 422
    assert "年初调查 1 家机构。" in text(refused)
    assert "请填写「服务开展情况」" in text(refused)
    given = {one.key: f"{one.title}：<b>没有</b>" for one in OUTLINES[row.kind].sections}
    assert "已提交" in text(desk.post(at, given, follow=True))

    page = text(desk.get(reverse("oversight:summaries_one", args=[row.pk])))
    assert "须由另一位监管员审核" in page
    for group in row.figures["groups"]:
        assert [one["label"] for one in group["rows"] if one["label"] not in page] == []
    assert "<b>没有</b>" not in page
    public = Client().get(reverse("public:result", args=[row.pk]))
    assert public.status_code == 404
    judge.post(reverse("oversight:summaries_step", args=[row.pk, "accept"]), {"reason": "同意"})
    judge.post(reverse("oversight:summaries_step", args=[row.pk, "publish"]), {})
    shown = text(Client().get(reverse("public:result", args=[row.pk])))
    assert "完成上门" in shown
    assert User.objects.get(pk=t.head.user_id).display_name not in shown
    assert row.title in text(Client().get(reverse("public:results")))
    paper = text(desk.get(reverse("oversight:summaries_paper", args=[row.pk])))
    assert "第 1 版" in paper
    assert row.versions.get().sha256 in paper
    compared = desk.get(reverse("oversight:summaries_one", args=[row.pk]), {"compare": "1"})
    assert compared.context["compared"] == []
    for asked in ({"edition": "9"}, {"edition": "x"}):
        status = desk.get(reverse("oversight:summaries_one", args=[row.pk]), asked).status_code
        assert status == (404 if asked["edition"] == "9" else 200)


@pytest.mark.clause("002 五(八)")
def test_an_export_asks_what_for_and_comes_as_a_file(t):
    desk, judge = client(t, Role.SUPERVISOR), signed_in(t.other)
    new = reverse("oversight:exports_new")
    days = {"first": (t.today - 30 * DAY).isoformat(), "last": (t.today + 5 * DAY).isoformat()}
    refused = desk.post(new, {"dataset": "orders", "plain": "on", **days})
    assert refused.status_code == 422
    assert "请写明用途" in text(refused)
    assert days["first"] in text(refused)
    asked = desk.post(new, {"dataset": "orders", "plain": "on", "purpose": "纠纷鉴定", **days}, follow=True)
    assert "须由另一个人同意" in text(asked)
    row = Export.objects.get()
    file, one = reverse("oversight:exports_file", args=[row.pk]), reverse("oversight:exports_one", args=[row.pk])
    assert desk.post(file, {"form": "csv"}).status_code == 422
    own = desk.post(reverse("oversight:exports_step", args=[row.pk, "approve"]), {})
    assert own.status_code == 422
    assert "自己申请的导出" in text(own)
    silent = judge.post(reverse("oversight:exports_step", args=[row.pk, "refuse"]), {"reason": " "})
    assert silent.status_code == 422
    assert "请写明不同意的原因" in text(silent)
    judge.post(reverse("oversight:exports_step", args=[row.pk, "approve"]), {"reason": "同意"})

    assert "下载 Excel" in text(desk.get(one))
    assert "下载 Excel" not in text(judge.get(one))
    opened = desk.get(one).context["row"]
    taken = desk.post(file, {"form": "xlsx"})
    assert taken["Content-Disposition"] == f'attachment; filename="{row.number}.xlsx"'
    assert "no-store" in taken["Cache-Control"]
    assert taken.content[:2] == b"PK"
    assert desk.post(file, {"form": "exe"}).status_code == 422
    assert Export.objects.get().version == opened.version, "a download leaves open pages as they are"
    assert "纠纷鉴定" in text(judge.get(reverse("oversight:exports")))


def test_lists_cost_the_same_at_one_row_and_at_many(t):
    desk = client(t, Role.SUPERVISOR)
    lists = [reverse("oversight:summaries"), reverse("oversight:exports")]
    report(t)
    export(t)
    before = [count(desk, address) for address in lists]
    for n in range(1, 6):
        handed_in(report(t, back=n), t.head)
        export(t, plain=True)

    assert [count(desk, address) for address in lists] == before
    assert len(desk.get(lists[0]).context["page"].object_list) == 6
    assert len(desk.get(lists[0], {"state": "submitted"}).context["page"].object_list) == 5
    assert len(desk.get(lists[1], {"state": "asked", "dataset": "nonsense"}).context["page"].object_list) == 5
    assert "没有符合条件" in text(desk.get(lists[1], {"state": "expired"}))
    empty = client(t, Role.CENTRE_ADMIN)
    assert "还没有工作报告" in text(empty.get(reverse("centre:summaries")))
    assert "还没有数据导出" in text(empty.get(reverse("centre:exports")))
    offered = dict(empty.get(reverse("centre:exports_new")).context["form"].fields["dataset"].choices)
    assert set(offered) == {"orders", "indicators", "findings", "records"}


@pytest.mark.clause("001 二(四)17")
def test_a_pack_for_the_city_goes_from_the_groups_page_to_its_receipt_and_says_that_no_line_is_there(t):
    desk, url = client(t, Role.SUPERVISOR), reverse("oversight:city")
    assert url in text(desk.get(reverse("oversight:quality_groups")))
    page = text(desk.get(url))
    assert "还没有报送过" in page
    assert "目前没有与市质控中心的在线接口" in page
    assert "请选择开始和结束日期" in text(desk.post(url, {"first": "", "last": t.today.isoformat()}))
    supervision.register(
        kind="walk", source="walk", key="walk:1", organisation=t.centre, words="没有引导", clause="003 四(四)",
        due_on=t.today, by=t.head, now=timezone.now(),
    )  # fmt: skip
    dates = {"first": (t.today - 30 * DAY).isoformat(), "last": t.today.isoformat()}
    assert "文件已准备" in text(desk.post(url, dates, follow=True))
    assert "这段时间的报送已经有了" in text(desk.post(url, dates))

    row = CityPack.objects.get()
    other = services.prepare_pack(
        organisation=t.district, first=t.today - 9 * DAY, last=t.today, by=t.head, now=timezone.now()
    )
    one = reverse("oversight:city_one", args=[row.pk])
    step = {name: reverse("oversight:city_step", args=[row.pk, name]) for name in ("hand_over", "acknowledge", "send")}
    opened = desk.get(one)  # and left open while the file is downloaded: no page is drawn anew by that
    assert "打开本页时文件还没有下载过：请先下载文件" in text(opened)
    assert step["hand_over"] in text(opened)
    assert "在线报送" not in text(desk.get(one))
    assert "没有可用的市质控中心在线接口" in text(desk.post(step["send"]))
    file = client(t, Role.QC_INSPECTOR).post(reverse("oversight:city_file", args=[row.pk]))
    assert file["Content-Disposition"] == f'attachment; filename="{row.number}.xlsx"'
    desk.post(reverse("oversight:city_file", args=[row.pk]))
    typed = {"way": "person", "carried_by": "高敏", "handed_on": t.today.isoformat()}
    typed |= {"version": opened.context["row"].version, "receipt_number": "沪质控〔2026〕12号"}
    early = desk.post(reverse("oversight:city_step", args=[other.pk, "hand_over"]), {**typed, "version": other.version})
    assert "请先下载文件" in text(early)
    refused = desk.post(step["hand_over"], {**typed, "handed_on": ""})
    assert refused.status_code == 422
    assert "请选择日期" in text(refused)
    assert "高敏" in text(refused)
    done = text(desk.post(step["hand_over"], typed, follow=True))
    assert "已登记递交，等市质控中心签收" in done
    assert "已递交，等签收" in done
    assert "还没有答复" not in done
    assert "等回执" not in done
    refused = desk.post(step["acknowledge"], {"receipt_number": "", "answered_on": t.today.isoformat()})
    assert "没有回执的不能登记签收" in text(refused)
    answer = {"receipt_number": "沪质控〔2026〕12号", "answered_on": t.today.isoformat()}
    assert "已凭回执登记签收" in text(desk.post(step["acknowledge"], answer, follow=True))
    assert "沪质控〔2026〕12号" in text(desk.get(url))

    stranger = signed_in(places.staff(another_district(t), Role.SUPERVISOR))
    assert stranger.get(one).status_code == 404
    assert stranger.post(reverse("oversight:city_file", args=[row.pk])).status_code == 404
    assert client(t, Role.CENTRE_ADMIN).get(url).status_code == 403


@pytest.mark.clause("001 二(四)17")
def test_a_pack_without_an_answer_says_so_and_offers_nothing_that_could_hand_it_in_twice(t, monkeypatch):
    class Silent:
        def hand_in(self, **pack):
            return gateways.Receipt("unavailable", "市质控接口")

    monkeypatch.setattr(gateways, "quality_centre", Silent)
    supervision.register(
        kind="walk", source="walk", key="walk:1", organisation=t.centre, words="没有引导", clause="003 四(四)",
        due_on=t.today, by=t.head, now=timezone.now(),
    )  # fmt: skip
    row = services.prepare_pack(
        organisation=t.district, first=t.today - 9 * DAY, last=t.today, by=t.head, now=timezone.now()
    )
    desk = client(t, Role.SUPERVISOR)
    step = {
        name: reverse("oversight:city_step", args=[row.pk, name]) for name in ("send", "give_up", "hand_over", "drop")
    }

    refused = desk.post(step["send"], {"version": row.version})

    assert refused.status_code == 422
    assert "没有答复，还不知道是否收到" in text(refused)
    page = text(desk.get(reverse("oversight:city_one", args=[row.pk])))
    assert "平台在线报送" in page
    assert "还没有答复" in page
    assert [name for name, address in step.items() if address in page] == ["send", "give_up"]
    assert "还没有答复" in text(desk.get(reverse("oversight:city")))
    assert "请写明怎样向市质控中心核实没有收到。" in text(desk.post(step["give_up"], {"reason": ""}))
    back = text(desk.post(step["give_up"], {"reason": "电话核实没有收到"}, follow=True))
    assert "已改为人工递交" in back
    assert step["drop"] in back


def test_the_list_of_packs_costs_the_same_at_one_row_and_at_many(t):
    desk, url = client(t, Role.SUPERVISOR), reverse("oversight:city")
    supervision.register(
        kind="walk", source="walk", key="walk:1", organisation=t.centre, words="没有引导", clause="003 四(四)",
        due_on=t.today, by=t.head, now=timezone.now(),
    )  # fmt: skip

    def prepare(back):
        services.prepare_pack(
            organisation=t.district, first=t.today - back * DAY, last=t.today, by=t.head, now=timezone.now()
        )

    prepare(10)
    desk.get(url)
    few = count(desk, url)
    for back in (11, 12, 13):
        prepare(back)
    assert count(desk, url) == few
