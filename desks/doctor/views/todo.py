"""What the doctor has before her: today, later, and what still waits for a signature or an outcome."""

from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from desks import office
from desks.doctor import route
from desks.doctor.frame import frame, show
from orders import faces, selectors


@require_safe
def todo(request):
    now = timezone.now()
    today = timezone.localdate(now)
    found = selectors.doctor_todo(actor=request.actor)
    ways = route.legs(a for a in found["unsigned"] if timezone.localdate(a.planned_start) == today)
    unsigned = [{**_row(a, now), "leg": ways.get(a.pk)} for a in found["unsigned"]]
    context = {
        "parts": [
            {
                "key": "today",
                "label": "今天和已经开始的",
                "rows": [r for r in unsigned if r["day"] <= today],
                "empty": "今天没有安排首诊。专员安排后会出现在这里。",
            },
            {
                "key": "undecided",
                "label": "已签名，等您开单或说明",
                "rows": [_row(a, now, "doctor:outcome") for a in found["undecided"]],
                "empty": "没有等您处理的申请。",
            },
            {
                "key": "coming",
                "label": "以后的首诊",
                "rows": [r for r in unsigned if r["day"] > today],
                "empty": "今天以后还没有安排首诊。",
            },
        ],
        "now": now,
    }
    if request.headers.get("HX-Request"):
        return show(request, "doctor/_todo.html", context)
    return show(request, "doctor/todo.html", {**frame(request, "doctor:todo"), **context})


@require_safe
def assessed(request):
    page = office.page_of(selectors.assessed(actor=request.actor), request)
    page.object_list = [
        {
            "url": reverse("doctor:request", args=[a.request.number]),
            "number": a.request.number,
            "name": a.patient.name,
            "sex": a.patient.sex,
            "age": office.age(a.patient.birth_date),
            "town": a.request.address.town.name,
            "signed_at": a.signed_at,
            "result": a.get_result_display(),
            "face": faces.request(a.request),
            "paper": faces.prescription(a.request.prescription) if a.request.prescription else None,
        }
        for a in page.object_list
    ]
    return show(request, "doctor/assessed.html", {**frame(request, "doctor:assessed"), "page": page})


def _row(a, now, route="doctor:assess"):
    return {
        "url": reverse(route, args=[a.pk]),
        "name": a.patient.name,
        "sex": a.patient.sex,
        "age": office.age(a.patient.birth_date),
        "town": a.request.address.town.name,
        "wish": a.request.wish,
        "start": a.planned_start,
        "end": a.planned_end,
        "day": timezone.localdate(a.planned_start),
        "face": faces.assessment(a),
        "late": a.departed_at is None and a.planned_start < now,
        "result": a.get_result_display(),
        "signed_at": a.signed_at,
    }
