"""
Which way a message leaves the house, when it may, and what falls due when: pure questions.

Nobody is woken for what can wait until morning; what cannot wait goes at any hour (002 五(四)).
"""

import re
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from kernel.refusals import Refusal

QUIET_FROM, QUIET_UNTIL = time(21), time(8)
SPANS = (90, 60, 30)  # days before an end at which somebody is reminded
EVENING, MORNING = time(18), time(9)
TRIES = 6
PAUSES = (1, 5, 15, 60, 240)  # minutes between two tries of the same letter
ADDRESS = 500  # the longest that a browser may name as the place to call it
LOCK = 100  # the longest part of what it gives to lock with
LOOPBACK = frozenset({"127.0.0.1", "localhost"})
TELEPHONE = re.compile(r"1\d{10}|0\d{9,11}")

# A life, a limb or a deadline of minutes: these go at any hour. Everything else waits for the morning.
URGENT = frozenset({
    "desk.alarm", "desk.alarm_again", "centre.alarm", "review.alarm", "oversight.alarm", "nurse.called_for",
    "nurse.alarm_answered", "nurse.are_you_safe", "doctor.call_back", "doctor.call_back_waits",
    "desk.call_back_overdue", "centre.call_back_overdue", "nurse.call_back_taken", "nurse.call_back_closed",
    "nurse.call_back_released",
    "desk.specimen_critical", "doctor.specimen_critical", "desk.specimen_untold", "doctor.specimen_untold",
    "centre.specimen_untold", "doctor.green", "doctor.green_waits", "desk.green", "family.green", "centre.green_waits",
    "doctor.green_unfinished", "review.green_waits", "review.remote_urgent", "family.late", "family.nobody_came",
    "family.departed", "nurse.late",
    "desk.late", "desk.nobody_came", "centre.nobody_came", "desk.overran", "desk.aborted", "desk.incident",
    "family.aborted",
})  # fmt: skip

# What a family without a telephone that shows messages has to be told by a voice: when somebody comes, and when not.
BY_VOICE = frozenset({
    "family.assessment", "family.assessment_moved", "family.accepted", "family.accepted_otherwise", "family.late",
    "family.nobody_came", "family.unarranged", "family.reseating", "family.rescheduled", "family.cancelled",
    "family.received", "family.declined", "family.unsuitable", "family.referred", "family.sign",
    "family.visit_tomorrow", "family.guidance", "family.expiring", "family.follow_up", "family.green",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ways:
    """How one person may be reached, as far as the person has said so."""

    sms: bool = False
    wechat: bool = False
    voice: bool = False
    push: bool = False
    quiet_from: time = QUIET_FROM
    quiet_until: time = QUIET_UNTIL


def channels(ways: Ways, template: str) -> tuple[str, ...]:
    """Name the ways out for one message. The message in the house is always there and is no way out."""
    chosen = [name for name, wanted in (("sms", ways.sms), ("wechat", ways.wechat), ("push", ways.push)) if wanted]
    if ways.voice and template in BY_VOICE:
        chosen.append("voice")
    return tuple(chosen)


def not_before(now: datetime, *, urgent: bool, quiet_from: time, quiet_until: time, zone: ZoneInfo) -> datetime:
    """Return ``now``, or the end of the person's quiet hours when the message can wait."""
    local = now.astimezone(zone)
    clock = local.time()
    if urgent or quiet_from == quiet_until or not _within(clock, quiet_from, quiet_until):
        return now
    morning = local.replace(hour=quiet_until.hour, minute=quiet_until.minute, second=quiet_until.second, microsecond=0)
    return morning if morning > local else morning + timedelta(days=1)


def again_at(now: datetime, attempts: int) -> datetime | None:
    """Say when a letter that did not get through is tried again, or that a person has to take over."""
    if attempts >= TRIES:
        return None
    return now + timedelta(minutes=PAUSES[min(attempts, len(PAUSES)) - 1])


def span_reached(ends_on: date, today: date, *, known_since: date | None = None) -> int | None:
    """
    Return which reminder is due: the smallest span that has begun, and nothing once the end has passed.

    A span that had begun before the paper was written is no news to those who wrote it.
    """
    left = (ends_on - today).days
    reached = [span for span in SPANS if 0 <= left <= span]
    if not reached:
        return None
    span = min(reached)
    if known_since is not None and ends_on - timedelta(days=span) <= known_since:
        return None
    return span


def evening_before(start: datetime, zone: ZoneInfo) -> datetime:
    """Six in the evening of the day before."""
    return datetime.combine(start.astimezone(zone).date() - timedelta(days=1), EVENING, tzinfo=zone)


def next_morning(now: datetime, zone: ZoneInfo) -> datetime:
    return datetime.combine(now.astimezone(zone).date() + timedelta(days=1), MORNING, tzinfo=zone)


def judge_reach(*, sms: bool, wechat: bool, voice: bool, phone: str, wechat_id: str) -> list[Refusal]:
    """Say what is missing before messages can go there."""
    problems = []
    if (sms or voice) and not phone:
        problems.append(Refusal("reach.phone_missing", "要收短信或电话，请填写手机号或固定电话。", field="phone"))
    elif phone and not TELEPHONE.fullmatch(phone):
        problems.append(Refusal("reach.phone", "请填写 11 位手机号，或带区号的固定电话（只填数字）。", field="phone"))
    if wechat and not wechat_id:
        problems.append(Refusal("reach.wechat_missing", "要收微信通知，请填写微信绑定编号。", field="wechat_id"))
    return problems


def judge_address(endpoint: str, *, hosts: Sequence[str], loopback: bool) -> Refusal | None:
    """
    Say why the platform must not call there: only services by name, over TLS, that the deployment knows.

    An address is what a browser says; without this anybody could make the platform knock at any door of its own house.
    """
    try:
        where = urlsplit(endpoint)
        host, port = (where.hostname or "").lower(), where.port
    except ValueError:
        host, port, where = "", None, urlsplit("")
    plain = endpoint.isascii() and endpoint.isprintable() and " " not in endpoint and len(endpoint) <= ADDRESS
    if loopback and plain and where.scheme == "http" and host in LOOPBACK:
        return None
    known = any(host == one or one.startswith("*.") and host.endswith(one[1:]) for one in hosts)
    named = any(letter.isalpha() for letter in host.rpartition(".")[2])
    open_ = where.scheme == "https" and port in (None, 443) and "@" not in where.netloc
    if plain and open_ and named and known:
        return None
    return Refusal("device.address", "这个浏览器的通知服务不在平台允许的名单里，请换一个浏览器，或继续用短信、电话。")


def judge_lock(p256dh: str, auth: str) -> Refusal | None:
    """Say why nothing can be locked with what the browser gave: a point of 65 bytes and a secret of 16."""
    short = max(len(p256dh), len(auth)) <= LOCK
    if short and _length(p256dh) == (65, 4) and _length(auth)[0] == 16:
        return None
    return Refusal("device.lock", "浏览器给出的通知密钥不完整，请刷新页面后再试一次。")


def _length(text: str) -> tuple[int, int]:
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return 0, 0
    return len(data), data[0] if data else 0


def _within(clock: time, start: time, end: time) -> bool:
    return start <= clock < end if start < end else clock >= start or clock < end
