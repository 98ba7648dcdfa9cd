"""What the commission decides: editions after appraisal, settings with four eyes, who may serve, who may come back."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from catalog import drafting, publishing
from catalog import selectors as catalog
from catalog.models import Edition, Item, Offering
from institutions.models import Setting
from kernel.refusals import Hidden, Invalid, Unmet
from nurses import services as nurses
from nurses.models import Exclusion
from supervision import access, services
from supervision.models import EditionDraft, SettingChange
from tests.desks import offices
from tests.desks.offices import client, text
from tests.services.test_access_twins import everybody
from tests.world import persons, places

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
EXPERT = {
    "expert": "方静", "standing": "示范医院，主任护师", "need": "出院患者需要", "risk": "低", "feasible": "一人可做",
    "setting": "家中桌面即可", "verdict": "for",
}  # fmt: skip


@pytest.fixture
def t():
    return offices.town()


@pytest.fixture
def desk(t):
    return client(t, Role.SUPERVISOR)


@pytest.fixture
def colleague(t):
    browser = Client()
    browser.force_login(places.post(t.district, Role.SUPERVISOR, user=places.person("白露", now=t.now), now=t.now).user)
    return browser


def today():
    return timezone.localdate()


def head(**changed):
    given = {"title": "2027 年版目录", "source": "浦卫〔2026〕9号", "issued_on": today()}
    return {**given, "effective_on": today() + 9 * DAY, **changed}


@pytest.mark.clause("002 五(五)", "004 三(三)")
def test_a_new_edition_is_copied_changed_appraised_and_published_by_another(t, desk, colleague):
    drafts = reverse("oversight:catalogue_drafts")
    last = Edition.objects.get(district=t.district)
    assert "晚于现行目录" in text(desk.post(drafts, head(effective_on=today())))
    assert desk.post(drafts, head()).status_code == 302
    draft = EditionDraft.objects.get()
    one = reverse("oversight:catalogue_drafts_one", args=[draft.pk])
    assert "还没有改动" in text(desk.get(one))
    assert desk.post(drafts, head(title="又一版")).status_code == 422

    def item(code, browser=desk, **typed):
        return browser.post(reverse("oversight:catalogue_drafts_item", args=[draft.pk, code]), typed)

    def press(verb, browser=desk, **typed):
        return browser.post(reverse("oversight:catalogue_drafts_step", args=[draft.pk, verb]), typed)

    code = catalog.items(last.pk)[9].code
    form = desk.get(reverse("oversight:catalogue_drafts_item", args=[draft.pk, code])).context["form"]
    same = {name: value for name, value in form.initial.items() if value not in (False, None)}
    bad = item(code, **{**same, "name": "", "reason": "改名"})
    namesake = item(code, **{**same, "name": catalog.items(last.pk)[0].name, "reason": "改名"})
    longer = item(code, **{**same, "duration_min": 45, "reason": "实际需要更久"})
    added = item("new", name="吸痰护理", category_no=1, family="special_nursing", risk="high", duration_min=40,
                 steps="评估\n吸痰\n记录", like=code, takes_specimen="on", reason="需求多")  # fmt: skip
    gone = desk.post(
        reverse("oversight:catalogue_drafts_remove", args=[draft.pk, catalog.items(last.pk)[18].code]),
        {"reason": "暂不具备条件"},
    )

    assert bad.status_code == namesake.status_code == 422
    assert "两个项目名称相同" in text(namesake)
    assert longer.status_code == added.status_code == gone.status_code == 302
    shown = text(desk.get(one))
    assert [part in shown for part in ("吸痰护理", "增加", "移除", "时长")] == [True] * 4
    early = press("submit")
    assert early.status_code == 422
    assert "还没有专家同意的论证意见" in text(early)
    assert press("review", **{**EXPERT, "risk": " ", "said_on": today()}).status_code == 422
    assert press("review", **{**EXPERT, "verdict": "against", "said_on": today()}).status_code == 302
    assert "方静不同意" in text(press("submit")) or "还没有专家同意" in text(press("submit"))
    assert press("review", **EXPERT, said_on=today()).status_code == 302
    item(code, **{**same, "duration_min": 50, "reason": "再延长"})
    assert "需重新论证" in text(desk.get(one))
    assert press("submit").status_code == 422
    press("review", **EXPERT, said_on=today())
    assert press("submit").status_code == 302
    assert press("publish").status_code == 422
    back = press("send_back", colleague, reason="文号有误")
    press("edit", **head(source="浦卫〔2026〕10号"))
    assert press("submit").status_code == back.status_code == 302
    assert press("publish", colleague).status_code == 302

    draft.refresh_from_db()
    new, last = draft.edition, Edition.objects.get(pk=last.pk)
    assert (new.effective_from, last.effective_to) == (today() + 9 * DAY, today() + 8 * DAY)
    assert "方静" in new.admission_note
    assert Item.objects.get(edition=new, code=code).duration_min == 50
    suction = Item.objects.get(edition=new, name="吸痰护理")
    assert (suction.takes_specimen, [step.text for step in suction.steps.all()]) == (True, ["评估", "吸痰", "记录"])
    assert set(suction.asks.values_list("measurement", flat=True)) == set(
        Item.objects.get(edition=last, code=code).asks.values_list("measurement", flat=True)
    )
    assert new.items.count() == 19
    assert list(new.items.order_by("number").values_list("number", flat=True)) == list(range(1, 20))
    assert Offering.objects.filter(item__edition=new, organisation=t.centre, offered=True).count() == 18
    assert "2027 年版目录" in text(desk.get(reverse("oversight:catalogue")))
    assert client(t, Role.QC_INSPECTOR).get(one).status_code == 200
    assert client(t, Role.QC_INSPECTOR).post(drafts, head()).status_code == 403


@pytest.mark.clause("002 五(五)")
def test_an_edition_published_again_as_it_is_has_the_same_items_steps_measurements_and_demands(t):
    last = Edition.objects.get(district=t.district)
    data = drafting.data_of(last)

    made = publishing.rows(Edition(district=t.district), data)

    items = {item.number: item for item in catalog.items(last.pk)}
    plain = ("code", "name", "plain_words", "family", "risk", "duration_min", "patient_sex", "makes_waste",
             "takes_specimen", "needs_guidance", "source_text", "clause")  # fmt: skip
    for item in made.items:
        was = items[item.number]
        assert [getattr(item, column) for column in plain] == [getattr(was, column) for column in plain]
        assert item.notes == was.notes
        assert [step.text for step in made.steps if step.item is item] == [step.text for step in was.steps.all()]
        asks = [(ask.measurement.key, ask.required, ask.excused_when) for ask in made.asks if ask.item is item]
        assert asks == [(ask.measurement_id, ask.required, ask.excused_when) for ask in was.asks.all()]
        demands = {(one.kind_id, one.clause) for one in made.demands if one.item is item}
        assert demands == {(one.kind_id, one.clause) for one in was.demands.all()}
    stored = {row.key: row for row in type(made.measurements[0]).objects.all()}
    for row in made.measurements:
        for column in row._meta.concrete_fields:
            assert getattr(row, column.name) == getattr(stored[row.key], column.name), (row.key, column.name)
    assert publishing.contradictions(data) == []
    with pytest.raises((Invalid, Hidden)):
        services.begin_draft(district=t.district, by=t.actor(Role.REVIEWER), now=t.now, **head())


def test_a_setting_is_refused_withdrawn_or_agreed_to_by_another_and_waits_alone(t, desk, colleague):
    url = reverse("oversight:settings_one", args=["nurse.daily_cap"])
    asked = {"value": 6, "effective_on": today() + DAY, "reason": "试行"}

    def press(change, verb, browser, **typed):
        return browser.post(reverse("oversight:settings_decide", args=[change.pk, verb]), typed)

    assert desk.post(url, asked).status_code == 302
    change = SettingChange.objects.get()
    twice = desk.post(url, {**asked, "value": 7})
    assert twice.status_code == 422
    assert "已有一份调整在等复核" in text(twice)
    assert "等待复核" in text(colleague.get(reverse("oversight:settings")))
    assert "请由另一位监管员复核" in text(press(change, "approve", desk))
    assert "由提出人撤回" in text(press(change, "withdraw", colleague, reason="不要了"))
    assert press(change, "refuse", colleague, answer="").status_code == 422
    assert press(change, "refuse", colleague, answer="先听中心意见").status_code == 302
    assert "先听中心意见" in text(desk.get(url))
    assert not Setting.objects.exists()
    desk.post(url, asked)
    second = SettingChange.objects.latest("pk")
    assert press(second, "withdraw", desk, reason="数据有误").status_code == 302
    desk.post(url, asked)
    third = SettingChange.objects.latest("pk")
    with pytest.raises(Unmet):
        services.approve_setting(
            change_id=third.pk, by=places.staff(t.district, Role.SUPERVISOR), now=timezone.now() + 5 * DAY
        )
    assert press(third, "approve", colleague).status_code == 302
    assert Setting.objects.get().value == 6
    assert press(third, "approve", colleague).status_code == 422
    assert press(third, "nonsense", colleague).status_code == 404
    with pytest.raises(IntegrityError), transaction.atomic():
        SettingChange.objects.filter(pk=third.pk).update(decided_by=third.proposed_by_id)
    for actor in everybody(t):
        for model, seen in (
            (SettingChange, access.changes_visible_to(actor)), (EditionDraft, access.drafts_visible_to(actor)),
        ):  # fmt: skip
            assert set(seen) == {row for row in model.objects.all() if access.district_hats(actor, row)}


@pytest.mark.clause("002 五(二)1", "002 五(二)2", "004 五(三)")
def test_a_filing_is_withdrawn_and_an_excluded_nurse_comes_back_only_by_an_appeal(t, desk):
    filing = t.centre.filings.get()
    home = reverse("public:home")
    withdraw = reverse("oversight:filings_withdraw", args=[filing.pk])
    assert t.centre.name in text(Client().get(home))
    assert desk.post(withdraw, {"reason": ""}).status_code == 422
    assert desk.post(withdraw, {"reason": "整改不到位"}).status_code == 302
    assert "整改不到位" in text(desk.get(reverse("oversight:institutions_one", args=[t.centre.pk])))
    assert t.centre.name not in text(Client().get(home))
    assert "不需要再办理" in text(desk.post(withdraw, {"reason": "再撤一次"}))

    nurse = persons.nurse(t.centre, name="任秋", now=t.now)
    nurses.exclude(
        nurse_id=nurse.pk, kind="违规执业", reason="擅自收费", evidence="调查记录 1 号", by=t.actor(Role.SUPERVISOR),
        now=t.now,
    )  # fmt: skip
    exclusion, url = Exclusion.objects.get(), reverse("oversight:exclusions")
    lift = reverse("oversight:exclusions_lift", args=[exclusion.pk])
    assert "任秋" in text(desk.get(url))
    assert client(t, Role.QC_INSPECTOR).post(lift, {"appeal": "可以"}).status_code == 403
    assert desk.post(lift, {"appeal": ""}).status_code == 422
    assert desk.post(lift, {"appeal": "复核后认定举报不实"}).status_code == 302
    assert "复核后认定举报不实" in text(desk.get(url))
    assert "已经撤销" in text(desk.post(lift, {"appeal": "再撤一次"}))
