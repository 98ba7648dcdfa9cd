"""A post's way: handed in by an institution, looked at by the commission, shown to everybody at its hour."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Organization
from accounts.roles import Role
from accounts.selectors import district_of
from audit.services import promise, recording
from education import rules
from education.doors import POSTS
from education.lifecycle import SHOWN, SHOWN_TO_ALL
from education.lifecycle import PostStatus as S
from education.models import Post, PostDay
from kernel.actors import Actor, system
from kernel.refusals import Invalid, NotNow, NotYours, Refusal, Unmet, demand_words, hidden

TEXTS = ("column", "title", "summary", "body")
MOST_A_DAY = 100_000  # what one post can be counted for on one day
PUBLISH = "education.publish"


def submit_post(*, organisation: Organization, by: Actor, now: datetime, receipt=None, **given) -> Post:
    """Hand a post in. :raises kernel.refusals.Refused: not this actor's institution, or something is missing"""
    facts = _judged(given)
    row = Post(
        district=district_of(organisation), organisation=organisation, written_by_id=by.account, written_at=now, **facts
    )
    return POSTS.create("submit", row, by=by, now=now, inputs=facts, receipt=receipt)


def resubmit_post(*, post_id: int, by: Actor, now: datetime, **given) -> Post:
    """Hand a returned post in again. :raises kernel.refusals.Refused: not returned, or something is missing"""
    seen = {key: given.pop(key) for key in ("version", "receipt") if key in given}
    facts = _judged(given)

    def change(row, entry):
        for name, value in facts.items():
            setattr(row, name, value)
        row.written_by_id, row.written_at, row.decided_by, row.decided_at = by.account, now, None, None

    return POSTS.take("resubmit", post_id, by=by, now=now, change=change, inputs=facts, **seen)


def send_back_post(*, post_id: int, reason: str, by: Actor, now: datetime, **seen) -> Post:
    """Give a post back to be changed. :raises kernel.refusals.Refused: one's own, or no reason"""
    demand_words(reason, "请写明需要修改的地方，投稿机构会看到。", SHOWN)

    def change(row, entry):
        _demand_other(row, by)
        row.decided_by_id, row.decided_at = by.account, now

    return POSTS.take("send_back", post_id, by=by, now=now, change=change, reason=reason.strip()[:300],
                      inputs={"reason": reason}, **seen)  # fmt: skip


def approve_post(*, post_id: int, publish_at: datetime | None = None, by: Actor, now: datetime, **seen) -> Post:
    """
    Let a post be shown: at once, or from a moment on.

    :raises kernel.refusals.Refused: one's own post, or a moment that has gone by
    """
    if wrong := rules.publishing(publish_at, now):
        raise Invalid(wrong)
    later = publish_at is not None and publish_at > now

    def change(row, entry):
        _demand_other(row, by)
        row.decided_by_id, row.decided_at, row.publish_at = by.account, now, publish_at if later else now
        if later:
            key = f"{PUBLISH}:{row.pk}:{row.publish_at:%Y%m%d%H%M}"
            promise(kind=PUBLISH, key=key, object_id=row.pk, due_at=row.publish_at)

    return POSTS.take("approve", post_id, by=by, now=now, change=change, to=S.APPROVED if later else S.PUBLISHED,
                      inputs={"publish_at": publish_at}, **seen)  # fmt: skip


def publish_post(*, post_id: int, now: datetime) -> Post:
    """Show a post whose hour has come. :raises kernel.refusals.NotNow: it was withdrawn meanwhile"""
    return POSTS.take("publish", post_id, by=system(PUBLISH), now=now)


def withdraw_post(*, post_id: int, reason: str, by: Actor, now: datetime, **seen) -> Post:
    """Show it no longer. :raises kernel.refusals.Refused: no reason"""
    demand_words(reason, "请写明撤下的原因，会写入留痕。", SHOWN)
    return POSTS.take("withdraw", post_id, by=by, now=now, reason=reason.strip()[:300], inputs={"reason": reason},
                      **seen)  # fmt: skip


def honour_post(*, post_id: int, reason: str, by: Actor, now: datetime) -> Post:
    """
    Choose a shown post as a typical case, with the reason (001 三(四)).

    :raises kernel.refusals.Refused: not the commission's supervisor, not shown, chosen before, no reason
    """
    demand_words(reason, "请写明评为典型的理由，会公开显示。", "001 三(四)")
    with transaction.atomic():
        row = Post.objects.select_for_update(of=("self",)).select_related("organisation").filter(pk=post_id).first()
        if row is None or row.district_id not in by.orgs_as(Role.SUPERVISOR, Role.QC_INSPECTOR):
            raise hidden("这份稿件")
        if row.district_id not in by.orgs_as(Role.SUPERVISOR):
            raise NotYours(Refusal("post.honour", "典型案例由监管员评选，不在您的权限内。", "001 三(四)"))
        if row.status not in SHOWN_TO_ALL or row.honoured_at:
            raise NotNow(Refusal("post.not_to_honour", "只有已发布、还没有评为典型的稿件可以评选。", "001 三(四)"))
        with recording(
            "education.post_honoured", target=row, by=by, now=now, reason=reason.strip(),
            organisation_id=row.organisation_id,
        ):  # fmt: skip
            row.honoured_at, row.honoured_by_id, row.honour = now, by.account, reason.strip()[:200]
            row.save(update_fields=["honoured_at", "honoured_by", "honour"])
    return row


def keep_reads(*, counted: Mapping[tuple[int, date], int], now: datetime) -> int:
    """Write down how often posts were opened on which day; a number that has grown takes the smaller one's place."""
    posts = Post.objects.in_bulk({post for post, _ in counted})
    wanted = {key: min(reads, MOST_A_DAY) for key, reads in counted.items() if key[0] in posts and reads > 0}
    with transaction.atomic():
        known = {
            (one.post_id, one.day): one
            for one in PostDay.objects.select_for_update().filter(post__in=posts, day__in={day for _, day in wanted})
        }
        grown = {key: reads for key, reads in wanted.items() if key not in known or known[key].reads < reads}
        if not grown:
            return 0
        first = posts[min(post for post, _ in grown)]
        with recording("education.reads_kept", target=first, by=system("education.reads"), now=now) as entry:
            for (post, day), reads in grown.items():
                row = known.get((post, day)) or PostDay(post_id=post, day=day)
                row.reads = reads
                row.save()
            entry.data.update({"posts": len(grown), "reads": sum(grown.values()), "until": timezone.localdate(now)})
    return len(grown)


def _demand_other(row: Post, by: Actor) -> None:
    if row.written_by_id == by.user_id:
        raise Unmet(Refusal("post.four_eyes", "这是您自己投的稿，请由另一位审核。", SHOWN))


def _judged(given: Mapping) -> dict:
    facts = {name: str(given.get(name, "")).strip() for name in TEXTS}
    if found := rules.post(columns=Post.Column.values, **facts):
        raise Invalid(*found)
    return facts
