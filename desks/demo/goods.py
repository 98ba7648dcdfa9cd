"""What nurses brought back: handed over an hour after the visit, fetched by the disposer every other day."""

from datetime import datetime, timedelta
from itertools import groupby

from django.utils import timezone

from accounts.roles import Role
from desks.demo.district import District
from logistics import services
from logistics.lifecycle import CARRIED_WASTE, STORED, TO_HAND_OVER
from logistics.models import Specimen, WasteBag
from orders.models import Order

ON_THE_WAY_BACK = timedelta(minutes=75)
FETCHED_AFTER = timedelta(hours=30)
DISPOSER = {"disposer": "示范固体废物处置有限公司", "licence": "DEMO-YF-0012", "receiver": "处置单位收运员"}


def bring_back(district: District, order: Order, sister, keeper: str, at: datetime) -> None:
    """What the visit brought forth goes to laboratory and store, as long as that has come by now."""
    act = {"giver": sister.name, "receiver": keeper, "by": sister, "now": at + ON_THE_WAY_BACK}
    if act["now"] > district.clock.now:
        return
    for tube in Specimen.objects.filter(order=order, status__in=TO_HAND_OVER):
        services.hand_over(specimen_id=tube.pk, **act)
    for bag in WasteBag.objects.filter(order=order, status__in=CARRIED_WASTE):
        services.hand_in(bag_id=bag.pk, weight_g=180 + bag.pk % 7 * 35, **act)


def fetch(district: District) -> None:
    """The disposer has fetched from every store what lay there longer than a day."""
    last = district.clock.now - FETCHED_AFTER
    for centre in district.centres:
        user = centre.users[Role.CENTRE_ADMIN.value][0]
        by, stored = district.actor(user), WasteBag.objects.filter(centre=centre.organisation, status__in=STORED)
        rows = stored.filter(handed_at__lt=last).order_by("handed_at", "pk")
        for day, bags in groupby(rows, key=lambda bag: timezone.localdate(bag.handed_at)):
            _fetch_one_day(centre, day, list(bags), by)


def _fetch_one_day(centre, day, bags, by):
    services.remove_bags(
        centre=centre.organisation,
        bag_ids=[bag.pk for bag in bags],
        manifest=f"DEMO-{centre.no:02}-{day:%Y%m%d}",
        batch=f"{day:%Y%m%d}",
        weight_g=sum(bag.checked_g or 0 for bag in bags),
        giver=by.name,
        by=by,
        now=max(bag.handed_at for bag in bags) + FETCHED_AFTER,
        **DISPOSER,
    )
