"""What one district has found good is taken over by another: as a file, as proposals and drafts, with four eyes."""

import dataclasses
import hashlib
import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from accounts.services import create_organisation
from audit.models import Event
from catalog import drafting
from catalog import selectors as catalog
from catalog import services as catalog_services
from catalog.models import Edition
from desks.steps import attempt
from education import services as education
from education import starting
from education.models import Article
from followups import services as followups
from followups.models import PlanTemplate
from institutions import selectors as institutions
from institutions.models import Setting
from institutions.services import choose_setting
from kernel.refusals import Hidden, Invalid, NotNow
from supervision import comparing, package, packing, services
from supervision.models import EditionDraft, SettingChange
from tests import world
from tests.world import places, teaching, traces

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
EXPERT = {
    "expert": "方静", "standing": "示范医院，主任护师", "need": "出院患者需要", "risk": "低", "feasible": "一人可做",
    "setting": "家中桌面即可", "verdict": "for",
}  # fmt: skip
PHONE = "13812345678"


@pytest.fixture
def t():
    """A district that has chosen, changed its list, published an article, templates and a negative entry."""
    made = world.town(now=timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0) - DAY)
    by = made.actor(Role.SUPERVISOR)
    for key, value in (("nurse.daily_cap", 6), ("nurse.insurance", "warn"), ("request.emergency_words", ["胸痛"])):
        choose_setting(
            district=made.district, key=key, value=value, effective_on=timezone.localdate(made.now), reason="试行",
            by=places.SETUP, now=made.now,
        )  # fmt: skip
    teaching.article(made)
    followups.publish_starting_content(district=made.district, by=by, now=made.now)
    catalog_services.add_negative_entry(
        district=made.district, kind="service", text="居家输血", reason=f"风险高，疑问请打 {PHONE}", advice="到医院",
        clause="004 三(三)", starts_on=timezone.localdate(made.now), by=by, now=made.now,
    )  # fmt: skip
    return made


@pytest.fixture
def other(t):
    """Another commission with the platform's list as it comes, but one item is unknown there and one is shorter."""
    district = create_organisation(
        kind=Organization.Kind.COMMISSION, name="静海区卫生健康委", short_name="静海区卫健委", by=places.SETUP,
        now=t.now,
    )  # fmt: skip
    data = drafting.data_of(catalog.editions(t.district.pk).first())
    data["items"] = [row for row in data["items"] if row["no"] != 3]
    data = drafting.renumbered(data)
    data["items"][0]["ours"]["duration_min"] = 25
    for row in data["items"]:
        row["code"] = row["code"].replace("PD2024", "JH")
    catalog_services.publish_edition(
        district=district, data=data, effective_from=timezone.localdate(t.now) - DAY, by=places.SETUP, now=t.now
    )
    people = [places.staff(district, Role.SUPERVISOR, t.now) for _ in range(2)]
    return SimpleNamespace(district=district, one=people[0], two=people[1], now=timezone.now())


def exported(t) -> bytes:
    return services.export_package(district=t.district, by=t.actor(Role.SUPERVISOR), now=t.now + DAY).content


def found(other, sent) -> dict:
    today = timezone.localdate(other.now)
    ours = packing.decided_of(other.district, today)
    return comparing.compared(package.read(sent).content, ours, packing.standing_of(other.district, today))


def all_of(parts) -> list[str]:
    return [row.name for rows in parts.values() for row in rows if row.takes]


def take(other, sent, picks, **changed):
    given = {"effective_on": timezone.localdate(other.now) + DAY, "reason": "参照先行区做法", "by": other.one}
    return services.take_package_over(
        district=other.district, content=sent, picks=picks, now=other.now, **{**given, **changed}
    )


def agree(other) -> None:
    """A second person approves every proposal, reviews and publishes every draft."""
    act = {"by": other.two, "now": other.now}
    for change in SettingChange.objects.filter(organisation=other.district):
        services.approve_setting(change_id=change.pk, **act)
    for row in Article.objects.filter(district=other.district, status="draft"):
        education.review_article(article_id=row.pk, **act)
        education.publish_article(article_id=row.pk, **act)
    for draft in EditionDraft.objects.filter(organisation=other.district):
        services.review_draft(
            draft_id=draft.pk, said_on=timezone.localdate(other.now), by=other.one, now=other.now, **EXPERT
        )
        services.submit_draft(draft_id=draft.pk, by=other.one, now=other.now)
        services.publish_draft(draft_id=draft.pk, **act)


@pytest.mark.clause("004 一(二)")
def test_what_one_district_exports_is_the_same_in_another_once_others_there_have_agreed(t, other):
    sent = exported(t)
    before = found(other, sent)
    picks = all_of(before)
    assert {row.label: row.state for row in before["catalogue"] if row.state != "same"} == {
        catalog.editions(t.district.pk).first().items.get(number=1).name: "differs",
        catalog.editions(t.district.pk).first().items.get(number=3).name: "new",
    }

    taken = take(other, sent, picks)

    assert (taken.settings, taken.items, taken.articles, taken.left) == (3, 2, 1, 0)
    tomorrow = timezone.localdate(other.now) + DAY
    assert institutions.settings_on(other.district.pk, tomorrow)["nurse.daily_cap"] == 8
    assert catalog.editions(other.district.pk).count() == 1
    assert not Article.objects.filter(district=other.district, status="published").exists()
    change = SettingChange.objects.filter(organisation=other.district, key="nurse.daily_cap").get()
    assert (change.value, change.status) == (6, "proposed")
    assert "参照先行区做法" in change.reason
    assert t.district.name in change.reason
    agree(other)
    assert institutions.settings_on(other.district.pk, tomorrow)["nurse.daily_cap"] == 6
    assert institutions.settings_on(other.district.pk, tomorrow - DAY)["nurse.daily_cap"] == 8
    after = found(other, sent)
    for part in ("settings", "catalogue", "articles", "measurements"):
        assert {row.state for row in after[part]} == {"same"}, part
    assert {row.state for part in ("templates", "questionnaires", "negative") for row in after[part]} == {"new"}
    codes = set(catalog.editions(other.district.pk).first().items.values_list("code", flat=True))
    assert len(codes) == 19
    assert all(code.startswith("JH-") for code in codes)


@pytest.mark.clause("004 一(二)", "002 五(七)2(2)")
def test_the_same_file_twice_changes_nothing_twice_and_each_act_holds_its_digest(t, other):
    sent = exported(t)
    picks = all_of(found(other, sent))
    take(other, sent, picks)
    held = (SettingChange.objects.count(), EditionDraft.objects.count(), Article.objects.count())
    assert all_of(found(other, sent)) == []
    with pytest.raises(NotNow) as no:
        take(other, sent, picks)
    assert "没有再带入一次" in no.value.reasons[0].sentence
    agree(other)
    with pytest.raises(NotNow):
        take(other, sent, picks)

    assert held == (SettingChange.objects.count(), EditionDraft.objects.count(), Article.objects.count())
    digest = hashlib.sha256(sent).hexdigest()
    acts = Event.objects.filter(action__startswith="supervision.package_", kind=Event.Kind.ACT).order_by("pk")
    acts = acts.filter(organisation_id__in=[t.district.pk, other.district.pk])
    assert [(row.action, row.organisation_id, row.data["file_sha256"]) for row in acts] == [
        ("supervision.package_exported", t.district.pk, digest),
        ("supervision.package_taken_over", other.district.pk, digest),
    ]
    assert acts[1].data["district"] == t.district.name
    assert len(acts[1].data["taken"]["settings"]) == 3


@pytest.mark.clause("004 一(二)")
def test_what_waits_already_is_left_and_the_rest_is_taken(t, other):
    sent = exported(t)
    picks = all_of(found(other, sent))
    services.propose_setting(
        district=other.district, key="nurse.daily_cap", value=7, effective_on=timezone.localdate(other.now) + DAY,
        reason="另议", by=other.two, now=other.now,
    )  # fmt: skip

    taken = take(other, sent, picks)

    assert (taken.settings, taken.left) == (2, 1)
    assert SettingChange.objects.get(organisation=other.district, key="nurse.daily_cap").value == 7


@pytest.mark.clause("002 五(八)", "004 一(二)")
def test_the_file_names_nobody_and_holds_no_number_to_call(t):
    sent = exported(t)

    words = sent.decode()
    assert PHONE not in words
    assert "（号码已略去）" in words
    people = {user.display_name for user in t.users.values()} | {user.username for user in t.users.values()}
    assert [name for name in people | {t.patient.name} if f'"{name}"' in words or len(name) > 2 and name in words] == []
    whole = json.loads(words)
    assert list(whole) == ["format", "version", "district", "date", "sha256", "content"]
    assert whole["district"] == t.district.name
    assert sorted(whole["content"]) == [
        "articles", "catalogue", "negative", "questionnaires", "settings", "templates",
    ]  # fmt: skip
    assert len(whole["content"]["catalogue"]["items"]) == Edition.objects.get(district=t.district).items.count()
    assert len(whole["content"]["templates"]) == PlanTemplate.objects.filter(owner=t.district).count()
    assert exported(t) == sent  # the same rules of the same day


@pytest.mark.clause("004 一(二)")
def test_everything_that_comes_with_the_platform_fits_into_a_package(t):
    for one in starting.articles():
        if one["code"] != "picc-care":
            teaching.article(t, one["code"])

    read = package.read(exported(t))

    assert len(read.content["articles"]) == len(starting.articles())


@pytest.mark.clause("002 四", "004 一(二)")
def test_only_the_districts_own_supervisors_export_and_take_over_and_never_without_a_reason_or_a_day_to_come(t, other):
    sent = exported(t)
    picks = all_of(found(other, sent))
    strangers = [t.actor(Role.SUPERVISOR), places.staff(other.district, Role.QC_INSPECTOR, t.now)]
    for by in strangers:
        with pytest.raises(Hidden):
            take(other, sent, picks, by=by)
        with pytest.raises(Hidden):
            services.export_package(district=other.district, by=by, now=other.now)
    for changed, field in (
        ({"reason": " "}, "reason"), ({"reason": "长" * 201}, "reason"),
        ({"effective_on": timezone.localdate(other.now)}, "effective_on"), ({"picks": []}, "picks"),
        ({"picks": ["settings:nothing"]}, "picks"), ({"sent": sent[:-30]}, "file"),
    ):  # fmt: skip
        given = {"sent": sent, "picks": picks, **changed}
        with pytest.raises(Invalid) as no:
            take(other, given.pop("sent"), given.pop("picks"), **given)
        assert no.value.reasons[0].field == field
    assert not SettingChange.objects.exists()
    assert not EditionDraft.objects.exists()
    assert Setting.objects.filter(district=other.district).count() == 0


@pytest.mark.clause("004 一(二)", "000 二(五)")
def test_an_article_is_about_the_same_items_in_a_district_that_numbers_them_otherwise(t, other):
    teaching.article(t, "stoma-care")  # about items 3 and 4; the other district has no 3, and calls 4 its third
    names = dict(catalog.editions(t.district.pk).first().items.values_list("number", "name"))
    sent = exported(t)
    (row,) = [one for one in found(other, sent)["articles"] if one.key == "stoma-care"]
    assert names[3] in row.why
    assert "带入时略去" in row.why

    take(other, sent, all_of(found(other, sent)))

    assert Article.objects.get(district=other.district, code="picc-care").items == [8]
    assert Article.objects.get(district=other.district, code="stoma-care").items == [3]
    agree(other)
    listed = dict(catalog.editions(other.district.pk).first().items.values_list("number", "name"))
    assert (listed[8], listed[3]) == (names[9], names[4])
    (row,) = [one for one in found(other, sent)["articles"] if one.state != "same"]
    assert row.changes == (("适用项目", names[4], "、".join(sorted((names[3], names[4])))),)
    take(other, sent, [row.name])
    again = Article.objects.get(district=other.district, code="stoma-care", status="draft")
    assert {listed[number] for number in again.items} == {names[3], names[4]}


@pytest.mark.clause("002 五(七)2(2)", "004 一(二)")
def test_a_refusal_in_the_middle_stands_in_the_trace_although_all_else_was_undone(t, other, monkeypatch):
    sent = exported(t)
    picks = all_of(found(other, sent))
    known = packing.standing_of
    # Somebody else proposes the same setting between the look at what waits and the proposal.
    services.propose_setting(
        district=other.district, key="nurse.insurance", value="warn", reason="另议", by=other.two, now=other.now,
        effective_on=timezone.localdate(other.now) + DAY,
    )  # fmt: skip
    monkeypatch.setattr(packing, "standing_of", lambda *seen: dataclasses.replace(known(*seen), settings=frozenset()))
    before = Event.objects.filter(kind=Event.Kind.REFUSAL).count()

    outcome = attempt(
        services.take_package_over, district=other.district, content=sent, picks=picks, reason="参照", by=other.one,
        effective_on=timezone.localdate(other.now) + DAY, now=other.now,
    )  # fmt: skip

    assert not outcome.done
    assert SettingChange.objects.filter(organisation=other.district).count() == 1
    no = Event.objects.filter(kind=Event.Kind.REFUSAL).latest("pk")
    assert Event.objects.filter(kind=Event.Kind.REFUSAL).count() == before + 1
    assert (no.action, no.organisation_id) == ("supervision.package_taken_over", other.district.pk)


@pytest.mark.clause("004 一(二)")
def test_what_no_district_could_read_does_not_leave(t):
    edition = catalog.editions(t.district.pk).first()
    data = drafting.data_of(edition)
    data["items"][0]["ours"]["first_assessment_checks"] = ["长" * 201]
    catalog_services.publish_edition(
        district=t.district, data=data, effective_from=timezone.localdate(t.now) + DAY, by=places.SETUP, now=t.now
    )

    with pytest.raises(Invalid) as no:
        exported(t)

    assert f"「护理项目」中「{data['items'][0]['name']}」的「首诊关注」第 1 项" in no.value.sentence
    assert traces.acts("supervision.package_exported") == []


@pytest.mark.clause("004 一(二)", "004 三(三)")
def test_what_is_forbidden_today_is_not_called_missing_because_its_end_is_decided(t):
    by, today = t.actor(Role.SUPERVISOR), timezone.localdate(t.now)
    sent = exported(t)
    (entry,) = catalog.negative_entries(t.district.pk, today)
    catalog_services.end_negative_entry(
        entry_id=entry.pk, ends_on=today + 30 * DAY, reason="下月起改由中心评估", by=by, now=t.now
    )
    catalog_services.add_negative_entry(
        district=t.district, kind="service", text="居家化疗", reason="风险高", advice="到医院", clause="004 三(三)",
        starts_on=today + 30 * DAY, by=by, now=t.now,
    )  # fmt: skip
    here = SimpleNamespace(district=t.district, now=t.now)

    assert [(row.label, row.state) for row in found(here, sent)["negative"]] == [("居家输血", "same")]
    assert {row["text"] for row in packing.decided_of(t.district, today)["negative"]} == {"居家输血", "居家化疗"}
    ended = SimpleNamespace(district=t.district, now=t.now + 40 * DAY)
    assert [row.state for row in found(ended, sent)["negative"]] == ["new"]


@pytest.mark.clause("002 五(五)", "004 一(二)")
def test_who_approves_reads_everything_that_another_districts_item_changes(t, other):
    sent = exported(t)
    content = json.loads(sent)["content"]
    item = content["catalogue"]["items"][1]
    item.update(sharps=not item["sharps"], materials=not item["materials"], clause="另一份文件")
    item["cautions"] = [{"text": "家中无人照护", "stage": "visit", "action": "refer"}]
    content["catalogue"]["common"] = [*content["catalogue"]["common"], "查过敏史"]
    sent = package.written(content, district="静海区", day=timezone.localdate(t.now))
    take(other, sent, [f"catalogue:{item['name']}", f"catalogue:{comparing.COMMON}"])

    draft = EditionDraft.objects.get(organisation=other.district)
    read = {name: parts for _, name, parts in drafting.changes(drafting.data_of(draft.based_on), draft.data)}

    assert set(read[item["name"]]) >= {"锐器", "耗材", "依据", "不宜居家的情形增加「家中无人照护」"}
    assert read[drafting.COMMON] == ["内容增加「查过敏史」"]
