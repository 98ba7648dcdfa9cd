"""The centre's own desk: which centre the administrator works for just now, and what every page of it shows."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import AT_CENTRE, Role
from desks import office, pages, told
from desks.pages import Tab
from kernel.actors import Actor

ADMIN = (Role.CENTRE_ADMIN,)
STAFF = tuple(sorted(AT_CENTRE))
CHOSEN = "centre"  # where the session remembers the choice of somebody who runs two centres

TABS = (
    Tab("中心概况", "centre:home", "layout-dashboard"),
    Tab("订单查询", "centre:orders", "list-details"),
    Tab("服务评价", "centre:ratings", "star"),
    Tab("服务数据", "centre:figures", "chart-bar"),
    Tab("供需情况", "centre:shortfall", "list-details"),
    Tab("失约申诉", "centre:appeals", "user-x"),
    Tab("投诉举报", "centre:reports", "message-report"),
    Tab("合规检查", "centre:compliance", "shield-check"),
    Tab("监管问题", "centre:findings", "flag"),
    Tab("质控评分", "centre:quality", "checklist"),
    Tab("异常预警", "centre:signals", "alert-circle"),
    Tab("标本登记", "centre:registers_specimens", "test-pipe", group="登记"),
    Tab("医疗废物登记", "centre:registers_waste", "trash", group="登记"),
    Tab("重复登记", "centre:duplicates", "users", group="服务对象"),
    Tab("删除申请", "centre:erasures", "eraser", group="服务对象"),
    Tab("岗位与人员", "centre:people", "users", group="人员"),
    Tab("护士资质", "centre:credentials", "file-certificate", group="人员"),
    Tab("排班", "centre:shifts", "calendar", group="人员"),
    Tab("护理记录仪", "centre:recorders", "camera", group="人员"),
    Tab("护士培训", "centre:learning", "school", group="人员"),
    Tab("不良事件", "centre:incidents", "hand-stop", group="护士安全"),
    Tab("护士求助", "dispatch:alerts", "alert-triangle", group="护士安全"),
    Tab("入户风险提示", "dispatch:risks", "shield-check", group="护士安全"),
    Tab("开展项目", "centre:offerings", "list-check", group="机构"),
    Tab("随访模板", "centre:followups", "timeline", group="机构"),
    Tab("执业与登记", "centre:filing", "building-community", group="机构"),
    Tab("管理制度", "centre:rulesets", "gavel", group="机构"),
    Tab("应急预案", "centre:emergencies", "alert-triangle", group="机构"),
    Tab("制度学习", "centre:reading", "school", group="机构"),
    Tab("开展准备", "centre:readiness", "clipboard-check", group="推进"),
    Tab("工作计划", "centre:work_plan", "clipboard-list", group="推进"),
    Tab("问题和经验", "centre:log", "message-report", group="推进"),
    Tab("风采展示", "centre:posts", "star", group="推进"),
    Tab("工作报告", "centre:summaries", "file-description", group="推进"),
    Tab("数据导出", "centre:exports", "download", group="推进"),
)
FOR_ALL = ("centre:reading", "centre:work_plan", "centre:log")  # open to everybody who holds a post here
READING = tuple(tab for tab in TABS if tab.route in FOR_ALL)
INCIDENTS = tuple(tab for tab in TABS if tab.route == "centre:incidents")  # the dispatchers' as well
REGISTERS = tuple(tab for tab in TABS if tab.group == "登记")


def places(actor: Actor, *roles: Role) -> list[Organization]:
    return list(Organization.objects.filter(pk__in=actor.orgs_as(*(roles or ADMIN))).order_by("short_name", "pk"))


def place(request: HttpRequest, *roles: Role) -> Organization:
    """The centre of this request: the one chosen before, or the first of those where the post is held."""
    if not hasattr(request, "centre_place"):
        mine = places(request.actor, *roles)
        chosen = request.session.get(CHOSEN)
        request.centre_place = next((one for one in mine if one.pk == chosen), mine[0])
        request.centre_places = mine
    return request.centre_place


def reader(request: HttpRequest) -> Actor:
    """The actor as administrator of this one centre."""
    return office.only(request.actor, ADMIN, [place(request).pk])


def show(request: HttpRequest, template: str, context: dict, *, status: int = 200) -> HttpResponse:
    admin = request.actor.holds(*ADMIN)
    here = place(request, *(ADMIN if admin else STAFF))
    context = {
        "centre": here,
        "other_centres": [one for one in request.centre_places if one.pk != here.pk] if admin else [],
        "today": timezone.localdate(),
        "now": timezone.now(),
        "nav": pages.navigation(request, _tabs(request, admin)),
        "desk_title": here.short_name + ("中心管理" if admin else "制度和任务"),
        "me": pages.me(request, *(ADMIN if admin else STAFF)),
        **told.bar(request),
        **context,
    }
    return render(request, f"centre/{template}.html", context, status=status)


def _tabs(request: HttpRequest, admin: bool) -> tuple[Tab, ...]:
    inbox = told.inbox(request)
    if admin:
        return (TABS[0], inbox, *TABS[1:])
    return (*READING, *(INCIDENTS if request.actor.holds(Role.DISPATCHER) else ()), inbox)
