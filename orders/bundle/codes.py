"""
What our words are called in FHIR's value sets, in LOINC and in UCUM. Data only.

A measurement without a code of LOINC goes out under our own code alone: a wrong code is worse than none.
"""

from types import MappingProxyType as Fixed

from audit.fhir import OURS, TERMS
from clinical.lifecycle import PrescriptionStatus as P
from clinical.models import PrescriptionLine
from orders.lifecycle import OrderStatus as S
from orders.lifecycle import RequestStatus as Q

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
ACT = f"{TERMS}v3-ActCode"
OBSERVATION_CATEGORY = f"{TERMS}observation-category"
MASKED = {"system": f"{TERMS}v3-ObservationValue", "code": "MASKED", "display": "masked"}
HOME = {"system": ACT, "code": "HH", "display": "home health"}
AMBULATORY = {"system": ACT, "code": "AMB", "display": "ambulatory"}
TREATMENT = {"system": f"{TERMS}consentscope", "code": "treatment", "display": "Treatment"}
CONSENT_DOCUMENT = {"system": LOINC, "code": "59284-0", "display": "Consent Document"}
BLOOD_PRESSURE = {"system": LOINC, "code": "85354-9", "display": "Blood pressure panel with all children optional"}
PRESSURES = ("sbp_mmhg", "dbp_mmhg")

# measurement -> (LOINC, its name, a vital sign)
LOINC_OF = Fixed(
    {
        "temp_c": ("8310-5", "Body temperature", True),
        "temp_before": ("8310-5", "Body temperature", True),
        "temp_after_30": ("8310-5", "Body temperature", True),
        "pulse_bpm": ("8867-4", "Heart rate", True),
        "resp_rpm": ("9279-1", "Respiratory rate", True),
        "sbp_mmhg": ("8480-6", "Systolic blood pressure", True),
        "dbp_mmhg": ("8462-4", "Diastolic blood pressure", True),
        "spo2_pct": ("2708-6", "Oxygen saturation in Arterial blood", True),
        "spo2_pre": ("2708-6", "Oxygen saturation in Arterial blood", True),
        "spo2_post": ("2708-6", "Oxygen saturation in Arterial blood", True),
        "weight_kg": ("29463-7", "Body weight", True),
        "height_cm": ("8302-2", "Body height", True),
        "bmi": ("39156-5", "Body mass index (BMI) [Ratio]", True),
        "glucose_mmol_l": ("14743-9", "Glucose [Moles/volume] in Capillary blood by Glucometer", False),
        "pain_nrs": ("72514-3", "Pain severity - 0-10 verbal numeric rating [Score] - Reported", False),
        "braden_total": ("38227-5", "Braden scale total score", False),
        "o2_flow_lpm": ("3151-8", "Inhaled oxygen flow rate", False),
    }
)

UCUM_OF = Fixed(
    {
        "℃": "Cel", "次/分": "/min", "mmHg": "mm[Hg]", "%": "%", "mmol/L": "mmol/L", "分": "{score}", "次": "{count}",
        "针": "{count}", "天": "d", "小时": "h", "分钟": "min", "cm": "cm", "mm": "mm", "cm²": "cm2", "mL": "mL",
        "kg": "kg", "kg/m²": "kg/m2", "L/min": "L/min", "度": "deg", "Fr": "[Ch]",
    }
)  # fmt: skip

REQUEST = Fixed(
    {
        Q.SUBMITTED: "active", Q.RECEIVED: "active", Q.ASSESSING: "active", Q.PRESCRIBED: "active",
        Q.CLOSED: "completed", Q.DECLINED: "revoked", Q.WITHDRAWN: "revoked", Q.UNSUITABLE: "revoked",
        Q.REFERRED: "revoked",
    }
)  # fmt: skip
PRESCRIPTION = Fixed({P.ACTIVE: "active", P.USED_UP: "completed", P.EXPIRED: "completed", P.STOPPED: "revoked"})
TASK = Fixed(
    {
        S.AWAITING_CONSENT: "draft", S.AWAITING_DISPATCH: "ready", S.OFFERED: "requested", S.ACCEPTED: "accepted",
        S.EN_ROUTE: "in-progress", S.IN_SERVICE: "in-progress", S.AWAITING_CONFIRMATION: "completed",
        S.COMPLETED: "completed", S.DISPUTED: "on-hold", S.CANCELLED: "cancelled", S.NO_SHOW: "failed",
        S.ABORTED: "failed",
    }
)  # fmt: skip
ENCOUNTER = Fixed(
    {
        S.AWAITING_CONSENT: "planned", S.AWAITING_DISPATCH: "planned", S.OFFERED: "planned", S.ACCEPTED: "planned",
        S.EN_ROUTE: "planned", S.IN_SERVICE: "in-progress", S.AWAITING_CONFIRMATION: "finished",
        S.COMPLETED: "finished", S.DISPUTED: "finished", S.CANCELLED: "cancelled", S.NO_SHOW: "cancelled",
        S.ABORTED: "finished",
    }
)  # fmt: skip
# Only where care has begun is there a procedure to tell of.
PROCEDURE = Fixed(
    {
        S.IN_SERVICE: "in-progress", S.AWAITING_CONFIRMATION: "completed", S.COMPLETED: "completed",
        S.DISPUTED: "completed", S.ABORTED: "stopped",
    }
)  # fmt: skip

F = PrescriptionLine.Frequency
# frequency -> how many times in how many of which unit of UCUM's calendar
REPEAT = Fixed(
    {
        F.ONCE: {"count": 1},
        F.DAILY: {"frequency": 1, "period": 1, "periodUnit": "d"},
        F.EVERY_OTHER_DAY: {"frequency": 1, "period": 2, "periodUnit": "d"},
        F.TWICE_WEEKLY: {"frequency": 2, "period": 1, "periodUnit": "wk"},
        F.WEEKLY: {"frequency": 1, "period": 1, "periodUnit": "wk"},
        F.FORTNIGHTLY: {"frequency": 1, "period": 2, "periodUnit": "wk"},
        F.MONTHLY: {"frequency": 1, "period": 1, "periodUnit": "mo"},
    }
)


def ours(kind: str, code: str, display: str) -> dict:
    return {"system": f"{OURS}{kind}", "code": code, "display": display}
