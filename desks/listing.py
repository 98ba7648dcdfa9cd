"""Lists of orders and requests for offices: filters live in the address, each figure equals its list."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django import forms
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization
from desks import office
from institutions import selectors as institutions
from kernel.actors import Actor
from orders import faces, selectors
from orders.days import beginning
from orders.lifecycle import OPEN, WAITING, OrderStatus, RequestStatus

GRACE = timedelta(minutes=15)

ORDER_GROUPS = {
    "open": ("未结束（全部）", OPEN),
    "under_way": ("前往中和服务中", frozenset({OrderStatus.EN_ROUTE, OrderStatus.IN_SERVICE})),
}
# Groups that hang on more than the status, most of them on the clock: what they are called, the rows at a moment.
ORDER_CLOCKS = {
    "stopped": ("失约和中止", lambda now: selectors.STOPPED),
    "late": ("超过约定未签到", lambda now: Q(
        status__in=[OrderStatus.ACCEPTED, OrderStatus.EN_ROUTE], arrived_at__isnull=True, planned_start__lt=now - GRACE
    )),
    "unsent": ("到了希望时间未派出", lambda now: Q(status=OrderStatus.AWAITING_DISPATCH, window_start__lt=now)),
}  # fmt: skip
REQUEST_GROUPS = {"waiting": ("未开具（全部）", WAITING)}

ORDER_DAYS = {
    "planned": ("上门日期", "planned_start"),
    "window": ("希望日期", "window_start"),
    "confirmed": ("确认日期", "confirmed_at"),
    "since": ("状态变动日期", "status_since"),
    "created": ("生成日期", "created_at"),
}
REQUEST_DAYS = {"submitted": ("提交日期", "submitted_at"), "since": ("状态变动日期", "status_since")}


@dataclass(frozen=True)
class Kind:
    """One kind of list: its statuses and days, and the words of its filters."""

    statuses: type
    groups: dict
    days: dict
    number: str
    clocks: dict


ORDERS = Kind(OrderStatus, ORDER_GROUPS, ORDER_DAYS, "订单编号", ORDER_CLOCKS)
REQUESTS = Kind(RequestStatus, REQUEST_GROUPS, REQUEST_DAYS, "申请编号", {})


class Filter(forms.Form):
    """What the list is asked for; a value that makes no sense is left out, never an error."""

    status = forms.ChoiceField(label="状态", required=False)
    centre = forms.TypedChoiceField(label="机构", coerce=int, empty_value=None, required=False)
    town = forms.ChoiceField(label="街镇", required=False)
    by = forms.ChoiceField(label="日期类别", required=False)
    on = office.DateField(label="日期", required=False)
    q = forms.CharField(label="编号", max_length=20, required=False)

    def __init__(self, data, *, kind: Kind, centres, towns):
        super().__init__(data)
        self.kind = kind
        grouped = [(key, label) for key, (label, _) in {**kind.groups, **kind.clocks}.items()]
        statuses = [*grouped, *kind.statuses.choices]
        self.fields["status"].choices = [("", "全部状态"), *statuses]
        self.fields["centre"].choices = [("", "全部机构"), *centres]
        self.fields["town"].choices = [("", "全部街镇"), *towns]
        self.fields["by"].choices = [(key, label) for key, (label, _) in kind.days.items()]
        self.fields["q"].label = kind.number
        if len(centres) < 2:
            del self.fields["centre"]

    def asked(self) -> dict:
        self.is_valid()
        return {key: value for key, value in self.cleaned_data.items() if value not in ("", None)}

    def narrow(self, rows):
        asked = self.asked()
        if status := asked.get("status"):
            rows = rows.filter(self._standing(status))
        if centre := asked.get("centre"):
            rows = rows.filter(centre=centre)
        if town := asked.get("town"):
            rows = rows.filter(address__town=town)
        if on := asked.get("on"):
            _, column = self.kind.days.get(asked.get("by", ""), next(iter(self.kind.days.values())))
            start, end = span(on)
            rows = rows.filter(**{f"{column}__gte": start, f"{column}__lt": end})
        if number := asked.get("q"):
            rows = rows.filter(number__istartswith=number.strip())
        return rows

    def _standing(self, asked: str) -> Q:
        if asked in self.kind.groups:
            return Q(status__in=sorted(self.kind.groups[asked][1]))
        if asked in self.kind.clocks:
            return self.kind.clocks[asked][1](timezone.now())
        return Q(status=asked)

    def chips(self, request: HttpRequest) -> list[dict]:
        asked, chips = self.asked(), []
        for name in ("status", "centre", "town", "on", "q"):
            if name not in asked:
                continue
            left = request.GET.copy()
            left.pop("page", None)
            left.pop(name)
            if name == "on":
                left.pop("by", None)
            chips.append({"label": self._words(name, asked), "url": f"?{left.urlencode()}"})
        return chips

    def _words(self, name, asked):
        value = asked[name]
        if name == "on":
            label, _ = self.kind.days.get(asked.get("by", ""), next(iter(self.kind.days.values())))
            return f"{label} {value.year}年{value.month}月{value.day}日"
        if name == "q":
            return f"编号 {value}"
        return dict(self.fields[name].choices)[value]


def span(day: date) -> tuple[datetime, datetime]:
    """A local day as a half-open span of time."""
    start = beginning(day)
    return start, start + timedelta(days=1)


def centres_of(actor: Actor):
    """Institutions that serve and that this actor reads about, by name."""
    places = frozenset().union(*actor.orgs.values()) if actor.orgs else frozenset()
    return Organization.objects.filter(pk__in=places, kind__in=Organization.PROVIDERS).order_by("short_name", "pk")


def orders_page(request: HttpRequest, actor: Actor, route: str) -> dict:
    """Everything a page of orders shows; ``route`` opens one order by its number."""
    return _page(request, actor, ORDERS, selectors.orders(actor=actor), lambda o: order_row(o, route))


def requests_page(request: HttpRequest, actor: Actor, route: str) -> dict:
    return _page(request, actor, REQUESTS, selectors.requests(actor=actor), lambda r: request_row(r, route))


def order_row(order, route: str) -> dict:
    return {
        "row": order,
        "face": faces.order(order),
        "items": "、".join(line.item.name for line in order.lines.all()),
        "when": order.planned_start or order.window_start,
        "url": reverse(route, args=[order.number]),
        "age": office.age(order.patient.birth_date),
    }


def request_row(row, route: str) -> dict:
    return {
        "row": row,
        "face": faces.request(row),
        "items": "、".join(item.name for item in row.wished_items.all()),
        "url": reverse(route, args=[row.number]),
        "age": office.age(row.patient.birth_date),
    }


def late(actor: Actor, now: datetime):
    """Visits whose nurse should have checked in a quarter of an hour ago and has not."""
    return selectors.orders(actor=actor).filter(ORDER_CLOCKS["late"][1](now))


def unsent(actor: Actor, now: datetime):
    """Orders whose wished time has begun and that no nurse was found for."""
    return selectors.orders(actor=actor).filter(ORDER_CLOCKS["unsent"][1](now))


def stopped_on(actor: Actor, day: date):
    start, end = span(day)
    return selectors.orders(actor=actor).filter(selectors.STOPPED, status_since__gte=start, status_since__lt=end)


def disputed(actor: Actor):
    return selectors.orders(actor=actor).filter(status=OrderStatus.DISPUTED)


def _page(request, actor, kind, rows, prepare):
    form = Filter(
        request.GET,
        kind=kind,
        centres=[(row.pk, row.short_name) for row in centres_of(actor)],
        towns=[(town.pk, town.name) for town in institutions.towns()],
    )
    page = office.page_of(form.narrow(rows), request)
    page.object_list = [prepare(row) for row in page.object_list]
    return {"form": form, "chips": form.chips(request), "clear_url": request.path, "page": page}
