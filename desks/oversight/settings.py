"""Where the documents leave room, the district chooses: for a reason, proposed by one and decided by another."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from desks import office
from desks.oversight import reads
from desks.oversight.desk import SUPERVISOR, district, show
from desks.pages import no_permission
from institutions import selectors
from institutions.settings import SETTINGS, Declared, in_words
from kernel.refusals import hidden
from supervision import access, services
from supervision import selectors as supervision
from supervision.doors import CHANGES


class Words(office.TextField):
    """One word per line."""

    def to_python(self, value):
        return [line.strip() for line in super().to_python(value).splitlines() if line.strip()]

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def run_validators(self, value):
        """How long a word may be is the setting's own rule."""


class Choosing(forms.Form):
    effective_on = office.DateField(label="生效日期", initial=lambda: timezone.localdate() + timedelta(days=1))
    reason = office.TextField(label="理由", max_length=300, help_text="会写入留痕，机构可以查询。")

    field_order = ["value", "effective_on", "reason"]

    def __init__(self, *args, declared: Declared, **options):
        super().__init__(*args, **options)
        self.fields["value"] = _value_field(declared)
        self.order_fields(self.field_order)


class Agree(forms.Form):
    answer = office.TextField(label="复核意见", max_length=300, rows=2, required=False)


class Disagree(forms.Form):
    answer = office.TextField(label="不同意的原因", max_length=300, rows=2)


VERBS = {
    "approve": (Agree, services.approve_setting, "已同意，到生效日期起按新的取值办理。"),
    "refuse": (Disagree, services.refuse_setting, "已记下不同意的原因，设置不变。"),
    "withdraw": (office.Reason, services.withdraw_setting, "已撤回，设置不变。"),
}


@require_safe
def listing(request):
    here = district(request)
    waiting = {row.key: row for row in supervision.changes_waiting(district=here)}
    rows = reads.setting_rows(district=here, today=timezone.localdate())
    for row in rows:
        row["waiting"] = waiting.get(row["declared"].key)
    return show(request, "settings", {"rows": rows, "waiting": len(waiting)})


@require_http_methods(["GET", "POST"])
def one(request, key):
    declared = SETTINGS.get(key)
    if declared is None:
        raise Http404
    if request.method == "POST" and not request.actor.holds(*SUPERVISOR):
        return no_permission(request, "这一步")
    here = district(request)
    now_holding = selectors.setting(here.pk, key, timezone.localdate())
    form = Choosing(request.POST or None, declared=declared, initial={"value": now_holding})
    if request.method == "POST" and office.done(
        form, services.propose_setting, district=here, key=key, **office.act(request)
    ):
        messages.success(request, f"「{declared.label}」的调整已提出，由另一位监管员复核后生效。")
        return redirect("oversight:settings_one", key)
    return _one(request, declared, form=form, status=422 if form.errors else 200)


@require_POST
def decide(request, pk, verb):
    if verb not in VERBS:
        raise Http404
    change = access.changes_visible_to(request.actor).filter(pk=pk).first()
    if change is None or change.key not in SETTINGS:
        raise hidden("这份设置调整")
    form_class, verb_, sentence = VERBS[verb]
    form = form_class(request.POST)
    if office.done(form, verb_, change_id=pk, **office.act(request)):
        messages.success(request, sentence)
        return redirect("oversight:settings_one", change.key)
    declared = SETTINGS[change.key]
    return _one(request, declared, form=_fresh(request, declared), deciding={verb: form}, status=422)


def _fresh(request, declared):
    held = selectors.setting(district(request).pk, declared.key, timezone.localdate())
    return Choosing(None, declared=declared, initial={"value": held})


def _one(request, declared, *, form, deciding=None, status=200):
    here, key, deciding = district(request), declared.key, deciding or {}
    changes = list(supervision.changes(district=here, key=key)[: office.PAGE])
    waiting = supervision.changes_waiting(district=here, key=key).first()
    steps = _steps(request, waiting, deciding) if waiting else []
    context = {
        "declared": declared,
        "row": next(
            row for row in reads.setting_rows(district=here, today=timezone.localdate()) if row["declared"] is declared
        ),
        "default": in_words(declared, declared.default),
        "history": [
            {"row": row, "value": in_words(declared, row.value)}
            for row in selectors.setting_history(here.pk, key)[: office.PAGE]
        ],
        "changes": [{"row": row, "value": in_words(declared, row.value)} for row in changes],
        "waiting": waiting,
        "waiting_value": in_words(declared, waiting.value) if waiting else "",
        "steps": steps,
        # What was pressed may be no step of this reader's any more; its refusal is told above.
        "stray": [given for name, given in deciding.items() if name not in {one["chance"].name for one in steps}],
        "form": form,
        "crumbs": [{"label": "区级设置", "url": reverse("oversight:settings")}, {"label": declared.label, "url": ""}],
    }
    return show(request, "setting", context, status=status)


def _steps(request, change, deciding) -> list[dict]:
    """What this reader may do with a waiting change: the one who proposed it takes it back, another decides."""
    own = change.proposed_by_id == request.actor.user_id
    return [
        {
            "chance": chance,
            "form": deciding.get(chance.name) or VERBS[chance.name][0](),
            "url": reverse("oversight:settings_decide", args=[change.pk, chance.name]),
            "look": "main" if chance.name == "approve" else "",
        }
        for chance in CHANGES.chances(change, request.actor)
        if (chance.name == "withdraw") == own
    ]


def _value_field(declared: Declared) -> forms.Field:
    if declared.type == "choice":
        return forms.ChoiceField(label="取值", choices=declared.options, widget=forms.RadioSelect)
    if declared.type == "words":
        return Words(label="取值", rows=10, help_text="每行一个词，每个词 2 到 20 个字。")
    bounds = f"{declared.minimum} 到 {declared.maximum} 之间的整数，单位是{declared.unit}。"
    return forms.IntegerField(label="取值", help_text=bounds)
