"""How a person wants to be reached: the person's own choice."""

from datetime import datetime, time

from django.db import transaction

from audit.services import recording
from kernel.actors import Actor
from kernel.refusals import Invalid
from notifications import rules
from notifications.models import Reach


def choose_reach(
    *,
    phone: str,
    by_sms: bool,
    by_voice: bool,
    quiet_from: time,
    quiet_until: time,
    by: Actor,
    now: datetime,
    wechat_id: str = "",
    by_wechat: bool = False,
) -> Reach:
    """
    Keep how this person wants to be told of things outside the house.

    :raises kernel.refusals.Invalid: a way is chosen whose number is missing or cannot be one
    """
    phone, wechat_id = phone.replace(" ", "").replace("-", ""), wechat_id.strip()
    problems = rules.judge_reach(sms=by_sms, wechat=by_wechat, voice=by_voice, phone=phone, wechat_id=wechat_id)
    if problems:
        raise Invalid(*problems)
    with transaction.atomic():
        row = Reach.objects.select_for_update().filter(person=by.user_id).first() or Reach(person_id=by.account)
        with recording("notifications.reach_chosen", target=row, by=by, now=now):
            row.phone, row.wechat_id = phone, wechat_id
            row.by_sms, row.by_wechat, row.by_voice = by_sms, by_wechat, by_voice
            row.quiet_from, row.quiet_until, row.changed_at = quiet_from, quiet_until, now
            row.save()
    return row
