"""The auditor's search of the trace: who did what, when, why, and what came of it. Searching is itself recorded."""

from django import forms
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Organization
from audit import services as audit
from desks import office
from desks.oversight import reads
from desks.oversight.desk import AUDITOR, district, show
from orders.trace import ACTIONS


class Search(forms.Form):
    who = forms.CharField(label="办理人姓名或账号", max_length=40, required=False)
    action = forms.ChoiceField(label="事项", required=False)
    kind = forms.ChoiceField(label="类别", required=False)
    organisation = forms.TypedChoiceField(label="机构", coerce=int, empty_value=None, required=False)
    number = forms.CharField(label="订单、申请或项目单编号", max_length=20, required=False)
    since = office.DateField(label="从哪天", required=False)
    until = office.DateField(label="到哪天", required=False)
    purpose = forms.CharField(
        label="查阅用途", max_length=200, required=False, help_text="写明用途后显示涉及服务对象的事由，用途会写入留痕。"
    )

    def __init__(self, data, *, places, today):
        super().__init__(data)
        labels = sorted(ACTIONS.items(), key=lambda pair: (pair[0].split(".")[0], pair[1]))
        self.fields["action"].choices = [("", "全部事项"), *labels]
        self.fields["kind"].choices = [("", "全部类别"), *[(k.value, k.label) for k in reads.KINDS]]
        self.fields["organisation"].choices = [("", "全部机构"), *places]
        self.today = today

    def conditions(self):
        """The bound fields that narrow the search; the purpose stands apart."""
        return [bound for bound in self if bound.name != "purpose"]

    def asked(self) -> dict:
        """What was asked in a readable way; without a span or a number, the last seven days."""
        self.is_valid()
        asked = {key: value for key, value in self.cleaned_data.items() if value not in ("", None)}
        if not {"since", "until", "number"} & set(asked):
            asked["since"] = reads.week_before(self.today)
        return asked

    def in_words(self, asked: dict) -> str:
        """What was asked, for the trace itself: a person's name never stands there."""
        said = []
        for name, value in asked.items():
            if name != "purpose":
                shown = dict(getattr(self.fields[name], "choices", ())).get(value, value)
                said.append(f"{self.fields[name].label} {'按姓名或账号' if name == 'who' else shown}")
        return "，".join(said)


@require_safe
def search(request):
    places = request.actor.orgs_as(*AUDITOR)
    names = [
        (row.pk, row.short_name)
        for row in Organization.objects.filter(pk__in=places).order_by("kind", "short_name", "pk")
    ]
    form = Search(request.GET, places=names, today=timezone.localdate())
    asked = form.asked()
    purpose = asked.get("purpose", "")
    # Written before it is read, so that nobody looks without leaving a line.
    audit.looked(
        target=district(request),
        by=request.actor,
        now=timezone.now(),
        why=f"检索留痕：{form.in_words(asked)}" + (f"；用途：{purpose}" if purpose else ""),
        role="auditor",
    )
    page = office.page_of(reads.trail(places=places, asked=asked), request)
    page.object_list = reads.trail_rows(page.object_list, purpose=purpose)
    context = {
        "form": form,
        "page": page,
        "asked": form.in_words(asked),
        "covered": any(row["covered"] for row in page.object_list),
    }
    return show(request, "trace", context)
