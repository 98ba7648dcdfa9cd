"""The centre's body recorders: which there are, where each one is, and which are out of use."""

from django.contrib import messages
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from desks import office
from desks.centre import forms
from desks.centre.desk import place, reader, show
from safety import selectors, services
from safety.models import Recorder

FACES = {
    Recorder.State.IN_USE: {"label": "可用", "family": "done", "icon": "check"},
    Recorder.State.REPAIR: {"label": "送修", "family": "ask", "icon": "tools"},
    Recorder.State.RETIRED: {"label": "停用", "family": "wait", "icon": "x"},
}
OUT = {"label": "使用中", "family": "serve", "icon": "heartbeat"}


@require_http_methods(["GET", "HEAD", "POST"])
def listing(request):
    form = forms.NewRecorder(request.POST or None)
    added = request.method == "POST" and office.done(
        form, services.add_recorder, centre=place(request), **office.act(request)
    )
    if added:
        messages.success(request, "已登记这台记录仪。")
        return redirect("centre:recorders")
    return _page(request, form, status=422 if form.errors else 200)


@require_POST
def change(request, pk):
    form = forms.RecorderState(request.POST)
    if office.done(form, services.change_recorder, recorder_id=pk, **office.act(request)):
        messages.success(request, "已登记设备状况。")
        return redirect("centre:recorders")
    return _page(request, forms.NewRecorder(), refused=[said for errors in form.errors.values() for said in errors],
                 status=422)  # fmt: skip


def _page(request, form, *, refused=(), status=200):
    rows = selectors.recorders(actor=reader(request), centre_id=place(request).pk)
    devices = [
        {
            "row": row,
            "out": row.out[0] if row.out else None,
            "face": OUT if row.out else FACES[row.state],
            "states": [] if row.state == Recorder.State.RETIRED or row.out else _others(row),
        }
        for row in rows
    ]
    return show(request, "recorders", {"devices": devices, "form": form, "refused": refused}, status=status)


def _others(row):
    words = {Recorder.State.IN_USE: "修好，可用", Recorder.State.REPAIR: "送修", Recorder.State.RETIRED: "停用"}
    return [(state.value, word) for state, word in words.items() if state != row.state]
