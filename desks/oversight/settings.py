"""Where the documents leave room, the district chooses: with an effective date and a reason."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from desks import office
from desks.oversight import reads
from desks.oversight.desk import SUPERVISOR, district, show
from desks.pages import no_permission
from institutions import selectors, services
from institutions.settings import SETTINGS, Declared


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


@require_safe
def listing(request):
    rows = reads.setting_rows(district=district(request), today=timezone.localdate())
    return show(request, "settings", {"rows": rows})


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
        form, services.choose_setting, district=here, key=key, **office.act(request)
    ):
        messages.success(request, f"「{declared.label}」已登记，到生效日期起按新的取值办理。")
        return redirect("oversight:settings_one", key)
    context = {
        "declared": declared,
        "row": next(
            row for row in reads.setting_rows(district=here, today=timezone.localdate()) if row["declared"] is declared
        ),
        "default": reads.in_words(declared, declared.default),
        "history": [
            {"row": row, "value": reads.in_words(declared, row.value)}
            for row in selectors.setting_history(here.pk, key)[: office.PAGE]
        ],
        "form": form,
        "crumbs": [{"label": "区级设置", "url": reverse("oversight:settings")}, {"label": declared.label, "url": ""}],
    }
    return show(request, "setting", context, status=422 if form.errors else 200)


def _value_field(declared: Declared) -> forms.Field:
    if declared.type == "choice":
        return forms.ChoiceField(label="取值", choices=declared.options, widget=forms.RadioSelect)
    if declared.type == "words":
        return Words(label="取值", rows=10, help_text="每行一个词，每个词 2 到 20 个字。")
    bounds = f"{declared.minimum} 到 {declared.maximum} 之间的整数，单位是{declared.unit}。"
    return forms.IntegerField(label="取值", help_text=bounds)
