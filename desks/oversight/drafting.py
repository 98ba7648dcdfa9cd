"""A new edition of the district's list: begun as a copy, changed item by item, appraised, approved by another."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit import services as audit
from catalog import drafting
from catalog.models import Item
from desks import office, stepforms, timelines
from desks.oversight.desk import SUPERVISOR, district, reader, show
from desks.pages import no_permission
from desks.steps import attempt
from kernel.refusals import hidden
from patients.models import Sex
from supervision import faces, selectors, services
from supervision.doors import DRAFTS
from supervision.lifecycle import DRAFT, IN_THE_MAKING, TO_EDIT
from supervision.models import ExpertNote

KINDS = {"added": "增加", "removed": "移除", "changed": "修改"}


class Head(forms.Form):
    title = forms.CharField(label="目录名称", max_length=80)
    source = forms.CharField(label="文件", max_length=200, help_text="发布这版目录的文件名称和文号。")
    issued_on = office.DateField(label="印发日期", initial=timezone.localdate)
    effective_on = office.DateField(label="生效日期", initial=lambda: timezone.localdate() + timedelta(days=30))


class Facts(forms.Form):
    """One item. What does not fit together is said by the verb."""

    name = forms.CharField(label="护理项目", max_length=40)
    plain_words = forms.CharField(label="通俗说明", max_length=80, required=False, help_text="给服务对象看的一句话。")
    category_no = forms.TypedChoiceField(label="类别", coerce=int)
    family = forms.ChoiceField(label="服务类型", choices=Item.Family.choices)
    risk = forms.ChoiceField(label="风险", choices=Item.Risk.choices, widget=forms.RadioSelect)
    duration_min = forms.IntegerField(label="预计时长（分钟）", min_value=1, max_value=480)
    patient_sex = forms.ChoiceField(label="限服务对象性别", required=False, choices=[("", "不限"), *Sex.choices])
    steps = office.TextField(label="操作步骤", rows=8, help_text="一行一步，每步不超过 120 个字。")
    like = forms.ChoiceField(label="测量项目", required=False)
    makes_waste = forms.BooleanField(label="产生医疗废物", required=False)
    takes_specimen = forms.BooleanField(label="采集标本", required=False)
    needs_guidance = forms.BooleanField(label="需牵头医院指导", required=False)
    reason = office.TextField(label="理由", rows=2, max_length=200, help_text="写明需求、风险和可操作性。")

    def __init__(self, *args, data_of_draft, code="", **options):
        super().__init__(*args, **options)
        categories, items = data_of_draft["categories"], data_of_draft["items"]
        self.fields["category_no"].choices = [(row["no"], row["name"]) for row in categories]
        usual = "保持现在的测量项目" if code else "不测量"
        self.fields["like"].choices = [
            ("", usual), *((row["code"], f"与「{row['name']}」相同") for row in items if row["code"] != code)
        ]  # fmt: skip

    def facts(self) -> dict:
        said = {name: value for name, value in self.cleaned_data.items() if name != "reason"}
        return {**said, "steps": said["steps"].splitlines()}


class Expert(forms.Form):
    expert = forms.CharField(label="专家", max_length=40)
    standing = forms.CharField(label="单位和职称", max_length=80)
    need = office.TextField(label="服务需求", max_length=200, rows=2)
    risk = office.TextField(label="操作风险", max_length=200, rows=2)
    feasible = office.TextField(label="可操作性", max_length=200, rows=2)
    setting = office.TextField(label="居家环境", max_length=200, rows=2)
    verdict = forms.ChoiceField(label="意见", choices=ExpertNote.Verdict.choices, widget=forms.RadioSelect)
    said_on = office.DateField(label="论证日期", initial=timezone.localdate)


class Nothing(forms.Form):
    """A step that asks nothing more."""


FORMS = {
    "edit": Head, "review": Expert, "submit": Nothing, "send_back": office.Reason, "publish": Nothing,
    "discard": office.Reason,
}  # fmt: skip
VERBS = {
    "edit": services.change_draft, "review": services.review_draft, "submit": services.submit_draft,
    "send_back": services.send_back_draft, "publish": services.publish_draft, "discard": services.discard_draft,
}  # fmt: skip
SAID = {
    "edit": "名称和日期已修改。", "review": "专家意见已登记。", "submit": "已提请批准，由另一位监管员审核。",
    "send_back": "已退回修改。", "publish": "新版目录已发布，到生效日期起执行。", "discard": "草稿已放弃。",
}  # fmt: skip
LABELS = {"edit": "修改名称和日期"}
LOOKS = {"submit": "main", "publish": "main", "review": "main", "discard": "grave"}


@require_http_methods(["GET", "HEAD", "POST"])
def listing(request):
    if request.method == "POST" and not request.actor.holds(*SUPERVISOR):
        return no_permission(request, "这一步")
    here = district(request)
    form = Head(office.posted(request))
    if form.is_bound and form.is_valid():
        outcome = attempt(
            services.begin_draft, typed=request.POST, district=here, **form.cleaned_data, **office.act(request)
        )
        if office.tell(form, outcome):
            messages.success(request, "草稿已从现行目录复制，请逐项修改。")
            return redirect("oversight:catalogue_drafts_one", outcome.row.pk)
    page = office.page_of(selectors.drafts(district=here), request)
    page.object_list = [{"row": row, "face": faces.DRAFT[row.status]} for row in page.object_list]
    making = any(one["row"].status in IN_THE_MAKING for one in page.object_list)
    context = {
        "page": page,
        "form": form if request.actor.holds(*SUPERVISOR) and (form.is_bound or not making) else None,
        "making": making,
        "crumbs": [*_home(), {"label": "目录草稿", "url": ""}],
    }
    return show(request, "drafts", context, status=422 if form.errors else 200)


@require_safe
def one(request, pk):
    return _one(request, pk)


@require_POST
def step(request, pk, verb):
    if verb not in VERBS:
        raise Http404
    row = selectors.draft(actor=reader(request), pk=pk)
    form = FORMS[verb](request.POST)
    seen = {"version": stepforms.number_of(request.POST.get("version"))}
    seen["receipt"] = stepforms.receipt_of(request.POST)
    if office.done(form, VERBS[verb], draft_id=row.pk, **seen, **office.act(request)):
        messages.success(request, SAID[verb])
        return redirect("oversight:catalogue_drafts_one", pk)
    return _one(request, pk, bound=(verb, form))


@require_http_methods(["GET", "HEAD", "POST"])
def item(request, pk, code):
    """One item of the draft to be changed, or a new one where the code is ``new``."""
    row = selectors.draft(actor=reader(request), pk=pk)
    known = next((one for one in row.data["items"] if one["code"] == code), None)
    if known is None and code != "new":
        raise hidden("这个项目")
    form = Facts(
        office.posted(request), data_of_draft=row.data, code=code if known else "",
        initial=_facts(known) if known else {},
    )  # fmt: skip
    if form.is_bound and form.is_valid() and _written(request, row, code if known else "", form):
        messages.success(request, "草稿已修改；此前的专家意见需要重新论证。")
        return redirect("oversight:catalogue_drafts_one", pk)
    name = known["name"] if known else "增加项目"
    context = {
        "draft": row,
        "code": code if known else "",
        "form": form,
        "name": name,
        "remove": office.step("remove", "移除这个项目"),
        "remove_form": office.Reason(),
        "remove_url": reverse("oversight:catalogue_drafts_remove", args=[pk, code]) if known else "",
        "asks": _asks(row, known) if known else [],
        "crumbs": [*_home(), {"label": row.title, "url": _url(pk)}, {"label": name, "url": ""}],
    }
    return show(request, "drafts_item", context, status=422 if form.errors else 200)


@require_POST
def remove(request, pk, code):
    row = selectors.draft(actor=reader(request), pk=pk)
    form = office.Reason(request.POST)
    if office.done(form, services.remove_draft_item, draft_id=row.pk, code=code, **office.act(request)):
        messages.success(request, "项目已从草稿移除；此前的专家意见需要重新论证。")
        return redirect("oversight:catalogue_drafts_one", pk)
    return _one(request, pk, bound=("remove", form))


def _written(request, row, code, form) -> bool:
    verb = services.change_draft_item if code else services.add_draft_item
    more = {"code": code} if code else {}
    outcome = attempt(
        verb, typed=request.POST, draft_id=row.pk, facts=form.facts(), reason=form.cleaned_data["reason"],
        version=stepforms.number_of(request.POST.get("version")), **more, **office.act(request),
    )  # fmt: skip
    return office.tell(form, outcome)


def _one(request, pk, *, bound=("", None)):
    row = selectors.draft(actor=reader(request), pk=pk)
    verb, refused = bound
    if refused is None:
        audit.looked(target=row, by=request.actor, now=timezone.now(), why="查看目录草稿", role=_role(request))
    chances = [chance for chance in DRAFTS.chances(row, request.actor) if chance.name in FORMS]
    steps = [
        {
            "chance": chance,
            "label": LABELS.get(chance.name, ""),
            "form": refused if chance.name == verb else _form(chance.name, row),
            "asks": FORMS[chance.name] is not Nothing,
            "url": reverse("oversight:catalogue_drafts_step", args=[pk, chance.name]),
            "look": LOOKS.get(chance.name, ""),
        }
        for chance in chances
    ]
    asked = verb in {step["chance"].name for step in steps if step["asks"]}
    base = drafting.data_of(row.based_on)
    categories = {one["no"]: one["name"] for one in row.data["categories"]}
    context = {
        "draft": row,
        "face": faces.DRAFT[row.status],
        "edits": row.status in TO_EDIT and request.actor.holds(*SUPERVISOR),
        "steps": steps,
        "stray": refused if refused is not None and not asked else None,
        "changes": [
            {"kind": KINDS[kind], "name": name, "parts": parts}
            for kind, name, parts in drafting.changes(base, row.data)
        ],
        "rows": [{"item": one, "category": categories.get(one["category_no"], "")} for one in row.data["items"]],
        "risks": dict(Item.Risk.choices),
        "notes": [{"row": note, "stale": note.recorded_at < row.edited_at} for note in row.notes.all()],
        "past": timelines.timeline(sorted(row.steps.all(), key=lambda one: one.pk), DRAFT, faces.DRAFT),
        "crumbs": [*_home(), {"label": "目录草稿", "url": reverse("oversight:catalogue_drafts")},
                   {"label": row.title, "url": ""}],
    }  # fmt: skip
    return show(request, "drafts_one", context, status=200 if refused is None else 422)


def _form(name, row):
    if name == "edit":
        return Head(initial={column: getattr(row, column) for column in Head.base_fields})
    return FORMS[name]()


def _facts(row: dict) -> dict:
    ours = row["ours"]
    return {
        "name": row["name"], "plain_words": row["plain_words_ours"], "category_no": row["category_no"],
        "family": row["family_ours"], "risk": ours["risk_level"], "duration_min": ours["duration_min"],
        "patient_sex": row["patient_sex_ours"], "steps": "\n".join(step["text"] for step in row["steps"]),
        "makes_waste": ours["medical_waste"], "takes_specimen": ours["specimen_transport"],
        "needs_guidance": ours["needs_hospital_guidance"],
    }  # fmt: skip


def _asks(row, known) -> list[dict]:
    labels = {one["key"]: one["label"] for one in row.data["measurements"]}
    needed = set(known["required_ours"])
    return [{"label": labels.get(key, key), "required": key in needed} for key in known["ours"]["measurements"]]


def _role(request) -> str:
    return next((role for role in SUPERVISOR if request.actor.orgs_as(role)), "qc_inspector")


def _home() -> list[dict]:
    return [{"label": "项目目录", "url": reverse("oversight:catalogue")}]


def _url(pk) -> str:
    return reverse("oversight:catalogue_drafts_one", args=[pk])
