"""Requests registered together: several people at one address, for one day of one centre (集中预约, 003 二(一)1一)."""

import unicodedata

from django.db.models import Q

from kernel.actors import Actor
from kernel.refusals import Refusal
from orders import selectors
from orders.models import ServiceRequest
from patients import privacy
from patients.models import Address

CLAUSE = "003 二(一)1一"
MOST = 20  # people of one group; a home with more of them is registered as another


def head_of(row: ServiceRequest) -> int:
    """The id of the first of the group, which is the request itself where it is alone."""
    return row.booked_with_id or row.pk


def beside(row: ServiceRequest, actor: Actor):
    """The others of the group that this actor may see, in the order in which they were registered."""
    head = head_of(row)
    together = selectors.requests(actor=actor).filter(Q(pk=head) | Q(booked_with=head))
    return together.exclude(pk=row.pk).order_by("pk")[:MOST]


def same_address(one: Address, other: Address) -> bool:
    """Whether two addresses read the same, however they were typed: 5号 and ５ 号 are one."""
    return one.town_id == other.town_id and _plain(one) == _plain(other)


def _plain(address: Address) -> str:
    return "".join(unicodedata.normalize("NFKC", privacy.address_line(address)).split()).casefold()


def objections(first: ServiceRequest, *, patient_id, centre_id, town_id) -> list[Refusal]:
    """Say why a request cannot be registered together with this one."""
    found = []
    if first.address.town_id != town_id:
        said = "一起预约的是同一地址的几位，这位登记的地址在另一个街镇，请另外申请。"
        found.append(Refusal("request.group_town", said, CLAUSE))
    if first.centre_id != centre_id:
        found.append(Refusal("request.group", "一起预约的申请，请由同一个中心承接。", CLAUSE, field="centre"))
    if first.patient_id == patient_id:
        found.append(Refusal("request.group_person", "这位服务对象就是一起预约的那一位，请另选一位。", CLAUSE))
    return found


def full(first: ServiceRequest) -> list[Refusal]:
    """Say that the group has no room; asked in a transaction, one application of a group after another."""
    head = ServiceRequest.objects.select_for_update(of=("self",), no_key=True).get(pk=head_of(first))
    if ServiceRequest.objects.filter(booked_with=head).count() + 1 < MOST:
        return []
    return [Refusal("request.group_full", f"一起预约的最多 {MOST} 位，请另起一组。", CLAUSE)]
