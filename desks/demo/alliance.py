"""What is asked and handed over without a visit: questions of families, consults with the lead hospital, referrals."""

from datetime import timedelta

from django.utils import timezone

from clinical.models import Assessment
from consults import services as consults
from desks.demo.district import District
from followups import services as followups
from followups.admission import Admission
from orders.lifecycle import IN_CARE, RATEABLE
from orders.models import Order
from patients.models import Patient
from referrals import services as referrals
from referrals.rules import Todo
from referrals.services.rounds import Said

ASKED = "妈妈打了胰岛素以后胳膊上有一小块红，不痛也不痒，要紧吗？"
ANSWERED = "多半是针头刺激。请换一个部位打，每次更换针头；红块两天不退，或者发硬、疼痛，请告诉我们，护士可以上门看。"
WAITING = "爸爸的导尿袋怎样固定，晚上才不会拉扯？"
QUESTION = "足跟压疮三周没有缩小，渗液多，边缘发白，用哪种敷料，多久换一次？"
SUMMARY = "82 岁，卧床，足跟压疮 2 期 2 cm×3 cm，每周换药三次，三周未缩小，无发热。"
ADVICE = "用藻酸盐敷料吸收渗液，外敷泡沫敷料，隔天更换；足跟悬空，两小时翻身一次；一周后拍照复查。"
NEW_QUESTION = "造口底盘两天就渗漏，周围皮肤发红，换哪种底盘，要不要加防漏膏？"
NEW_SUMMARY = "74 岁，结肠造口术后五个月，造口略凹陷，周围皮肤发红无破损，家属自己更换底盘。"
FOUND = "足跟压疮 2 cm×3 cm，渗液较前减少，边缘略发白；夜间翻身间隔长，家属独自照护有困难。"
AGREED = "继续隔天换药，夜间加用足跟减压垫；教会家属两人翻身；一周后再一起查看，仍不缩小就转牵头医院。"
TEAM = "慢性伤口联合小组"
UP, ARRANGED = "足跟压疮久不愈合，需要专科清创。", "周三上午九点，门诊楼三楼伤口门诊，找预检台报到。"
HIP, TAUGHT = "右侧髋关节置换术后", "六周内不侧卧、不盘腿，用助行器下地，按时服抗凝药，术后一个月到骨科门诊复诊。"
DOWN, KNOWN = "脑梗死后带胃管回家，需要居家护理。", "脑梗死恢复期，意识清楚，左侧肢体无力，带胃管，家属已学会鼻饲。"


def work_together(district: District) -> None:
    """As families, nurses, doctors and the lead hospital did it, up to this moment."""
    _ask_a_nurse(district)
    _ask_the_hospital(district)
    _refer(district)
    _found_a_team(district)
    _see_together(district)
    _come_home(district)


def _ask_a_nurse(district):
    nurse = district.actor(district.users["demo-nurse"])
    for username, words, minutes, answer in (
        ("demo-family", ASKED, 24 * 60, ANSWERED), ("demo-family-2", WAITING, 40, ""),
    ):  # fmt: skip
        user = district.users[username]
        patient = Patient.objects.filter(user=user).first() or Patient.objects.get(proxies__user=user)
        at = district.clock.back(minutes)
        row = consults.ask(
            patient=patient, centre=district.main.organisation, words=words, by=district.actor(user), now=at
        )
        if answer:
            consults.answer(consult_id=row.pk, words=answer, by=nurse, now=at + timedelta(minutes=25))


def _ask_the_hospital(district):
    reviewer, here = district.actor(district.users["demo-reviewer"]), district.main.organisation
    visits = Order.objects.filter(centre=here).select_related("centre", "patient", "nurse__user")
    past = visits.filter(nurse__user=district.users["demo-nurse"], status__in=RATEABLE).latest("finished_at")
    row = referrals.ask(order=past, by=district.actor(past.nurse.user), now=past.finished_at, question=QUESTION,
                        summary=SUMMARY, urgency="routine")  # fmt: skip
    at = past.finished_at + timedelta(hours=1)
    if at < district.clock.now:
        referrals.take(consult_id=row.pk, by=reviewer, now=at)
        referrals.answer(consult_id=row.pk, advice=ADVICE, by=reviewer, now=at)
    running = visits.filter(status__in=IN_CARE).order_by("pk").first()
    referrals.ask(
        order=running, by=district.actor(running.nurse.user), now=district.clock.now, question=NEW_QUESTION,
        summary=NEW_SUMMARY, urgency="routine",
    )  # fmt: skip


def _refer(district):
    reviewer, here = district.actor(district.users["demo-reviewer"]), district.main.organisation
    done = Order.objects.filter(centre=here, status__in=RATEABLE).select_related("patient", "centre")
    patients = {}
    for order in done.order_by("-finished_at")[:60]:
        patients.setdefault(order.patient_id, order)
    upward, asked, downward, *_ = patients.values()
    doctor = district.actor(district.users["demo-doctor"])
    words = {"reason": UP, "summary": SUMMARY, "consent_by": "family", "by": doctor}
    at = district.clock.back(2 * 24 * 60)
    row = referrals.refer_up(patient=upward.patient, centre=here, department="伤口门诊", now=at, **words)
    referrals.accept_up(referral_id=row.pk, arrangement=ARRANGED, by=reviewer, now=at + timedelta(hours=2))
    referrals.refer_up(patient=asked.patient, centre=here, now=district.clock.back(90), **words)
    referrals.refer_down(
        patient=downward.patient, centre=here, reason=DOWN, summary=KNOWN, consent_by="self", department="神经内科",
        by=reviewer, now=district.clock.back(60),
    )  # fmt: skip


def _found_a_team(district):
    """The lead hospital's specialist and the nurse of the first centre care for wounds together since a month."""
    expert, nurse = district.users["demo-reviewer"], district.users["demo-nurse"]
    since = {"by": district.actor(expert), "now": district.clock.back(30 * 24 * 60)}
    team = referrals.found_team(hospital=district.main.hospital, specialty="wound", name=TEAM, **since)
    referrals.join_team(team_id=team.pk, person_id=expert.pk, leads=True, **since)
    referrals.join_team(team_id=team.pk, person_id=nurse.pk, **since)


def _see_together(district):
    """The doctor and the nurse of the first centre and the specialist looked at a wound together the other day."""
    nurse, doctor = district.users["demo-nurse"], district.users["demo-doctor"]
    expert = district.users["demo-reviewer"]
    visits = Order.objects.filter(nurse__user=nurse, status__in=RATEABLE).select_related("patient", "centre")
    order = visits.latest("finished_at")
    at = district.clock.back(24 * 60)
    day = timezone.localdate(at)
    referrals.sign_round(
        patient=order.patient, centre=order.centre, order=order, by=district.actor(doctor), now=at,
        said=Said(
            kind="home", held_on=day, doctors=[doctor.pk], nurses=[nurse.pk], experts=[expert.pk],
            findings=FOUND, advice=AGREED,
            todos=(
                Todo("把足跟减压垫送到家里，教家属两人翻身", nurse.pk, day + timedelta(days=2)),
                Todo("再一起查看伤口", doctor.pk, day + timedelta(days=7)),
            ),
        ),
    )  # fmt: skip


def _come_home(district):
    """The patient whom the first family doctor assesses today: what the hospital said stands beside her own findings."""
    here, now = district.main.organisation, district.clock.now
    hers = Assessment.objects.filter(centre=here, doctor=district.users["demo-doctor"], signed_at__isnull=True)
    row = hers.order_by("planned_start", "pk").first()
    home = (now - timedelta(days=2)).date()
    said = Admission(
        assessed_on=home - timedelta(days=12), self_care=35, fall_risk=True, pressure_risk=True, catheter_risk=False,
        grade_in="first", grade_out="second",
    )  # fmt: skip
    followups.register_discharge(
        patient=row.patient, centre=here, hospital=district.hospitals[0].name, ward="骨科", discharged_on=home,
        diagnosis=HIP, education=TAUGHT, template="discharge", said=said,
        by=district.actor(district.users["demo-reviewer"]), now=district.clock.back(30),
    )  # fmt: skip
