"""The doors of this app: every status change of an alarm and of a warning passes here."""

from audit.door import Door
from kernel.refusals import Refusal
from safety import access
from safety.lifecycle import ALARM, FLAG, GUARD, ONE_KEY, REPORT
from safety.models import Alarm, AlarmStep, Report, ReportStep, RiskFlag, RiskFlagStep

ALARMS = Door(
    workflow=ALARM,
    model=Alarm,
    step_model=AlarmStep,
    owner="alarm",
    what="求助",
    hats=access.alarm_hats,
    related=("nurse__user", "centre", "order"),
    conflicts={
        "alarm_of_a_clock_once_at_a_time": Refusal("alarm.already", "这次上门已有一条没有处置的求助。", ONE_KEY),
    },
)

FLAGS = Door(
    workflow=FLAG,
    model=RiskFlag,
    step_model=RiskFlagStep,
    owner="flag",
    what="风险提示",
    hats=access.flag_hats,
    scopes=access.flag_scopes,
    related=("patient", "centre", "raised_by"),
    conflicts={
        "flag_one_live_per_patient_and_kind": Refusal(
            "flag.known", "这一户已有一条同类的风险提示，请打开那一条延长。", GUARD, field="kind"
        ),
        "flag_not_judged_by_who_raised_it": Refusal(
            "flag.own_word", "这条提示由您提出，请由另一位中心管理员裁定。", GUARD
        ),
    },
)

REPORTS = Door(
    workflow=REPORT,
    model=Report,
    step_model=ReportStep,
    owner="report",
    what="投诉举报",
    hats=access.report_hats,
    scopes=access.report_scopes,
    related=("organisation", "accused", "order", "filed_by"),
)
