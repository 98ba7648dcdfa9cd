"""The button under an order's trace that takes its evidence out of the house."""

from django.http import HttpRequest, HttpResponse

from desks import downloads, office, traces
from desks.steps import attempt
from orders.services import evidence


class Why(office.Reason):
    """An export asks what for."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["reason"].label = "导出原因"
        self.fields["reason"].help_text = "例如：处理投诉、医疗纠纷鉴定、监管检查。"


def offered(request: HttpRequest, desk: traces.Desk, number: str) -> dict:
    """The form for those who may export, and nothing for the others."""
    if not request.actor.holds(*evidence.STAFF):
        return {}
    return {"pack_form": Why(), "pack_url": desk.url("orders_pack", number)}


def pack(request: HttpRequest, desk: traces.Desk, number: str, *, home: list[dict]) -> HttpResponse:
    """The pack as a file; a refusal is answered by the trace's page with the form as it was typed."""
    row, form = traces.order_of(desk, request, number), Why(request.POST)
    if form.is_valid():
        outcome = attempt(
            evidence.export_evidence, order_id=row.pk, reason=form.cleaned_data["reason"], **office.act(request)
        )
        if office.tell(form, outcome):
            return download(outcome.row)
    more = {**offered(request, desk, number), "pack_form": form}
    return traces.order(request, desk, number, home=home, status=422, **more)


def download(file: evidence.File) -> HttpResponse:
    return downloads.saved(file.content, name=file.name, kind="application/zip")
