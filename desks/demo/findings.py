"""What a doctor writes at the first visit and a nurse measures at each: plausible, and fitting the person."""

from datetime import datetime, timedelta
from random import Random

from catalog.models import Measurement
from clinical import sections
from desks.demo.cases import Case

NUMBERS = {
    "temp_c": (36.2, 37.1), "pulse_bpm": (64, 92), "resp_rpm": (15, 20), "sbp_mmhg": (118, 158), "dbp_mmhg": (66, 92),
    "spo2_pct": (94, 99), "spo2_pre": (92, 96), "spo2_post": (95, 99), "glucose_mmol_l": (5.2, 10.8),
    "temp_before": (38.1, 38.8), "temp_after_30": (37.2, 37.9), "pain_nrs": (0, 4), "pain_nrs_move": (2, 5), "pain_nrs_after": (0, 2),
    "braden_sensory": (3, 4), "braden_moisture": (3, 4), "braden_activity": (1, 3), "braden_mobility": (2, 3),
    "braden_nutrition": (2, 4), "braden_friction": (2, 3), "wound_len_cm": (3.1, 4.5), "wound_wid_cm": (0.8, 3.0),
    "days_post_op": (7, 14), "stoma_diam_mm": (25, 38), "peristomal_det": (0, 4), "cath_fr": (14, 18),
    "balloon_ml": (10, 15), "ng_ext_cm": (50, 58), "feed_ml": (180, 220), "head_up_deg": (30, 45),
    "pd_in_ml": (2000, 2000), "pd_out_ml": (2050, 2300), "pd_exit_score": (0, 1), "picc_ext_cm": (5.0, 7.0),
    "arm_circ_cm": (24.0, 29.0), "neb_minutes": (10, 15), "o2_flow_lpm": (1.0, 3.0), "barthel": (40, 85),
    "morse": (25, 60), "kps": (30, 50),
}  # fmt: skip
WORDS = {
    "pain_site": "双膝关节",
    "wound_site": "左足背",
    "neb_drug": "吸入用布地奈德混悬液 1 mg（按医嘱）",
    "tubes": "紫管 1 支、黄管 1 支",
    "wishes": "希望在家中由家人陪伴，少受痛苦",
}
CHOICES = {
    "exudate_amount": ("少量", "无"), "stoma_type": ("结肠造口",), "stoma_complication": ("无", "皮炎"),
    "ng_check": ("抽出胃液",), "consciousness": ("清醒",), "adherence": ("规律", "偶有漏服"),
    "caregiver_burden": ("中", "轻"), "teach_back": ("完全掌握", "部分掌握"), "pain_quality": ("钝痛", "胀痛"),
    "glucose_timing": ("餐后2小时", "空腹"), "aid_type": ("助行器",), "cool_tool": ("温水擦浴",),
    "pain_pattern": ("间断", "持续"),
}  # fmt: skip
NO = {"infection_signs"}
WHY = "已复测，已告知家属，继续观察。"  # what she writes beside an unusual value
NEXT_DUE = {"cath_next_due": 28, "picc_next_due": 7}


def reading(measurement: Measurement, at: datetime, draw: Random) -> str:
    """A value of this measurement as a nurse would type it."""
    key = measurement.key
    if key in NUMBERS:
        low, high = NUMBERS[key]
        value = draw.uniform(low, high)
        if measurement.decimals:
            return str(round(value, measurement.decimals))
        return str(round(value / measurement.step) * measurement.step)
    if measurement.options:
        return draw.choice(CHOICES.get(key, measurement.options[:1]))
    if measurement.type == Measurement.Type.BOOLEAN:
        return "no" if key in NO else "yes"
    if measurement.type == Measurement.Type.DATE:
        return (at + timedelta(days=NEXT_DUE.get(key, 0))).date().isoformat()
    if measurement.type == Measurement.Type.DATETIME:
        return at.isoformat(timespec="minutes")
    if measurement.type in (Measurement.Type.INTEGER, Measurement.Type.DECIMAL):
        return str(round(((measurement.minimum or 0) + (measurement.maximum or 10)) / 2))
    return WORDS.get(key, f"DEMO-{at:%m%d%H%M}" if key == "specimen_no" else "已记录")


def assessment(case: Case, *, allergies: str, wish: str, draw: Random) -> dict[str, dict]:
    """Answers to every section of the first assessment; the more dependent, the lower the scores."""
    answers = {section.key: _answers(section, case, draw) for section in sections.SECTIONS}
    answers["disease"] |= {"diagnosis": case.diagnosis, "course": "stable", "tubes": list(case.tubes)}
    answers["allergy"] = {
        "allergies": allergies or "无",
        "medication": case.medication,
        "anticoagulant": "yes" if "阿司匹林" in case.medication or "沙班" in case.medication else "no",
    }
    answers["pain"] = {"nrs": str(draw.choice((0, 0, 1, 2, 3)))}
    answers["family"] |= {"needs": wish, "contract": "yes"}
    answers["home"] |= {"pets": draw.choice(("none", "none", "tied")), "risk": draw.choice(("none",) * 7 + ("watch",))}
    return answers


def _answers(section, case: Case, draw: Random) -> dict:
    found = {}
    for question in section.questions:
        if question.kind == "score":
            worse = min(case.dependence + draw.choice((-1, 0, 0, 0)), len(question.options) - 1)
            found[question.key] = str(question.options[max(0, worse)][0])
        elif question.kind == "many":
            found[question.key] = [question.options[0][0]]
        elif question.options:
            found[question.key] = str(draw.choice(question.options)[0])
        elif question.required:
            found[question.key] = "无"
    return found
