"""A nurse at the bedside has measured a red value: take the call, then answer her in words (000 三(六))."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from catalog import measurements
from clinical import calls, carrying, pictures, services
from clinical.lifecycle import ANSWERED, CALL_BACK, CALL_BACK_RUNS, WAITS_FOR_A_DOCTOR
from clinical.services.call_backs import DOOR
from desks import office
from desks.doctor.forms import Answer, Release
from desks.doctor.frame import frame, show
from desks.looks import looked
from desks.stepforms import asking, reasons_for_page
from desks.steps import attempt
from nurses.models import Nurse
from orders import faces

SAID = {
    "take": "已接手，请现在联系护士，谈完后写下答复；不能答复的，请交回。",
    "release": "已交回，护士和本中心的医生会收到通知。",
    "close": "已答复，护士的手机上马上能看到。",
}


@require_safe
def listing(request):
    now = timezone.now()
    page = office.page_of(calls.visible_to(request.actor), request)
    page.object_list = [_row(row, now) for row in page.object_list]
    context = {"page": page, "now": now}
    if request.headers.get("HX-Request"):
        return show(request, "doctor/_calls.html", context)
    return show(request, "doctor/calls.html", {**frame(request, "doctor:calls"), **context})


@require_safe
def one(request, pk):
    return _page(request, calls.call_back(actor=request.actor, pk=pk))


@require_POST
def step(request, pk, name):
    row = calls.call_back(actor=request.actor, pk=pk)
    act = {"call_back_id": row.pk, "by": request.actor, "now": timezone.now()}
    if name == "take":
        outcome = attempt(services.take_call_back, typed=request.POST, **act)
    elif name == "release":
        reason = request.POST.get("reason", "")
        outcome = attempt(services.release_call_back, typed=request.POST, reason=reason, **act)
    elif name == "close":
        given = {field: request.POST.get(field, "") for field in ("outcome", "words")}
        outcome = attempt(services.close_call_back, typed=request.POST, **given, **act)
    else:
        raise Http404
    if outcome.done:
        messages.success(request, SAID[name])
        return redirect("doctor:call", pk=pk)
    return _page(request, calls.call_back(actor=request.actor, pk=pk), name, outcome)


def _page(request, row, name="", outcome=None):
    looked(request, target=row, why="医生回电")
    now = timezone.now()
    form = asking(Answer, outcome if name == "close" else None)
    release = asking(Release, outcome if name == "release" else None)
    nurse = Nurse.objects.filter(user=row.nurse_id).first()
    context = {
        **frame(
            request, "doctor:calls", [{"label": "医生回电", "url": reverse("doctor:calls")}, {"label": "一次回电"}]
        ),
        "now": now,
        "row": row,
        "line": _row(row, now),
        "patient": row.patient,
        "age": office.age(row.patient.birth_date),
        "nurse_phone": nurse.phone if nurse else "",
        "chances": {chance.name: chance for chance in DOOR.chances(row, request.actor)},
        "form": form,
        "release": release,
        "refused": reasons_for_page(outcome, form, release),
        "readings": [_reading(one) for one in row.record.readings.select_related("measurement").order_by("pk")],
        "trend": carrying.trends(row.record).get(row.measurement_id, []),
        "pictures": pictures.of_patient(row.patient_id),
        "answered": row.status in ANSWERED,
        "over": row.status in CALL_BACK.final,
        "steps": [_step(one) for one in row.steps.select_related("taken_by").order_by("pk")],
    }
    return show(request, "doctor/call.html", context, outcome.status if outcome else 200)


def _row(row, now):
    waits = row.status in WAITS_FOR_A_DOCTOR
    return {
        "url": reverse("doctor:call", args=[row.pk]),
        "name": row.patient.name,
        "order": row.record.order.number,
        "sentence": row.sentence,
        "nurse": row.nurse.display_name,
        "doctor": row.doctor.display_name if row.doctor else "",
        "at": row.opened_at,
        "due_at": row.due_at,
        "late": row.status in CALL_BACK_RUNS and row.due_at <= now,
        "due_label": "应在此前接手" if waits else "应在此前答复",
        "late_label": "已超过接手时限" if waits else "已超过答复时限",
        "face": faces.CALL_BACK[row.status],
        "outcome": row.get_outcome_display(),
    }


def _step(one):
    label = CALL_BACK[one.name].label
    return {"label": label, "taken_at": one.taken_at, "taken_by": one.taken_by, "reason": one.reason}


def _reading(row):
    value = measurements.clean(row.measurement, row.value)
    said = {True: "是", False: "否"}[value] if isinstance(value, bool) else row.value
    return {
        "label": row.measurement.label,
        "value": f"{said} {row.measurement.unit}".strip(),
        "red": measurements.severity(row.measurement, value) == measurements.RED,
        "unusual": bool(row.alert),
        "explanation": row.explanation,
        "at": row.at,
    }
