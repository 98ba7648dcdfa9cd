"""Writing the record at the bedside: one address for each verb, saved at once; and one press that saves everything."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from catalog import measurements
from clinical import services as clinical
from clinical.models import VisitRecord
from desks import steps
from desks.nurse import sheet
from desks.nurse.views.steps import SAID, show_visit
from desks.steps import attempt
from kernel.refusals import Refusal
from orders import selectors

DONE = "step"  # checkboxes: the ids of the ticked steps


@require_POST
def step(request, number, step_id):
    order = _order(request, number)
    if str(step_id) in request.POST.getlist(DONE):
        outcome = _write(request, order, clinical.answer_step, step_id=step_id, done=True)
        return _step_answer(request, order, step_id, outcome)
    # Unticking alone changes nothing: what was not done wants a reason.
    return _step_answer(request, order, step_id, None, doubt=True)


@require_POST
def step_left_out(request, number, step_id):
    order = _order(request, number)
    reason = request.POST.get(f"{sheet.REASON}{step_id}", "")
    outcome = _write(request, order, clinical.answer_step, step_id=step_id, done=False, reason=reason[:200])
    return _step_answer(request, order, step_id, outcome)


@require_POST
def reading(request, number, key):
    order = _order(request, number)
    outcome = _write(request, order, clinical.take_reading, key=key, raw=request.POST.get(f"{sheet.READING}{key}", ""))
    if not _by_htmx(request):
        return _whole(request, order, outcome)
    page = sheet.page(order, typed=request.POST, errors=outcome.errors)
    context = {"row": page.reading(key), "others": [page.reading(other) for other in page.touched_by(key)]}
    return _part(request, "nurse/visit/_reading_answer.html", page, outcome, context)


@require_POST
def waste(request, number):
    order = _order(request, number)
    outcome = _write(request, order, clinical.declare_waste, **_waste(request))
    if not _by_htmx(request):
        return _whole(request, order, outcome)
    page = sheet.page(order, typed=request.POST, errors=outcome.errors)
    return _part(request, "nurse/visit/_waste_answer.html", page, outcome, {"order": order})


@require_POST
def specimen(request, number):
    order = _order(request, number)
    outcome = _write(request, order, clinical.hand_over_specimen, **_specimen(request))
    if not _by_htmx(request):
        return _whole(request, order, outcome)
    page = sheet.page(order, typed=request.POST, errors=outcome.errors)
    return _part(request, "nurse/visit/_specimen_answer.html", page, outcome, {"order": order})


@require_POST
def note(request, number):
    order = _order(request, number)
    outcome = _write(request, order, clinical.write_note, **_note(request))
    if not _by_htmx(request):
        return _whole(request, order, outcome)
    page = sheet.page(order, errors=outcome.errors)
    return _part(request, "nurse/visit/_note_answer.html", page, outcome, {"saved": outcome.done})


@require_POST
def save(request, number):
    """Keep everything that was typed: what a browser without script presses, and what the Enter key does."""
    order = _order(request, number)
    errors = _save_all(request, order)
    if errors:
        return _show(request, order, errors)
    messages.success(request, "已保存，可以继续填写。")
    return redirect("nurse:visit", number=number)


@require_POST
def finish(request, number):
    """Keep everything, then leave the bedside; what is missing is listed, each with its field."""
    order = _order(request, number)
    errors = _save_all(request, order)
    if errors:
        return _show(request, order, errors)
    outcome = steps.take(request, "order", "finish", order.pk, {"receipt": request.POST.get("receipt", "")})
    if outcome.done:
        messages.success(request, SAID["finish"])
        return redirect("nurse:visit", number=number)
    incomplete = any(reason.code == "record.incomplete" for reason in outcome.reasons)
    record = _order(request, number).visit_record
    return _show(request, order, outcome.errors, found=record.missing if incomplete else outcome.reasons)


def _order(request, number):
    return selectors.nurse_visit(actor=request.actor, number=number)


def _by_htmx(request):
    return request.headers.get("HX-Request") == "true"


def _write(request, order, verb, **inputs):
    return attempt(verb, record_id=order.visit_record_id, by=request.actor, now=timezone.now(), **inputs)


def _step_answer(request, order, step_id, outcome, *, doubt=False):
    errors = {f"{sheet.STEP}{step_id}": [reason.sentence for reason in outcome.reasons]} if outcome else {}
    if not _by_htmx(request):
        if doubt:
            return redirect("nurse:visit", number=order.number)
        return _whole(request, order, outcome)
    typed = request.POST if outcome and not outcome.done else None
    page = sheet.page(order, typed=typed, errors=errors)
    row = page.step(step_id, doubt=doubt)
    context = {"row": row, "left": page.item_left(page.item_of_step(step_id))}
    return _part(request, "nurse/visit/_step_answer.html", page, outcome, context)


def _part(request, template, page, outcome, context):
    """The touched part of the record, and beside it what is still missing."""
    context = {"page": page, "refused": _elsewhere(outcome), **context}
    return render(request, template, context, status=outcome.status if outcome else 200)


def _elsewhere(outcome) -> list[Refusal]:
    """Reasons that belong to no field, such as a record that was closed meanwhile."""
    return [reason for reason in outcome.reasons if not reason.field] if outcome else []


def _whole(request, order, outcome):
    if outcome.done:
        return redirect("nurse:visit", number=order.number)
    return _show(request, order, outcome.errors, found=outcome.reasons)


def _show(request, order, errors, *, found=None):
    """The whole page once more: what was typed is in its fields, and what is wrong stands on top."""
    order = _order(request, order.number)
    if found is None:
        found = [Refusal("record.value", said, field=field) for field, several in errors.items() for said in several]
    page = sheet.page(order, typed=request.POST, errors=errors)
    return show_visit(request, order, status=422, extra={"page": page, "problems": page.grouped(found)})


def _save_all(request, order) -> dict[str, list[str]]:
    """Hand every answer that differs from what is kept to its verb; the sentences of those refused, by field."""
    page, post, errors = sheet.page(order), request.POST, {}

    def write(verb, field="", **inputs):
        outcome = _write(request, order, verb, **inputs)
        for reason in outcome.reasons:
            errors.setdefault(field or reason.field or "main", []).append(reason.sentence)

    for item in page.sheet.items:
        for one in item.steps.all():
            entry, name = page.sheet.entries.get(one.pk), f"{sheet.STEP}{one.pk}"
            reason = post.get(f"{sheet.REASON}{one.pk}", "").strip()[:200]
            if str(one.pk) in post.getlist(DONE):
                if entry is None or not entry.done:
                    write(clinical.answer_step, name, step_id=one.pk, done=True)
            elif reason and (entry is None or entry.reason != reason):
                write(clinical.answer_step, name, step_id=one.pk, done=False, reason=reason)
    for key, ask in page.asks.items():
        raw = post.get(f"{sheet.READING}{key}")
        if raw is not None and ask.measurement.type != "computed" and _differs(ask.measurement, raw, page, key):
            write(clinical.take_reading, key=key, raw=raw)
    record = page.sheet.record
    given = _waste(request)
    if given["waste"] and given != {"waste": record.waste, "bags": record.waste_bags}:
        write(clinical.declare_waste, **given)
    given = _specimen(request)
    if any(given.values()) and list(given.values()) != [record.specimen_label, record.specimen_handed_to]:
        write(clinical.hand_over_specimen, **given)
    given = _note(request)
    if any(given.values()) and given != {name: getattr(record, name) for name in given}:
        write(clinical.write_note, **given)
    return errors


def _differs(measurement, raw, page, key):
    kept = page.sheet.readings.get(key)
    if not raw.strip():
        return kept is not None
    value = measurements.clean(measurement, raw)
    return isinstance(value, Refusal) or kept is None or value != page.values[key]


def _waste(request):
    bags = request.POST.get("waste_bags", "").strip()
    waste = request.POST.get("waste", "")
    counted = waste != VisitRecord.Waste.NONE and bags.isascii() and bags.isdigit()
    return {"waste": waste, "bags": int(bags) if counted else 0}


def _specimen(request):
    return {
        "label": request.POST.get("specimen_label", "").strip(),
        "handed_to": request.POST.get("specimen_handed_to", "").strip(),
    }


def _note(request):
    return {
        name: request.POST.get(name, "").replace("\r\n", "\n").strip() for name in ("note", "next_step", "next_note")
    }
