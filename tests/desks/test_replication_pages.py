"""The page from which a district gives its rules to others, and on which it looks through theirs."""

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from audit.models import Event
from catalog import services as catalog
from supervision import package, services
from supervision.models import EditionDraft, SettingChange
from tests.desks import offices
from tests.desks.offices import client, counted, text
from tests.world import teaching, traces

pytestmark = pytest.mark.django_db
HOME = reverse("oversight:replication")
CHECK, TAKE = reverse("oversight:replication_check"), reverse("oversight:replication_take")
DOWNLOAD = reverse("oversight:replication_download")


@pytest.fixture
def t():
    return offices.town()


@pytest.fixture
def desk(t):
    return client(t, Role.SUPERVISOR)


def of_another(t, **changed) -> bytes:
    """Another district's file: like this one's, but for what ``changed`` does with its content."""
    sent = services.export_package(district=t.district, by=t.actor(Role.SUPERVISOR), now=timezone.now()).content
    content = json.loads(sent)["content"]
    for change in changed.values():
        change(content)
    return package.written(content, district="静海区卫生健康委", day=timezone.localdate())


def setting(key, value):
    def change(content):
        next(row for row in content["settings"] if row["key"] == key)["value"] = value

    return change


def unknown(content):
    content["settings"].append({"key": "moon.phase", "label": "月相", "unit": "度", "clause": "", "value": 9})


def listed_otherwise(content):
    """The other district has taken one item out of its list, and says of an article what it is about."""
    items = content["catalogue"]["items"]
    content["articles"][0]["items"] = [items[4]["name"], "居家雾化吸入护理"]


def longer(content):
    content["catalogue"]["items"][0]["duration_min"] = 75


def upload(sent, name="package.json"):
    return {"file": SimpleUploadedFile(name, sent, content_type="application/json")}


def back(seen, **changed):
    """The form of the preview as it is sent back by somebody who changes nothing."""
    rows = [row for part in seen.context["parts"] for row in part["rows"]]
    form = seen.context["form"]
    content = form["content"].value()
    picks = [row["row"].name for row in rows if row["picked"]]
    day = timezone.localdate() + timedelta(days=30)
    return {"content": content, "picks": picks, "effective_on": day, "reason": "参照先行区做法", **changed}


@pytest.mark.clause("004 一(二)")
def test_the_page_counts_what_the_package_holds_and_reads_the_same_number_of_rows_whatever_there_is(t, desk):
    with counted() as few:
        page = desk.get(HOME)
    teaching.article(t)
    with counted() as more:
        page = desk.get(HOME)

    assert len(more) == len(few)
    counts = {part["label"]: part["n"] for part in page.context["parts"]}
    assert counts["项目目录"] == 19
    assert counts["科普文章"] == 1
    assert "只对照。随访模板没有草稿" in text(page)
    assert "没有识别出电话或证件号码" in text(page)
    catalog.add_negative_entry(
        district=t.district, kind="service", text="居家输血", reason="疑问请打 +8613812345678，或(021)58881234",
        advice="到医院", starts_on=timezone.localdate(), by=t.actor(Role.SUPERVISOR), now=timezone.now(),
    )  # fmt: skip
    page = text(desk.get(HOME))
    assert "能识别的电话和证件号码会略去；姓名无法识别，下载前请自行核对" in page
    assert "略去了 2 处电话或证件号码" in page
    assert HOME in text(desk.get(reverse("oversight:settings")))


@pytest.mark.clause("002 四", "004 一(二)")
def test_inspectors_read_the_page_and_only_supervisors_download_or_take_over(t, desk):
    inspector = client(t, Role.QC_INSPECTOR)

    assert inspector.get(HOME).status_code == 200
    assert DOWNLOAD not in text(inspector.get(HOME))
    for role in (Role.QC_INSPECTOR, Role.AUDITOR, Role.CENTRE_ADMIN, Role.REVIEWER, Role.PROXY):
        browser = client(t, role)
        assert {browser.post(address).status_code for address in (DOWNLOAD, CHECK, TAKE)} == {403}
    assert client(t, Role.REVIEWER).get(HOME).status_code == 403


@pytest.mark.clause("004 一(二)", "002 五(七)2(2)")
def test_a_download_is_a_file_that_reads_back_and_an_act_with_its_digest(t, desk):
    answer = desk.post(DOWNLOAD)

    assert answer["Content-Disposition"].startswith('attachment; filename="district-package-')
    assert "no-store" in answer["Cache-Control"]
    act = Event.objects.filter(action="supervision.package_exported").latest("pk")
    assert act.data["file_sha256"] == package.read(answer.content).file_sha256


@pytest.mark.clause("004 一(二)", "002 五(七)1(1)")
def test_a_file_is_held_beside_this_district_then_taken_over_once(t, desk):
    sent = of_another(t, cap=setting("nurse.daily_cap", 6), years=setting("nurse.min_years", 3), x=unknown, y=longer)

    seen = desk.post(CHECK, upload(sent))

    page = text(seen)
    assert seen.status_code == 200
    assert "取值：8 次 → 6 次" in page
    assert "时长：40 分钟 → 75 分钟" in page
    assert "没有这个设置项" in page
    assert "不在本区允许的范围内" in page
    assert not SettingChange.objects.exists()
    empty = desk.post(TAKE, back(seen, picks=[], reason=""))
    assert empty.status_code == 422
    assert "请至少选择一项要带入的内容" in text(empty)
    early = desk.post(TAKE, back(seen, effective_on=timezone.localdate(), reason="仅此一项"))
    assert early.status_code == 422
    assert "生效日期请选择明天或以后" in text(early)
    assert "仅此一项" in text(early)
    done = desk.post(TAKE, back(seen), follow=True)
    assert "已带入 1 项设置调整、一份目录草稿（1 处改动）" in text(done)
    assert SettingChange.objects.get().value == 6
    assert EditionDraft.objects.get().data["items"][0]["ours"]["duration_min"] == 75
    assert "时长" in text(desk.get(reverse("oversight:catalogue_drafts_one", args=[EditionDraft.objects.get().pk])))
    twice = desk.post(TAKE, back(seen))
    assert twice.status_code == 422
    assert "没有再带入一次" in text(twice)
    again = text(desk.post(CHECK, upload(sent)))
    assert "已有一份调整在等复核" in again
    assert "没有可以带入的内容" in again
    assert (SettingChange.objects.count(), EditionDraft.objects.count()) == (1, 1)


@pytest.mark.clause("004 一(二)")
def test_a_file_that_cannot_be_read_is_answered_beside_the_field_and_never_with_an_error(t, desk):
    good = of_another(t)
    for sent, said in (
        (b"", "空"), (b"not json", "文件读不完整"), (b"{}", "不是本平台的配置包"),
        (good.replace(b'"nurse.daily_cap"', b'"nurse.other_cap"'), "校验值不一致"),
        (b" " * (package.MOST_BYTES + 9), "超过 3 MB"), ("字".encode("gbk") * 9, "文件读不完整"),
    ):  # fmt: skip
        seen = desk.post(CHECK, upload(sent))
        assert seen.status_code == 422, said
        assert said in text(seen)
        assert seen.context["form"].errors["file"]
    assert desk.post(CHECK, {}).status_code == 422
    before = Event.objects.filter(kind=Event.Kind.REFUSAL).count()
    for content in ("", "???", "5p2l"):
        lost = desk.post(TAKE, {"content": content, "picks": ["settings:x"], "reason": "理由", "effective_on": "x"})
        assert lost.status_code == 422
        assert lost.context["form"].errors["file"]
    assert Event.objects.filter(kind=Event.Kind.REFUSAL).count() == before + 3
    assert desk.get(CHECK).status_code == 405


@pytest.mark.clause("004 一(二)")
def test_an_article_about_an_item_that_is_not_on_the_list_here_says_what_is_left_out(t, desk):
    teaching.article(t)

    seen = text(desk.post(CHECK, upload(of_another(t, about=listed_otherwise))))

    assert "「居家雾化吸入护理」还不在本区目录里，带入时略去" in seen


@pytest.mark.clause("002 五(五)", "004 一(二)")
def test_who_approves_a_draft_sees_what_another_district_says_of_safety(t, desk):
    def safer(content):
        content["catalogue"]["items"][0]["sharps"] = not content["catalogue"]["items"][0]["sharps"]
        content["catalogue"]["common"].append("查过敏史")

    seen = desk.post(CHECK, upload(of_another(t, safer=safer)))
    desk.post(TAKE, back(seen))

    page = text(desk.get(reverse("oversight:catalogue_drafts_one", args=[EditionDraft.objects.get().pk])))
    assert "还没有改动" not in page
    assert "锐器" in page
    assert "首诊共同关注（所有项目）" in page
    assert "内容增加「查过敏史」" in page


@pytest.mark.clause("004 一(二)")
def test_a_district_that_says_too_much_hears_what_to_shorten_and_no_file_leaves(t, desk, monkeypatch):
    monkeypatch.setattr(package, "MOST_BYTES", 2000)

    page = text(desk.post(DOWNLOAD, follow=True))

    assert "其他区读不了。其中「项目目录」最多" in page
    assert traces.acts("supervision.package_exported") == []
