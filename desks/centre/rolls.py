"""
Nurses taken on by a list: the template, a dry run that writes nothing, the report, and the one act.

Nothing is kept between the dry run and the act: the page carries the file on, and the act reads and judges it anew.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from desks import downloads, office
from desks.centre.desk import place, show
from desks.steps import attempt
from kernel.refusals import Invalid, Refused
from nurses import services
from nurses.rolls import blank, reads
from nurses.sheets import LARGEST, LINES

CRUMBS = [
    {"label": "岗位与人员", "url": reverse_lazy("centre:people")},
    {"label": "批量建档", "url": reverse_lazy("centre:people_import")},
]
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 200  # remarks on the page; all of them are in the table to take away


class Handed(forms.Form):
    """A list, chosen from the disk, or carried on by the page that shows what was found in it."""

    file = forms.FileField(
        label="护士名单", help_text=f"Excel（.xlsx）或 CSV，不超过 1 MB，一次最多 {LINES} 名。",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={"required": "请选择要核对的文件。", "empty": "这份文件是空的，请重新选择。"},
    )  # fmt: skip
    content = forms.CharField(required=False, widget=forms.HiddenInput, max_length=LARGEST * 4 // 3 + 4)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["file"].required = not self.data.get("content")

    def clean(self):
        held = super().clean()
        chosen, carried = held.get("file"), held.get("content")
        if chosen:
            if chosen.size > LARGEST:
                self.add_error("file", "文件超过 1 MB，请只保留名单本身，去掉图片后再上传。")
            else:
                held["bytes"] = chosen.read()
        elif carried:
            try:
                held["bytes"] = base64.b64decode(carried, validate=True)
            except (binascii.Error, ValueError):
                self.add_error("file", "没有收到完整的文件，请重新选择。")
        return held


@dataclass(frozen=True)
class Checked:
    """What the dry run has found, as the page shows it."""

    roll: object
    sha256: str
    content: str

    @property
    def context(self) -> dict:
        roll = self.roll
        return {
            "roll": roll,
            "sha256": self.sha256,
            "content": self.content,
            "lines": len(roll.lines),
            "fresh": len(roll.fresh),
            "standing": len(roll.standing),
            "faulty": len({fault.where for fault in roll.faults}),
            "papers": [{"name": name, "count": len(lines)} for name, lines in roll.papers.items() if lines],
            "faults": roll.faults[:SHOWN],
            "more_faults": max(0, len(roll.faults) - SHOWN),
            "notes": roll.notes[:SHOWN],
            "more_notes": max(0, len(roll.notes) - SHOWN),
            "sound": not roll.faults and bool(roll.fresh or roll.brings),
        }


@require_http_methods(["GET", "HEAD", "POST"])
def check(request):
    """Show what the list says and what is wrong with it. Nothing is written."""
    if request.method != "POST":
        return _page(request, Handed())
    form, checked = _checked(request)
    return _page(request, form, checked, status=422 if form.errors else 200)


@require_POST
def apply(request):
    form, checked = _checked(request)
    if checked is None:
        return _page(request, form, status=422)
    content = base64.b64decode(checked.content)
    outcome = attempt(services.import_nurses, organisation=place(request), content=content, **office.act(request))
    if not outcome.done:
        return _page(request, Handed(), checked, refused=outcome.reasons, status=422)
    row = outcome.row
    messages.success(
        request,
        f"这份名单已导入：新建档案 {row.filed} 份，登记注册或备案 {row.tied} 名，原已在册 {row.standing} 名"
        f"，登记培训 {row.trainings} 条、保险 {row.insurances} 条。",
    )
    return redirect("centre:people_import")


@require_POST
def report(request):
    """Every remark of the dry run as a table; it is made from what the administrator handed in, and nothing else."""
    form, checked = _checked(request)
    if checked is None:
        return _page(request, form, status=422)
    return downloads.saved(
        blank.report(checked.roll), name=f"roll-{checked.sha256[:8]}.csv", kind="text/csv; charset=utf-8"
    )


@require_safe
def template(request):
    return downloads.saved(blank.workbook(), name="nurses.xlsx", kind=WORKBOOK)


def _checked(request) -> tuple[Handed, Checked | None]:
    form = Handed(request.POST, request.FILES)
    if not form.is_valid():
        return form, None
    content = form.cleaned_data["bytes"]
    try:
        roll = reads.roll(content=content, organisation=place(request), today=timezone.localdate())
    except Invalid as no:
        _tell(form, no)
        return form, None
    return form, Checked(roll, hashlib.sha256(content).hexdigest(), base64.b64encode(content).decode())


def _tell(form: Handed, no: Refused) -> None:
    for reason in no.reasons:
        form.add_error("file", reason.sentence)


def _page(request, form, checked=None, *, refused=None, status=200):
    context = {
        "form": form if form.errors else Handed(),
        "checked": checked.context if checked else None,
        "refused": refused,
        "imports": reads.imports(place(request).pk),
        "crumbs": CRUMBS if checked else [CRUMBS[0], {"label": "批量建档", "url": ""}],
        "check_url": reverse("centre:people_import"),
    }
    if checked:
        context["crumbs"] = [*CRUMBS, {"label": "核对结果", "url": ""}]
    return show(request, "people_import", context, status=status)
