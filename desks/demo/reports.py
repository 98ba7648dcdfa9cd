"""
What is reported and taken away: last month at the centre, the pilot of the district, a table that waits for a yes, a pack
that the city has acknowledged and one that waits to be handed over.
"""

from datetime import timedelta

from desks.demo.district import SINCE, District
from reporting import services
from reporting.models import Summary

SAID = {
    "organised": "成立区、医联体、中心三级工作小组，明确责任部门和联系人；十项制度、应急预案已经发布，护士全部完成岗前培训。",
    "doings": "同一片小区的上门排在同一个半天，护士路上的时间减少；固定护士的家庭满意度更高。每次上门后请家属复述，再发一份科普文章。",
    "problems": "周末和晚间可以上门的护士偏少；持有造口、PICC 专科资质的护士集中在几家中心，偏远街镇等候较久。",
    "next": "下个月安排两期专科培训；请牵头医院每周派一名专科护士带教；建议把路程较远的街镇纳入补贴。",
}
RECEIPT = "沪护质控收〔2026〕118 号"
OPINION, PURPOSE = "数据与系统一致，问题和措施写得清楚。", "核对护士上门补贴，交财务科"


def report(district: District) -> None:
    """The district's summary is accepted and public; the main centre's month waits for the commission."""
    supervisor, judge, head = (
        district.actor(district.users[n]) for n in ("demo-supervisor", "supervisor-2", "demo-admin")
    )
    now, here = district.clock.now, district.main.organisation
    last = district.clock.today.replace(day=1) - timedelta(days=1)
    first = max(SINCE, district.setup_at.date())
    summary = _handed_in(
        services.begin(organisation=district.commission, kind="pilot", first=first, last=last, by=supervisor, now=now),
        supervisor, now,
    )  # fmt: skip
    services.accept(summary_id=summary.pk, reason=OPINION, by=judge, now=now)
    services.publish(summary_id=summary.pk, by=supervisor, now=now)
    _handed_in(services.begin(organisation=here, kind="monthly", first=last, by=head, now=now), head, now)
    services.begin(organisation=here, kind="monthly", first=district.clock.today, by=head, now=now)
    services.ask(
        organisation=here, dataset="orders", first=last.replace(day=1), last=district.clock.today, plain=True, purpose=PURPOSE, by=head,
        now=now,
    )  # fmt: skip
    _tell_the_city(district, last, now)


def _tell_the_city(district: District, last, now) -> None:
    """Last month's pack has the city's receipt; this month's is prepared and waits for somebody to take it there."""
    by, here = district.actor(district.users["demo-supervisor"]), district.commission
    old = services.prepare_pack(organisation=here, first=last.replace(day=1), last=last, by=by, now=now)
    services.fetch_pack(pack_id=old.pk, by=by, now=now)
    given = {"pack_id": old.pk, "by": by, "now": now, "receipt_number": RECEIPT}
    services.hand_over_pack(way="document", carried_by=by.name, handed_on=district.clock.today, **given)
    services.acknowledge_pack(answered_on=district.clock.today, **given)
    services.prepare_pack(
        organisation=here, first=district.clock.today.replace(day=1), last=district.clock.today, by=by, now=now
    )  # fmt: skip


def _handed_in(row: Summary, by, now) -> Summary:
    """Where no figures begin a part, it is written here."""
    sections = {key: text or SAID[key] for key, text in row.sections.items()}
    return services.submit(summary_id=row.pk, sections=sections, by=by, now=now)
