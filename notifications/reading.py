"""Whoever has not read a management system is reminded of it, once for each time the administrator asks."""

from django.utils import timezone

from accounts.selectors import posts_in_force
from audit.delivery import clock
from audit.models import Outbox
from institutions.models import RuleSet
from notifications import services
from notifications.services import Letter

REMINDED = "institutions.reading_reminded"
TEMPLATE = "staff.reading"


def remind(event: Outbox) -> None:
    """Tell each of those who had not read it then, if they still hold a post there."""
    rule_set = RuleSet.objects.filter(pk=event.object_id).first()
    if rule_set is None:
        return
    now = clock()
    held = posts_in_force(on=timezone.localdate(now)).filter(organisation=rule_set.organisation_id)
    people = set(held.filter(user__in=event.payload.get("people", ())).values_list("user", flat=True))
    text = f"{rule_set.get_kind_display()}第 {rule_set.version} 版还没有登记阅读，请打开阅读后登记。"
    link = f"/centre/reading/{rule_set.kind}/"
    services.tell(
        event=event.event_type,
        event_id=event.pk,
        letters=[Letter(person, TEMPLATE, "请阅读制度", text, link) for person in sorted(people)],
        organisation_id=rule_set.organisation_id,
        patient_id=None,
        now=now,
    )
