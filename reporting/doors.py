"""The doors of this app. Every status change of a report, an export or a pack passes here."""

from audit.door import Door
from kernel.refusals import Refusal
from reporting import access
from reporting.lifecycle import CITY, EXPORT, PACK, SUMMARY, SUMMING_UP
from reporting.models import CityPack, CityPackStep, Export, ExportStep, Summary, SummaryStep

SUMMARIES = Door(
    workflow=SUMMARY,
    model=Summary,
    step_model=SummaryStep,
    owner="summary",
    what="工作报告",
    hats=access.summary_hats,
    related=("organisation",),
    conflicts={
        "summary_once_of_these_days": Refusal(
            "summary.known", "这段时间的这种报告已经有了，请在列表中打开那一份。", SUMMING_UP, field="first"
        ),
    },
)

EXPORTS = Door(
    workflow=EXPORT,
    model=Export,
    step_model=ExportStep,
    owner="export",
    what="数据导出",
    hats=access.export_hats,
    related=("organisation", "asked_by", "decided_by"),
)

PACKS = Door(
    workflow=PACK,
    model=CityPack,
    step_model=CityPackStep,
    owner="pack",
    what="市质控报送",
    hats=access.pack_hats,
    related=("organisation",),
    conflicts={
        "city_pack_once_of_these_days": Refusal(
            "pack.known",
            "这段时间的报送已经有了，请在列表中打开那一份；退回或作废以后可以重新准备。",
            CITY,
            field="first",
        ),
    },
)
