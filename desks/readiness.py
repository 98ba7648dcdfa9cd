"""
Whether an institution is ready to serve: each line of the list is worked out from facts, none is ticked by hand.

The list of 002 六(一)2 and 六(二)1: papers, people, training, rules, plans, and a visit that went all the way.
"""

from dataclasses import dataclass
from datetime import date

from accounts.models import Organization
from accounts.roles import Role
from accounts.selectors import people
from catalog import selectors as catalog
from institutions import rules as institution_rules
from institutions import selectors as institutions
from institutions.models import Acknowledgement, Profile, WorkTask
from institutions.rules import Standing
from nurses import selectors as nurses
from orders.lifecycle import OrderStatus
from orders.models import Order

NEEDED = (Role.DISPATCHER, Role.DOCTOR, Role.NURSE, Role.CENTRE_ADMIN)


@dataclass(frozen=True, slots=True)
class Item:
    """One line: what is asked, whether the facts answer it, what they say, and where it is put right."""

    label: str
    met: bool
    said: str
    clause: str
    route: str = ""


def checklist(centre: Organization, today: date) -> list[Item]:
    """All lines for one institution, in a number of queries that does not grow with its staff."""
    standing = institutions.standing(centre.pk)
    return [*_papers(centre, standing, today), *_people(centre, today), *_rules(centre, today), *_work(centre, today)]


def _papers(centre: Organization, standing: Standing, today: date) -> list[Item]:
    profile = Profile.objects.filter(organisation=centre).first()
    told = (profile.supervision_phone, profile.responsible_department, profile.responsible_person) if profile else ("",)
    barred = institution_rules.why_not_serve(standing, today, None)
    stops = "".join(no.sentence for no in barred)
    modes, towns = standing.modes_on(today), standing.towns_on(today)
    return [
        Item("执业许可和服务方式登记有效", not barred, stops or "今天可以提供服务。", "002 五(二)1",
             "centre:filing"),
        Item("服务方式已经区卫生健康委审核同意", bool(modes), f"已同意 {len(modes)} 项。", "002 五(二)1",
             "centre:filing"),
        Item("服务辖区已划定", bool(towns), f"已划定 {len(towns)} 个街镇。", "002 五(二)1", "centre:filing"),
        Item("监督电话、责任部门和责任人已登记", all(told), "已登记。" if all(told) else "还没有填全。",
             "004 五(一)", "centre:filing"),
    ]  # fmt: skip


def _people(centre: Organization, today: date) -> list[Item]:
    held = {post.role for post in people(organisation_ids=[centre.pk], on=today)}
    missing = [role.label for role in NEEDED if role not in held]
    roster = nurses.roster(centre.pk, today)
    fit = sum(not row.barred_by for row in roster)
    untrained = sum(any(no.code == "nurse.training" for no in row.barred_by) for row in roster)
    return [
        Item("岗位齐全", not missing, f"还缺{'、'.join(missing)}。" if missing else "四类岗位都有人在岗。",
             "002 六(二)1", "centre:people"),
        Item("有可以派出的护士", fit > 0, f"可以派出 {fit} 名，在岗共 {len(roster)} 名。", "002 五(二)2",
             "centre:credentials"),
        Item("护士都已培训合格", bool(roster) and not untrained,
             f"{untrained} 名还没有合格的培训记录。" if untrained else f"在岗 {len(roster)} 名，没有缺少培训的。",
             "002 五(七)1(2)", "centre:credentials"),
    ]  # fmt: skip


def _rules(centre: Organization, today: date) -> list[Item]:
    lines = institutions.rule_sets(centre.pk)
    newest = [line.rule_set.pk for line in lines if line.rule_set]
    staff = set(people(organisation_ids=[centre.pk], on=today).values_list("user", flat=True))
    read = Acknowledgement.objects.filter(rule_set__in=newest, user__in=staff).count()
    wanted = len(newest) * len(staff)
    plans = [line for line in institutions.emergency_plans(centre.pk) if line.plan]
    return [
        Item("十项制度均已发布", len(newest) == len(lines), f"已发布 {len(newest)} 项，共 {len(lines)} 项。",
             "002 五(七)1(1)", "centre:rulesets"),
        Item("在岗人员都已阅读现行制度", bool(wanted) and read >= wanted, f"应读 {wanted} 人次，已读 {read} 人次。",
             "002 五(七)1(1)", "centre:rulesets"),
        Item("意外伤害应急预案在册", any(line.kind == "accident" for line in plans), f"在册 {len(plans)} 类预案。",
             "002 五(九)1", "centre:emergencies"),
    ]  # fmt: skip


def _work(centre: Organization, today: date) -> list[Item]:
    undecided = sum(line.offering is None for line in catalog.offerings(centre.pk, today))
    group = len(institutions.working_group(centre.pk))
    tasks = WorkTask.objects.filter(organisation=centre).count()
    done = Order.objects.filter(centre=centre, status=OrderStatus.COMPLETED).count()
    return [
        Item("每个项目都已决定是否开展", not undecided,
             f"还有 {undecided} 个项目没有决定。" if undecided else "已全部决定。", "002 五(三)", "centre:offerings"),
        Item("工作小组和任务已落实到人", bool(group and tasks), f"小组 {group} 人，任务 {tasks} 项。", "002 七(二)",
             "centre:work_plan"),
        Item("至少一单走完全流程", done > 0, f"已确认完成 {done} 单。", "002 六(一)2", "centre:orders"),
    ]  # fmt: skip
