"""The commission's desk: what the pages of supervisors, inspectors and auditors share."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from desks import office, pages, told
from desks.pages import Tab
from institutions import selectors as institutions
from kernel.actors import Actor

READERS = (Role.SUPERVISOR, Role.QC_INSPECTOR)
SUPERVISOR = (Role.SUPERVISOR,)
AUDITOR = (Role.AUDITOR,)

REPORTS = Tab("投诉举报", "oversight:reports", "message-report")  # the supervisors' alone
TABS = (
    Tab("今日总览", "oversight:overview", "layout-dashboard"),
    Tab("订单追溯", "oversight:orders", "list-details"),
    Tab("服务申请", "oversight:requests", "file-text"),
    Tab("供需情况", "oversight:shortfall", "list-details"),
    Tab("借调测算", "oversight:lending", "users-group"),
    Tab("护士求助", "dispatch:alerts", "alert-triangle"),
    REPORTS,
    Tab("消息送出", "oversight:deliveries", "send"),
    Tab("合规检查", "oversight:compliance", "shield-check", group="监管"),
    Tab("监管问题", "oversight:findings", "flag", group="监管"),
    Tab("质量控制", "oversight:quality", "checklist", group="监管"),
    Tab("假如改变规则", "oversight:whatif", "scale", group="监管"),
    Tab("政策依据", "oversight:policy", "gavel", group="监管"),
    Tab("时段总览", "oversight:span", "report-analytics", group="分析"),
    Tab("质量指标", "oversight:indicators", "chart-bar", group="分析"),
    Tab("异常预警", "oversight:signals", "alert-circle", group="分析"),
    Tab("工作量统计", "oversight:workload", "users", group="分析"),
    Tab("重点任务", "oversight:tasks", "checklist", group="分析"),
    Tab("工作报告", "oversight:summaries", "file-description", group="分析"),
    Tab("数据导出", "oversight:exports", "download", group="分析"),
    Tab("科普文章", "oversight:library", "file-text", group="教育"),
    Tab("培训课程", "oversight:courses", "school", group="教育"),
    Tab("护士培训", "oversight:training", "certificate", group="教育"),
    Tab("风采展示", "oversight:posts", "star", group="教育"),
    Tab("机构", "oversight:institutions", "building-hospital", group="管理"),
    Tab("推进情况", "oversight:rollout", "flag", group="管理"),
    Tab("登记审核", "oversight:filings", "clipboard-check", group="管理"),
    Tab("项目目录", "oversight:catalogue", "stethoscope", group="管理"),
    Tab("随访模板", "oversight:followups", "timeline", group="管理"),
    Tab("工作日历", "oversight:calendar", "calendar", group="管理"),
    Tab("区级设置", "oversight:settings", "adjustments-horizontal", group="管理"),
    Tab("经验推广", "oversight:replication", "package", group="管理"),
)
TRAIL = Tab("全程留痕", "oversight:trace", "history", group="审计")
HEADS = Tab("留痕封存", "oversight:heads", "lock", group="审计")


def reader(request: HttpRequest) -> Actor:
    """The actor as one who oversees, and as nothing else."""
    return office.only(request.actor, READERS)


def district(request: HttpRequest) -> Organization:
    """The commission at which the post is held."""
    if not hasattr(request, "district"):
        held = request.actor.orgs_as(*READERS, *AUDITOR)
        request.district = Organization.objects.filter(pk__in=held, kind=Organization.Kind.COMMISSION).first()
    return request.district


def show(request: HttpRequest, template: str, context: dict, *, status: int = 200) -> HttpResponse:
    tabs = list(TABS) if request.actor.holds(*READERS) else []
    if REPORTS in tabs and not request.actor.holds(*SUPERVISOR):
        tabs.remove(REPORTS)
    if request.actor.holds(*AUDITOR):
        tabs.append(TRAIL)
    tabs.append(HEADS)
    tabs.insert(1 if request.actor.holds(*READERS) else len(tabs), told.inbox(request))
    here = district(request)
    nav = pages.navigation(request, tabs)
    waiting = institutions.filings_to_decide(here.pk).count() if request.actor.holds(*READERS) else 0
    for item, tab in zip(nav, tabs, strict=True):
        if tab.route == "oversight:filings":
            item["count"] = waiting
    context = {
        "district": here,
        "today": timezone.localdate(),
        "now": timezone.now(),
        "nav": nav,
        "may_decide": request.actor.holds(*SUPERVISOR),
        "desk_title": "区级监管端",
        "me": pages.me(request, *READERS, *AUDITOR),
        **told.bar(request),
        **context,
    }
    return render(request, f"oversight/{template}.html", context, status=status)
