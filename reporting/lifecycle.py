"""The lives of a report, of an export and of a pack for the city, each as one table. All else reads these."""

from django.db.models import TextChoices

from accounts.roles import SYSTEM, Role
from kernel.workflow import NEW, Workflow, step
from reporting import needs


class SummaryStatus(TextChoices):
    DRAFT = "draft", "起草中"
    SUBMITTED = "submitted", "待审核"
    RETURNED = "returned", "退回修改"
    ACCEPTED = "accepted", "已通过"
    PUBLISHED = "published", "已公布"


class ExportStatus(TextChoices):
    ASKED = "asked", "待同意"
    READY = "ready", "可下载"
    REFUSED = "refused", "未同意"
    WITHDRAWN = "withdrawn", "已撤回"
    EXPIRED = "expired", "已到期"


class PackStatus(TextChoices):
    PREPARED = "prepared", "待递交"
    SENDING = "sending", "在线报送中，等答复"
    HANDED = "handed", "已递交，等签收"
    ACKNOWLEDGED = "acknowledged", "市质控中心已签收"
    RETURNED = "returned", "市质控中心退回"
    DROPPED = "dropped", "已作废"


S, E, P, R = SummaryStatus, ExportStatus, PackStatus, Role
SUMMING_UP, RESULTS, LEAKS, CITY = "002 六(三)", "003 三(二)", "002 五(八)", needs.CITY
WRITERS = [R.CENTRE_ADMIN, R.SUPERVISOR, R.QC_INSPECTOR]
ASKERS = [R.CENTRE_ADMIN, R.SUPERVISOR, R.QC_INSPECTOR]
DECIDERS = [R.CENTRE_ADMIN, R.SUPERVISOR]
CONTROLLERS = [R.SUPERVISOR, R.QC_INSPECTOR]

# fmt: off
SUMMARY = Workflow("summary", S, (
    #    verb         button        from                     to            by               needs
    step("begin",     "起草报告",   [NEW],                   S.DRAFT,      WRITERS,         event="reporting.summary_begun", clause=SUMMING_UP),
    step("write",     "保存文字",   [S.DRAFT, S.RETURNED],   S.DRAFT,      WRITERS,         event="reporting.summary_written", clause=SUMMING_UP),
    step("reckon",    "重新取数",   [S.DRAFT, S.RETURNED],   S.DRAFT,      WRITERS,         event="reporting.summary_reckoned", clause=SUMMING_UP),
    step("submit",    "提交报告",   [S.DRAFT, S.RETURNED],   S.SUBMITTED,  WRITERS,         event="reporting.summary_submitted", clause=SUMMING_UP),
    step("take_back", "撤回修改",   [S.SUBMITTED],           S.DRAFT,      WRITERS,         event="reporting.summary_taken_back", clause=SUMMING_UP),
    step("accept",    "审核通过",   [S.SUBMITTED],           S.ACCEPTED,   [R.SUPERVISOR],  event="reporting.summary_accepted", clause=SUMMING_UP),
    step("return",    "退回修改",   [S.SUBMITTED],           S.RETURNED,   [R.SUPERVISOR],  event="reporting.summary_returned", clause=SUMMING_UP),
    step("revise",    "修订报告",   [S.ACCEPTED],            S.DRAFT,      WRITERS,         event="reporting.summary_reopened", clause=SUMMING_UP),
    step("publish",   "向社会公布", [S.ACCEPTED],            S.PUBLISHED,  [R.SUPERVISOR],  event="reporting.summary_published", clause=RESULTS),
    step("retract",   "撤下公布",   [S.PUBLISHED],           S.ACCEPTED,   [R.SUPERVISOR],  event="reporting.summary_retracted", clause=RESULTS),
))

EXPORT = Workflow("export", E, (
    #    verb         button        from                     to            by               needs
    step("ask",       "申请导出",   [NEW],                   E.ASKED,      ASKERS,          event="reporting.export_asked", clause=LEAKS, also_to=[E.READY]),
    step("approve",   "同意导出",   [E.ASKED],               E.READY,      DECIDERS,        event="reporting.export_approved", clause=LEAKS),
    step("refuse",    "不同意",     [E.ASKED],               E.REFUSED,    DECIDERS,        event="reporting.export_refused", clause=LEAKS),
    step("fetch",     "下载文件",   [E.READY],               E.READY,      ASKERS,          event="reporting.export_fetched", clause=LEAKS, stays=True),
    step("withdraw",  "撤回申请",   [E.ASKED, E.READY],      E.WITHDRAWN,  ASKERS,          event="reporting.export_withdrawn", clause=LEAKS),
    step("expire",    "到期清除",   [E.ASKED, E.READY],      E.EXPIRED,    [SYSTEM],        event="reporting.export_expired", clause=LEAKS),
))

PACK = Workflow("city_pack", P, (
    #    verb           button            from                                          to              by            needs
    step("prepare",     "准备报送",       [NEW],                                        P.PREPARED,     CONTROLLERS,  event="reporting.pack_prepared", clause=CITY),
    step("fetch",       "下载报送文件",   [P.PREPARED, P.SENDING, P.HANDED, P.ACKNOWLEDGED, P.RETURNED], P.PREPARED, CONTROLLERS, event="reporting.pack_fetched", clause=CITY, stays=True),
    step("send",        "在线报送",       [P.PREPARED, P.SENDING],                      P.SENDING,      CONTROLLERS,  event="reporting.pack_sent", clause=CITY),
    step("answer",      "记下在线答复",   [P.SENDING, P.PREPARED],                      P.HANDED,       [SYSTEM],     event="reporting.pack_answered", clause=CITY, also_to=[P.RETURNED]),
    step("give_up",     "改为人工递交",   [P.SENDING],                                  P.PREPARED,     CONTROLLERS,  event="reporting.pack_given_up", clause=CITY),
    step("hand_over",   "登记递交",       [P.PREPARED],                                 P.HANDED,       CONTROLLERS,  needs.file_downloaded, event="reporting.pack_handed_over", clause=CITY),
    step("acknowledge", "登记签收",       [P.HANDED],                                   P.ACKNOWLEDGED, CONTROLLERS,  event="reporting.pack_acknowledged", clause=CITY),
    step("send_back",   "登记退回",       [P.HANDED],                                   P.RETURNED,     CONTROLLERS,  event="reporting.pack_sent_back", clause=CITY),
    step("drop",        "作废",           [P.PREPARED],                                 P.DROPPED,      CONTROLLERS,  event="reporting.pack_dropped", clause=CITY),
))
# fmt: on

BEING_WRITTEN = frozenset({S.DRAFT, S.RETURNED})
TO_JUDGE = frozenset({S.SUBMITTED})
AGREED = frozenset({S.ACCEPTED, S.PUBLISHED})
PUBLIC = frozenset({S.PUBLISHED})
SENT_BACK = frozenset({S.RETURNED})

TO_DECIDE = frozenset({E.ASKED})
WITHIN_REACH = frozenset({E.READY})
HELD = TO_DECIDE | WITHIN_REACH  # only these keep the table, and only sealed
WIPED = frozenset(E) - HELD

UNANSWERED = frozenset({P.SENDING})  # it may have arrived: until that is known, nobody drops it or takes it there again
