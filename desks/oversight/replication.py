"""What the district has found good, as one file for other districts; and another district's file, looked through."""

import base64
import binascii
from datetime import timedelta

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from desks import downloads, office
from desks.oversight.desk import district, show
from desks.steps import attempt
from kernel.refusals import Invalid
from supervision import comparing, package, packing, services
from supervision.services.replication import REASON

# Where each part is kept here, and what taking it over makes of it.
PLACES = {
    "settings": ("oversight:settings", "成为设置调整，由另一位监管员复核"),
    "catalogue": ("oversight:catalogue", "成为一份目录草稿，经专家论证后由另一位监管员批准"),
    "articles": ("oversight:library", "成为文章草稿，由另一位审核后发布"),
    "negative": ("oversight:catalogue_negative", "只对照。负面清单没有草稿，登记即生效，请逐条登记"),
    "templates": ("oversight:followups", "只对照。随访模板没有草稿，发布即启用，请逐份发布"),
    "questionnaires": ("oversight:followups", "只对照。随访问卷没有草稿，发布即启用，请逐份发布"),
    "measurements": ("", "只对照。测量项目库由平台统一维护，不由区里改动"),
}
UNITS = {"settings": "项", "catalogue": "个项目", "articles": "篇", "negative": "条", "templates": "份",
         "questionnaires": "份", "measurements": "项"}  # fmt: skip
FACES = {
    comparing.NEW: {"label": "本区没有", "family": "assess", "icon": "plus"},
    comparing.DIFFERS: {"label": "与本区不同", "family": "ask", "icon": "scale"},
    comparing.WAITS: {"label": "已在办理", "family": "go", "icon": "clock"},
    comparing.REFUSED: {"label": "本区不接受", "family": "alert", "icon": "hand-stop"},
}


class Choosing(forms.Form):
    """A file to look through; nothing is taken over yet."""

    file = forms.FileField(
        label="配置包文件",
        help_text=f"从其他区的「经验推广」下载的文件，不超过 {package.MOST_BYTES // 1_000_000} MB；"
        "先逐项对照，再选择带入哪些。",
    )


class Names(forms.MultipleChoiceField):
    """Rows of the file by name; whether they are in it is the verb's own question."""

    def valid_value(self, value):
        return len(value) <= 100


class Taking(forms.Form):
    """What of a file that was looked through is wanted, from when on and why."""

    content = forms.CharField(widget=forms.HiddenInput)
    picks = Names(label="要带入的内容", error_messages={"required": "请至少选择一项要带入的内容。"})
    effective_on = office.DateField(
        label="生效日期", initial=lambda: timezone.localdate() + timedelta(days=30),
        help_text="设置调整和目录草稿按这一天提出；到期前没有复核、批准的不会生效。",
    )  # fmt: skip
    reason = office.TextField(label="理由", max_length=REASON, rows=2, help_text="会写入留痕，复核的人也能看到。")


@require_safe
def overview(request):
    return _overview(request, Choosing())


@require_POST
def download(request):
    """The file leaves only after the act that holds its digest."""
    outcome = attempt(services.export_package, district=district(request), **office.act(request))
    if not outcome.done:
        messages.error(request, outcome.refused.sentence)
        return redirect("oversight:replication")
    return downloads.saved(outcome.row.content, name=outcome.row.name, kind="application/json; charset=utf-8")


@require_POST
def check(request):
    """Look a file through beside this district's rules; nothing is kept."""
    form = Choosing(request.POST, request.FILES)
    if not form.is_valid():
        return _overview(request, form)
    sent = form.cleaned_data["file"].read(package.MOST_BYTES + 1)
    try:
        read = package.read(sent)
    except Invalid as no:
        for reason in no.reasons:
            form.add_error("file", reason.sentence)
        return _overview(request, form)
    return _preview(request, read, Taking(initial={"content": base64.b64encode(sent).decode()}))


@require_POST
def take(request):
    form, sent = Taking(request.POST), _unpacked(request.POST.get("content", ""))
    given = {"district": district(request), "content": sent, **office.act(request)}
    try:
        read = package.read(sent)
    except Invalid:
        return _unreadable(request, given)
    if form.is_valid():
        asked = {name: form.cleaned_data[name] for name in ("picks", "effective_on", "reason")}
        outcome = attempt(services.take_package_over, typed=request.POST, **asked, **given)
        if office.tell(form, outcome):
            messages.success(request, _said(outcome.row))
            return redirect("oversight:replication")
    return _preview(request, read, form)


def _unreadable(request, given):
    """What was sent back is no file any more: the verb says so, and its refusal stands in the trace."""
    outcome = attempt(services.take_package_over, picks=(), effective_on=timezone.localdate(), reason="", **given)
    form = Choosing(initial={})
    form.full_clean()
    form.is_bound, form.cleaned_data = True, {}
    office.tell(form, outcome)
    return _overview(request, form)


def _overview(request, form):
    here = district(request)
    content = packing.content_of(here, timezone.localdate())
    counts = comparing.counts(content)
    parts = [
        {"label": label, "n": counts[part], "unit": UNITS[part], "becomes": PLACES[part][1], "url": _url(part)}
        for part, label in comparing.PARTS.items()
    ]
    context = {
        "parts": parts,
        "edition": content["catalogue"]["title"],
        "digest": package.digest(content),
        "left_out": package.left_out(content),
        "form": form,
    }
    return show(request, "replication", context, status=422 if form.errors else 200)


def _preview(request, read, form):
    here = district(request)
    today = timezone.localdate()
    ours = packing.decided_of(here, today)
    found = comparing.compared(read.content, ours, packing.standing_of(here, today))
    stays = comparing.only_here(read.content, ours)
    picked = set(form.data.getlist("picks")) if form.is_bound else None
    parts = [_part(part, label, found[part], stays[part], picked) for part, label in comparing.PARTS.items()]
    context = {
        "read": read,
        "parts": [part for part in parts if part["rows"] or part["same"]],
        "takes": any(row["takes"] for part in parts for row in part["rows"]),
        "form": form,
        "crumbs": [{"label": "经验推广", "url": reverse("oversight:replication")}, {"label": "对照", "url": ""}],
    }
    return show(request, "replication_check", context, status=422 if form.errors else 200)


def _part(part, label, found, stays, picked) -> dict:
    rows = [
        {
            "row": row,
            "id": f"pick-{part}-{n}",
            "face": FACES[row.state],
            "takes": row.takes,
            "picked": row.takes and (picked is None or row.name in picked),
        }
        for n, row in enumerate(found)
        if row.state in FACES
    ]
    tally = [(FACES[state]["label"], sum(row["row"].state == state for row in rows)) for state in FACES]
    same = [row.label for row in found if row.state == comparing.SAME]
    said = [f"{words} {n} {UNITS[part]}" for words, n in [("相同", len(same)), *tally] if n]
    if stays:
        said.append(f"只有本区有的 {stays} {UNITS[part]}不受影响")
    return {
        "label": label, "rows": rows, "same": same, "sub": "，".join(said), "takes": part in comparing.TAKEN,
        "becomes": PLACES[part][1], "url": _url(part),
    }  # fmt: skip


def _said(taken) -> str:
    made = [
        f"{taken.settings} 项设置调整" if taken.settings else "",
        f"一份目录草稿（{taken.items} 处改动）" if taken.draft else "",
        f"{taken.articles} 篇文章草稿" if taken.articles else "",
    ]
    left = f"另有 {taken.left} 项已在办理或已相同，没有再带入。" if taken.left else ""
    return f"已带入 {'、'.join(filter(None, made))}，由另一位监管员复核或审核后才会生效。{left}"


def _url(part) -> str:
    return reverse(PLACES[part][0]) if PLACES[part][0] else ""


def _unpacked(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
