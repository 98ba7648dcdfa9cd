"""After a record has ended: what was forgotten or wrong is added as a new version, with both times (002 五(七)1(1))."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audit import services as audit
from clinical import selectors as clinical
from clinical import services, versions
from clinical.models import VisitRecord
from desks.nurse import frame, rows
from desks.stepforms import AskForm, asking, reasons_for_page
from desks.steps import attempt
from kernel.refusals import hidden
from orders import selectors

CLOCK = "%Y-%m-%dT%H:%M"


class Amendment(AskForm):
    field = forms.ChoiceField(label="要补记或更正的内容")
    value = forms.CharField(label="正确的内容", widget=forms.Textarea(attrs={"rows": 3, "maxlength": 1000}))
    happened_at = forms.CharField(
        label="事情发生的时间", widget=forms.TextInput(attrs={"type": "datetime-local", "step": 60})
    )
    reason = forms.CharField(label="原因", widget=forms.TextInput(attrs={"maxlength": 200, "autocomplete": "off"}))

    def __init__(self, *args, choices=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["field"].choices = choices


@require_http_methods(["GET", "POST"])
def amend(request, number):
    """One value or the note; what stood there before stays readable."""
    order = selectors.nurse_visit(actor=request.actor, number=number)
    record = VisitRecord.objects.filter(pk=order.visit_record_id).first()
    if record is None or record.ended_at is None:
        raise hidden("可以更正的护理记录")
    outcome = None
    if request.method == "POST":
        post = request.POST
        outcome = attempt(
            services.amend_record,
            typed=post,
            record_id=record.pk,
            field=post.get("field", ""),
            value=post.get("value", "").replace("\r\n", "\n"),
            reason=post.get("reason", ""),
            happened_at=_moment(post.get("happened_at", "")) or record.started_at,
            by=request.actor,
            now=timezone.now(),
        )
        if outcome.done:
            messages.success(request, "已写入新的版本，原来的内容仍可查看。")
            return redirect("nurse:visit", number=number)
    now = timezone.now()
    audit.looked(target=order, by=request.actor, now=now, why="补记或更正护理记录")
    form = asking(
        Amendment, outcome, choices=_choices(record), initial={"happened_at": f"{timezone.localtime(now):{CLOCK}}"}
    )
    context = {
        "centre": order.centre,
        "order": order,
        "person": rows.person(order, now),
        "form": form,
        "refused": reasons_for_page(outcome, form),
        "versions": versions.of_record(record),
        "back_url": rows.visit_url(order),
    }
    return frame.page(request, "nurse/amend.html", context, status=outcome.status if outcome else 200)


def _choices(record):
    sheet = clinical.sheet(record)
    asked = {
        ask.measurement_id: ask.measurement
        for item in sheet.items
        for ask in item.asks.all()
        if ask.measurement.type not in ("computed", "photo")
    }
    return [
        ("note", "护理记录"),
        *(
            (
                f"reading-{key}",
                f"{one.label}（原为 {sheet.readings[key].value}）" if key in sheet.readings else one.label,
            )
            for key, one in asked.items()
        ),
    ]


def _moment(text):
    try:
        return timezone.make_aware(timezone.datetime.strptime(text, CLOCK))
    except (ValueError, OverflowError):
        return None
