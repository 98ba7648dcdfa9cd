"""What the commission should see to, kind by kind: how many, and the list behind it. Nothing where nothing is."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from desks.oversight.desk import READERS
from indicators import access as indicators
from indicators import months, signals
from indicators.lifecycle import OPEN as TASK_OPEN
from institutions import selectors as institutions
from kernel.actors import Actor
from safety import access as safety
from safety.lifecycle import ALARM_OPEN, REPORT_OPEN
from supervision import access as supervision
from supervision import selectors as findings
from supervision.lifecycle import LIVE
from supervision.models import Finding


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of concern: its look, its words, and the page that lists the rows."""

    state: str
    icon: str
    title: str
    detail: str
    route: str
    asked: tuple[tuple[str, str], ...] = ()

    @property
    def url(self) -> str:
        return reverse(self.route) + (f"?{urlencode(self.asked)}" if self.asked else "")


KINDS: dict[str, Kind] = {
    "alarms": Kind("alert", "alert-triangle", "起护士求助没有结束", "等待响应或处置中，请督促中心。",
                   "dispatch:alerts"),
    "overdue": Kind("alert", "clock-exclamation", "个监管问题超过整改期限", "没有报告整改，或等待复核。",
                    "oversight:findings", (("state", "overdue"),)),
    "breaches": Kind("alert", "shield-check", "个合规检查发现的问题没有结案", "待分派、整改中或待复核。",
                     "oversight:findings", (("state", "live"), ("kind", "check"))),
    "signals": Kind("ask", "alert-circle", "项并发症和不良事件高于自身以往", "请逐条核查背后的记录。",
                    "oversight:signals"),
    "reports": Kind("ask", "message-report", "件投诉举报没有答复", "待受理或处理中，按应当答复的时间排列。",
                    "oversight:reports", (("state", "open"),)),
    "tasks": Kind("ask", "checklist", "项重点任务超过时限", "请督促牵头单位。",
                  "oversight:tasks", (("state", "late"),)),
    "licences": Kind("ask", "calendar", f"家机构的执业许可证 {institutions.SOON} 天内到期",
                     "到期后不能上门服务，请提醒续办。", "oversight:institutions", (("state", "expiring"),)),
    "filings": Kind("info", "clipboard-check", "项服务方式登记等待审核", "审核同意后中心方可上门服务。",
                    "oversight:filings"),
}  # fmt: skip


def rows(*, actor: Actor, district_id: int, now: datetime) -> dict[str, QuerySet]:
    """The rows of each kind that is counted in the database; each equals the list that its link opens."""
    today, places = timezone.localdate(now), actor.orgs_as(*READERS)
    live = supervision.visible_to(actor)
    found = {
        "alarms": safety.alarms_visible_to(actor).filter(status__in=sorted(ALARM_OPEN)),
        "overdue": live.filter(findings.overdue(today)),
        "breaches": live.filter(status__in=sorted(LIVE), kind=Finding.Kind.CHECK),
        "tasks": indicators.tasks_visible_to(actor).filter(status__in=sorted(TASK_OPEN), due_on__lt=today),
        "licences": institutions.licences_ending(places, today),
        "filings": institutions.filings_to_decide(district_id),
    }
    if actor.holds(Role.SUPERVISOR):  # reports that went past the centres are the supervisors' alone
        handled = safety.reports_visible_to(actor).filter(organisation__in=actor.orgs_as(Role.SUPERVISOR))
        found["reports"] = handled.filter(status__in=sorted(REPORT_OPEN))
    return found


def warned(*, actor: Actor, now: datetime) -> int:
    """How many items of centres stand above their own past this month."""
    month = months.month_of(timezone.localdate(now))
    return len(signals.warnings(centres=actor.orgs_as(*READERS), month=month))


def listed(counts: dict[str, int]) -> list[dict]:
    """What is there, the most pressing first."""
    return [{"kind": kind, "n": counts[name]} for name, kind in KINDS.items() if counts.get(name)]
