"""Where a nurse is between setting out and the end of the visit: kept for some days, then deleted (004 三(八))."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.roles import Role
from audit.services import promise, recording
from institutions import selectors as institutions
from kernel.actors import Actor, system
from kernel.refusals import Invalid, NotNow, Refusal, hidden
from orders import geo
from orders.lifecycle import UNDER_WAY
from orders.models import Order, Whereabout

CLAUSE = "002 五(八)"
EVERY = timedelta(seconds=60)
SLACK = timedelta(seconds=5)  # phones count their minute a little short
OLDEST = timedelta(minutes=10)  # what a phone kept for longer says nothing about where she is


def share_place(
    *, order_id, lon: float, lat: float, accuracy_m: float | None = None, datum: str = "WGS-84",
    at: datetime | None = None, by: Actor, now: datetime,
) -> Whereabout | None:  # fmt: skip
    """
    Keep where the nurse is, at most once a minute; None where the last place is younger than that.

    One act stands for the whole way, written with its first place: a trace that is never deleted should not hold a way.

    :raises kernel.refusals.NotNow: before she set out, after the visit, or she has switched it off
    """
    if not (-180 <= lon <= 180 and -90 <= lat <= 90) or (accuracy_m is not None and not 0 <= accuracy_m < 1e7):
        raise Invalid(Refusal("place.off_earth", "没有读懂这个位置，请重新定位。", CLAUSE, field="lon"))
    with transaction.atomic():
        row = _hers(order_id, by)
        if row.status not in UNDER_WAY:
            raise NotNow(Refusal("place.not_now", "只有出发以后、服务结束以前才共享位置。", CLAUSE))
        if not row.shares_place:
            raise NotNow(Refusal("place.switched_off", "您已关闭这次上门的位置共享。", CLAUSE))
        taken_at = min(at or now, now)
        if taken_at < max(row.departed_at or now, now - OLDEST):
            raise NotNow(Refusal("place.too_old", "这个位置是出发以前或很久以前的，不再保存。", CLAUSE))
        last = Whereabout.objects.filter(order=row).order_by("-at").first()
        if last is not None and taken_at - last.at < EVERY - SLACK:
            return None
        wgs_lon, wgs_lat = geo.to_wgs84(lon, lat, datum)
        place = Whereabout(order=row, lon=wgs_lon, lat=wgs_lat, accuracy_m=accuracy_m, at=taken_at, recorded_at=now)
        if last is None:
            with recording("orders.place_shared", target=row, by=by, now=now, role=Role.NURSE):
                place.save(force_insert=True)
                _forget_later(row, now)
        else:
            place.save(force_insert=True)
    return place


def switch_sharing(*, order_id, shares: bool, by: Actor, now: datetime) -> Order:
    """Let the nurse's place be seen on this visit, or not; the desk reads which. Her check-in is another matter."""
    with transaction.atomic():
        row = _hers(order_id, by)
        with recording("orders.place_switched", target=row, by=by, now=now, role=Role.NURSE) as entry:
            row.shares_place = shares
            row.save(update_fields=["shares_place"])
            entry.data["shares"] = shares
    return row


def forget_places(*, order_id, now: datetime) -> int:
    """Delete what is older than the district keeps it; whatever is younger has its own day. Returns how many went."""
    with transaction.atomic():
        row = Order.objects.select_for_update(of=("self",), no_key=True).select_related("centre").get(pk=order_id)
        old = Whereabout.objects.filter(order=row, recorded_at__lte=now - _kept_for(row, now))
        with recording("orders.places_forgotten", target=row, by=system("places.forget"), now=now) as entry:
            gone, _ = old.delete()
            entry.data["places"] = gone
            if Whereabout.objects.filter(order=row).exists():
                _forget_later(row, now)
    return gone


def _hers(order_id, by) -> Order:
    row = (
        Order.objects.select_for_update(of=("self",), no_key=True)
        .select_related("centre", "nurse")
        .filter(pk=order_id, nurse__user=by.user_id, centre__in=by.orgs_as(Role.NURSE))
        .first()
    )
    if row is None:
        raise hidden("这张订单")
    return row


def _kept_for(row, now) -> timedelta:
    return timedelta(days=institutions.settings_of(row.centre, timezone.localdate(now))["place.keep_days"])


def _forget_later(row, now) -> None:
    """A visit is over within a day, so the day after the last place is kept long enough, everything goes at once."""
    due_at = now + _kept_for(row, now) + timedelta(days=1)
    promise(kind="places.forget", key=f"places.forget:{row.pk}:{due_at:%Y%m%d}", object_id=row.pk, due_at=due_at)
