"""Quality control: inspectors on file, samples drawn by a published seed, sheets filled, what fails followed up."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Organization, User
from accounts.roles import Role
from accounts.selectors import members_of_district, posts_in_force
from audit.services import recording
from kernel.actors import Actor
from kernel.refusals import Invalid, NotNow, NotYours, Refusal, Unmet, hidden
from orders.days import beginning
from orders.models import Order
from supervision import access, scoring
from supervision.doors import FINDINGS
from supervision.lifecycle import CALLED_OFF
from supervision.models import Finding, Inspector, Sample, ScoreSheet, Tour
from supervision.scoring import FILED, GUIDED, WALKED

SAMPLING = "002 七(三)"
MOST, LARGEST_POOL = 100, 5000
TO_RECTIFY = timedelta(days=14)
FINDING_OF = {
    ScoreSheet.Kind.VISIT: Finding.Kind.SAMPLE,
    ScoreSheet.Kind.TOUR: Finding.Kind.VISIT,
    ScoreSheet.Kind.WALK: Finding.Kind.WALK,
}


def file_inspector(
    *, district: Organization, user_id: int | None, kind: str, expertise: str, paper: str, starts_on: date, by: Actor,
    now: datetime,
) -> Inspector:  # fmt: skip
    """
    Put a member or expert on file; nobody scores before.

    :raises kernel.refusals.Refused: not this actor's district, nobody chosen, on file already, something is missing
    """
    _demand_district(district, by, Role.SUPERVISOR)
    held = posts_in_force(on=timezone.localdate(now)).filter(
        organisation=district.pk, role=Role.QC_INSPECTOR.value, user=user_id
    )
    found = []
    if user_id is None or not held.exists():
        found.append(Refusal("inspector.user", "请在区护理质控组在岗人员中选择。", FILED, "user_id"))
    if kind not in Inspector.Kind.values:
        found.append(Refusal("inspector.kind", "请选择成员或专家。", FILED, "kind"))
    for field, words, label in (("expertise", expertise, "专业与职称"), ("paper", paper, "备案文号")):
        if not words.strip():
            found.append(Refusal("inspector.words", f"请填写{label}。", FILED, field))
    if found or user_id is None:
        raise Invalid(*found)
    with transaction.atomic():
        # Two who file the same person wait for each other here.
        user = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user_id)
        if Inspector.objects.filter(district=district, user=user, ends_on__isnull=True).exists():
            raise Invalid(Refusal("inspector.known", "这位人员已经备案。", FILED, "user_id"))
        row = Inspector(
            district=district, user=user, kind=kind, expertise=expertise.strip(), paper=paper.strip(),
            starts_on=starts_on, recorded_by_id=by.user_id, recorded_at=now,
        )  # fmt: skip
        with recording(
            "supervision.inspector_filed", target=row, by=by, now=now, organisation_id=district.pk
        ):  # fmt: skip
            row.save(force_insert=True)
    return row


def end_inspector(*, inspector_id: int, by: Actor, now: datetime) -> Inspector:
    """End a filing today. :raises kernel.refusals.Refused: not there, not this actor's, ended before"""
    with transaction.atomic():
        row = (
            Inspector.objects.select_for_update(of=("self",)).select_related("district").filter(pk=inspector_id).first()
        )
        if row is None or row.district_id not in by.orgs_as(Role.SUPERVISOR):
            raise hidden("这条备案")
        if row.ends_on is not None:
            raise NotNow(Refusal("inspector.ended", "这条备案已经结束。", FILED))
        with recording("supervision.inspector_ended", target=row, by=by, now=now, organisation_id=row.district_id):
            row.ends_on = max(row.starts_on, timezone.localdate(now))
            row.save(update_fields=["ends_on"])
    return row


def draw_sample(
    *, district: Organization, title: str, seed: str, starts_on: date, ends_on: date, size: int, by: Actor,
    now: datetime,
) -> Sample:  # fmt: skip
    """
    Draw finished visits of the district by a seed that was published; each becomes a sheet to fill.

    :raises kernel.refusals.Refused: a seed used before, days that are not over, nothing to draw from, or too much
    """
    _demand_district(district, by, Role.SUPERVISOR, Role.QC_INSPECTOR)
    title, seed = title.strip(), seed.strip()
    today, found = timezone.localdate(now), []
    if not title:
        found.append(Refusal("sample.title", "请填写抽查名称。", SAMPLING, "title"))
    if len(seed) < 4:
        found.append(Refusal("sample.seed", "种子请填写至少 4 个字符，例如当天公布的开奖号码。", SAMPLING, "seed"))
    if not starts_on <= ends_on < today:
        found.append(Refusal("sample.days", "服务日期请选择今天以前，结束不早于开始。", SAMPLING, "ends_on"))
    if not 1 <= size <= MOST:
        found.append(Refusal("sample.size", f"一次可以抽取 1 到 {MOST} 单。", SAMPLING, "size"))
    if found:
        raise Invalid(*found)
    with transaction.atomic():
        Organization.objects.select_for_update(of=("self",), no_key=True).get(pk=district.pk)
        if Sample.objects.filter(district=district, seed=seed).exists():
            raise Invalid(Refusal("sample.seed_used", "这个种子已经用过，请换一个新公布的种子。", SAMPLING, "seed"))
        orders = {row.number: row for row in _pool(district, starts_on, ends_on)}
        if len(orders) > LARGEST_POOL:  # a part of them would be no sample of the span
            said = f"备抽订单超过 {LARGEST_POOL} 单，请缩短服务日期的范围。"
            raise Invalid(Refusal("sample.large", said, SAMPLING, "ends_on"))
        if not orders:
            raise Unmet(Refusal("sample.empty", "这段时间没有已结束的上门，无法抽取。", SAMPLING))
        pool = sorted(orders)
        row = Sample(
            district=district, title=title, seed=seed, starts_on=starts_on, ends_on=ends_on, size=size, pool=pool,
            pool_sha256=hashlib.sha256("\n".join(pool).encode()).hexdigest(), drawn_at=now, drawn_by_id=by.user_id,
        )  # fmt: skip
        with recording("supervision.sample_drawn", target=row, by=by, now=now, organisation_id=district.pk) as entry:
            row.save(force_insert=True)
            chosen = scoring.draw(seed, pool, size)
            ScoreSheet.objects.bulk_create(
                ScoreSheet(
                    kind=ScoreSheet.Kind.VISIT, organisation_id=orders[number].centre_id, sample=row,
                    order=orders[number], planned_on=today, planned_by_id=by.user_id,
                )
                for number in chosen
            )  # fmt: skip
            entry.data.update({"seed": seed, "pool": len(pool), "drawn": chosen})
    return row


def begin_walk(*, centre: Organization, by: Actor, now: datetime) -> ScoreSheet:
    """Open a sheet for going a centre's way as a patient would. :raises kernel.refusals.Hidden: not this actor's"""
    if centre.pk not in by.orgs_as(*access.OVERSEEING):
        raise hidden("这家中心")
    with transaction.atomic():
        row = ScoreSheet(
            kind=ScoreSheet.Kind.WALK, organisation=centre, planned_on=timezone.localdate(now),
            planned_by_id=by.user_id,
        )  # fmt: skip
        with recording("supervision.walk_begun", target=row, by=by, now=now):
            row.save(force_insert=True)
    return row


def score(*, sheet_id: int, scores: Mapping[str, int | None], note: str = "", by: Actor, now: datetime) -> ScoreSheet:
    """
    Fill a sheet, once. Each item with too few points becomes a finding with a deadline.

    :raises kernel.refusals.Refused: not this actor's, not on file, filled before, points that cannot be
    """
    with transaction.atomic():
        row = (
            ScoreSheet.objects.select_for_update(of=("self",))
            .select_related("organisation", "order")
            .filter(pk=sheet_id)
        ).first()
        if row is None or not (worn := access.sheet_hats(by, row)):
            raise hidden("这份评分表")
        role = _demand_scorer(row, worn, by, now)
        if row.scored_at is not None:
            raise NotNow(Refusal("sheet.filled", "这份评分表已经提交，不能再改。", FILED))
        if Tour.objects.filter(sheet=row, status__in=sorted(CALLED_OFF)).exists():
            raise NotNow(Refusal("sheet.called_off", "这次督导已经取消，不用再评分。", GUIDED))
        sheet = scoring.SHEETS[row.kind]
        if found := scoring.faults(sheet, scores):
            raise Invalid(*found)
        kept = {item.code: int(scores[item.code] or 0) for item in sheet.items}
        with recording("supervision.sheet_scored", target=row, by=by, now=now, role=role) as entry:
            row.scores, row.total, row.note = kept, sum(kept.values()), note.strip()[:300]
            row.scored_at, row.scored_by_id = now, by.user_id
            row.save(update_fields=["scores", "total", "note", "scored_at", "scored_by"])
            entry.data["total"] = row.total
        for item in scoring.failed(sheet, kept):
            finding = Finding(
                kind=FINDING_OF[ScoreSheet.Kind(row.kind)], source=f"sheet.{row.kind}",
                key=f"sheet:{row.pk}:{item.code}",
                organisation=row.organisation, order=row.order, clause=item.clause, since=now, opened_at=now,
                words=f"{item.words}：{kept[item.code]} 分，满分 {item.points} 分",
                due_on=timezone.localdate(now) + TO_RECTIFY,
            )  # fmt: skip
            FINDINGS.create("open", finding, by=by, now=now)
    return row


def on_file(user_id: int | None, district_ids, on: date) -> bool:
    """Whether somebody is on file as an inspector of one of these districts on the day."""
    rows = Inspector.objects.filter(user=user_id, district__in=district_ids, starts_on__lte=on)
    return rows.exclude(ends_on__lt=on).exists()


def _demand_scorer(row, worn, by, now) -> str:
    """Return the role under which the sheet is filled. :raises kernel.refusals.Refused: not this actor's to fill"""
    if row.kind == ScoreSheet.Kind.VISIT:
        if Role.QC_INSPECTOR not in worn:
            raise NotYours(Refusal("sheet.inspector", "抽查评分由区护理质控组填写，不在您的权限内。", SAMPLING))
        if not on_file(by.user_id, by.orgs_as(Role.QC_INSPECTOR), timezone.localdate(now)):
            raise Unmet(Refusal("sheet.not_on_file", "您还没有作为质控成员或专家备案，备案以后才能评分。", FILED))
        return Role.QC_INSPECTOR
    if row.kind == ScoreSheet.Kind.TOUR:
        if Role.REVIEWER not in worn:
            raise NotYours(Refusal("sheet.reviewer", "督导评分由牵头医院填写，不在您的权限内。", GUIDED))
        return Role.REVIEWER
    if by.user_id != row.planned_by_id:
        raise NotYours(Refusal("sheet.walker", "走查表由走查的人自己填写。", WALKED))
    return sorted(worn)[0]


def _pool(district, starts_on, ends_on):
    centres = members_of_district(root_id=district.pk).values("pk")
    rows = Order.objects.filter(
        centre__in=centres,
        finished_at__gte=beginning(starts_on),
        finished_at__lt=beginning(ends_on + timedelta(days=1)),
    )
    return rows.only("number", "centre")[: LARGEST_POOL + 1]


def _demand_district(district, by, *roles):
    if district.pk not in by.orgs_as(*roles):
        raise hidden("这个区")
