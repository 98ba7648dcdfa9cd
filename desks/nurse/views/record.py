"""The record by plain forms: one press that saves everything, and a button for each part where no script runs."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from catalog import measurements
from clinical import services as clinical
from desks import steps
from desks.nurse import charting, sheet
from desks.nurse.entries import KINDS, Said
from desks.nurse.entries.record import DONE, given_note
from desks.nurse.entries.specimens import collect, given_tube
from desks.nurse.entries.waste import declare, given_waste
from desks.nurse.views.steps import SAID, show_visit
from desks.steps import attempt
from kernel.refusals import Refusal
from orders import selectors


@require_POST
def part(request, number, kind, key=""):
    """One part of the record, sent by its own button where no script runs."""
    if kind not in KINDS or KINDS[kind].show is None:
        raise Http404
    order, now = _order(request, number), timezone.now()
    outcome = KINDS[kind].act(Said(request, order, key, request.POST, request.FILES, now, now))
    if outcome.done:
        return redirect("nurse:visit", number=number)
    return _show(request, order, outcome.errors, found=outcome.reasons)


@require_safe
def call_backs(request, number):
    """How the doctor's call-backs of this visit stand; the region on the visit's page fetches itself again."""
    order = _order(request, number)
    context = {"calls": charting.call_backs(order, order.visit_record)} if order.visit_record_id else {"calls": None}
    return render(request, "nurse/visit/_call_backs.html", context)


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


def _write(request, order, verb, **inputs):
    return attempt(verb, record_id=order.visit_record_id, by=request.actor, now=timezone.now(), **inputs)


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
        hear(_write(request, order, verb, **inputs), field)

    def hear(outcome, field=""):
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
        why = post.get(f"{charting.WHY}{key}", "")[:200]
        if raw is None or ask.measurement.type == "computed":
            continue
        if _differs(ask.measurement, raw, page, key) or _owed(page, key, why):
            write(clinical.take_reading, key=key, raw=raw, explanation=why)
    record = page.sheet.record
    given = given_waste(post)
    if given["waste"] and given != {"waste": record.waste, "bags": record.waste_bags}:
        hear(declare(request, order, given, at=None, now=timezone.now()))
    given = given_tube(post)
    if given["label"] and not record.specimens.filter(label=given["label"]).exists():
        hear(collect(request, order, given, at=None, now=timezone.now()))
    given = given_note(post)
    if any(given.values()) and given != {name: getattr(record, name) for name in given}:
        write(clinical.write_note, **given)
    return errors


def _owed(page, key, why):
    """A word beside an unusual value that is not the one on record."""
    kept = page.sheet.readings.get(key)
    return bool(kept and kept.alert) and why.strip() != kept.explanation


def _differs(measurement, raw, page, key):
    kept = page.sheet.readings.get(key)
    if not raw.strip():
        return kept is not None
    value = measurements.clean(measurement, raw)
    return isinstance(value, Refusal) or kept is None or value != page.values[key]
