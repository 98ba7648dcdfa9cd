"""A changed rule over the last month, before it takes effect: how many would have been refused, by centre."""

from django import forms
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from desks import office
from desks.oversight.desk import READERS, district, show
from institutions import selectors
from institutions.settings import SETTINGS, in_words, judge
from supervision import whatif


class Asking(forms.Form):
    """Which choice, and what it would be."""

    key = forms.ChoiceField(label="设置项", choices=whatif.choices)
    value = forms.CharField(label="假如改为", max_length=20)

    def clean(self):
        """The value as the setting itself would judge it."""
        held = super().clean()
        declared, typed = SETTINGS.get(held.get("key", "")), held.get("value", "")
        if declared is None or not typed:
            return held
        if declared.type == "integer":
            held["value"] = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else typed
        else:
            held["value"] = next((value for value, name in declared.options if typed in (value, name)), typed)
        if no := judge(declared.key, held["value"]):
            self.add_error("value", office.said(no))
        return held


@require_safe
def page(request):
    here, now = district(request), timezone.now()
    key = request.GET.get("key", "")
    form = Asking(request.GET if "value" in request.GET else None, initial={"key": key or whatif.KEYS[0]})
    context = {"form": form, "crumbs": [{"label": "区级设置", "url": reverse("oversight:settings")},
                                        {"label": "假如改变规则", "url": ""}]}  # fmt: skip
    if form.is_bound and form.is_valid():
        asked = form.cleaned_data
        declared = SETTINGS[asked["key"]]
        lines = whatif.judge(
            district=here, places=request.actor.orgs_as(*READERS), key=asked["key"], value=asked["value"], now=now
        )  # fmt: skip
        held = selectors.setting(here.pk, asked["key"], timezone.localdate(now))
        context |= {
            "declared": declared,
            "now_value": in_words(declared, held),
            "then_value": in_words(declared, asked["value"]),
            "lines": lines,
            "asked": sum(line.asked for line in lines),
            "refused_now": sum(line.refused_now for line in lines),
            "refused_then": sum(line.refused_then for line in lines),
            "paper": declared.key in whatif.OF_PAPERS,
            "setting_url": reverse("oversight:settings_one", args=[declared.key]),
            "most": whatif.MOST,
        }
    context["options"] = [
        {"label": declared.label, "values": "、".join(name for _, name in declared.options)
         or f"{declared.minimum} 到 {declared.maximum} {declared.unit}"}
        for declared in (SETTINGS[key] for key in whatif.KEYS)
    ]  # fmt: skip
    return show(request, "whatif", context, status=422 if form.is_bound and form.errors else 200)
