"""Accounts, organisations and posts: the only writer of this app's tables."""

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from guardian.shortcuts import assign_perm
from knox.models import AuthToken

from accounts import selectors
from accounts.models import Organization, Post, User
from accounts.roles import AT_CENTRE, AT_COMMISSION, AT_HOSPITAL, AT_PLATFORM, Role
from audit.services import Entry, recording
from kernel import identity
from kernel.actors import Actor
from kernel.refusals import Invalid, NotYours, Refusal, Refused, hidden

PLACES: dict[str, frozenset[Role]] = {
    Organization.Kind.CENTRE: AT_CENTRE,
    Organization.Kind.PROVIDER: AT_CENTRE,
    Organization.Kind.HOSPITAL: AT_HOSPITAL,
    Organization.Kind.COMMISSION: AT_COMMISSION,
    Organization.Kind.PLATFORM: AT_PLATFORM,
}
ACCOUNT_CLAUSE = "002 五(八)"
WRONG_PASSWORD = Refusal("password.old", "现在的密码不对，密码没有改动，请再输一遍。", field="old")
# The framework says some of these in English, whatever the page's language.
WEAK = {
    "password_too_short": "密码太短，请至少用 {min_length} 个字符。",
    "password_too_common": "这个密码太常见，请换一个别人想不到的。",
    "password_entirely_numeric": "密码不能只用数字，请加上字母或别的字符。",
    "password_too_similar": "密码和您的账号名或姓名太像，请换一个。",
}
TELLING = ("mobile", "landline", "resident_id")


def create_organisation(*, kind, name, short_name, parent=None, by: Actor, now: datetime, **facts) -> Organization:
    """Add a node to the tree, with its groups and grants ready for posts."""
    with transaction.atomic():
        organisation = Organization(kind=kind, name=name, short_name=short_name, parent=parent, **facts)
        with recording("accounts.organisation_created", target=organisation, by=by, now=now):
            organisation.save()
            for role in sorted(PLACES[organisation.kind]):
                group = Group.objects.create(name=selectors.group_name(organisation_id=organisation.pk, role=role))
                assign_perm(f"accounts.act_as_{role}", group, organisation)
    return organisation


def create_user(*, username, display_name, password=None, by: Actor, now: datetime, is_demo=False) -> User:
    """
    Open an account. Without a password nobody can log in until one is set.

    :raises kernel.refusals.Invalid: the name is taken or the password is too weak
    """
    taken = Refusal("account.taken", "这个账号名已有人使用，请换一个。", field="username")
    if any(identity.check(kind, username, today=timezone.localdate(now)).ok for kind in TELLING):
        # The account name cannot rest sealed: it is what logs somebody in, and others see it.
        raise Invalid(
            Refusal(
                "account.telling", "请不要用手机号或证件号码作账号名，换一个您记得住的。", ACCOUNT_CLAUSE, "username"
            )
        )
    if User.objects.filter(username=username).exists():
        raise Invalid(taken)
    user = User(username=username, display_name=display_name, is_demo=is_demo)
    if password is None:
        user.set_unusable_password()
    else:
        _demand_strong(password, user)
        user.set_password(password)
    try:
        with recording("accounts.user_created", target=user, by=by, now=now):
            user.save()
    except IntegrityError as broken:  # somebody took the name between the look and the write
        raise Invalid(taken) from broken
    return user


def begin_post(
    *, user: User, organisation: Organization, role: Role, starts_on: date, ends_on: date | None = None,
    by: Actor, now: datetime,
) -> Post:  # fmt: skip
    """
    Give a person a role at a place, from a day on; the grant is the membership of one group.

    :raises kernel.refusals.Refused: the role does not exist there, or is already held
    """
    _demand_manager(by, organisation)
    if role not in PLACES[organisation.kind]:
        raise Invalid(Refusal("post.place", f"{organisation}不设「{Role(role).label}」岗位。", field="role"))
    group = selectors.group_of(organisation_id=organisation.pk, role=role)
    post = Post(user=user, organisation=organisation, role=role, group=group, starts_on=starts_on, ends_on=ends_on)
    try:
        with transaction.atomic(), recording("accounts.post_begun", target=post, by=by, now=now):
            post.save()
            user.groups.add(group)
    except IntegrityError as broken:
        raise Refused.because(
            "post.held", f"这个账号在这段时间已担任{organisation}的{post.get_role_display()}。"
        ) from broken
    return post


@dataclass(frozen=True, slots=True)
class Seat:
    """One person of a list that is taken over: the account's name, hers, and the first day of her post."""

    username: str
    display_name: str
    starts_on: date


def seat(*, people: list[Seat], organisation: Organization, role: Role, within: Entry) -> list[Post]:
    """
    Begin the same post for many, opening the accounts that are not there yet, as part of the act of the caller.

    Who calls has judged that each account that is there belongs to the person meant; ``within`` is the open entry of
    the act that all these rows are recorded under. The posts come in the order of the people.
    """
    known = {user.username: user for user in User.objects.filter(username__in=[one.username for one in people])}
    new = [User(username=one.username, display_name=one.display_name) for one in people if one.username not in known]
    for user in new:
        user.set_unusable_password()
    known |= {user.username: user for user in User.objects.bulk_create(new)}
    group = selectors.group_of(organisation_id=organisation.pk, role=role)
    posts = Post.objects.bulk_create(
        Post(user=known[one.username], organisation=organisation, role=role, group=group, starts_on=one.starts_on)
        for one in people
    )
    joined = User.groups.through
    joined.objects.bulk_create([joined(user=post.user, group=group) for post in posts], ignore_conflicts=True)
    within.payload["accounts_opened"] = len(new)
    return posts


def give_first_password(*, post_id: int, password: str, by: Actor, now: datetime) -> User:
    """
    Give an account that never had a password its first one, so that its holder can log in.

    Who has one keeps it: nobody else can set it anew, and no administrator can enter as somebody else. For the same
    reason only the place whose post opened the account gives it: a post that another place adds is no key to the first.

    :raises kernel.refusals.Refused: not this centre's, has a password already, or the password is too weak
    """
    with transaction.atomic():
        post = Post.objects.select_related("user", "organisation").filter(pk=post_id, ended_at__isnull=True).first()
        if post is None:
            raise hidden("这个岗位")
        _demand_manager(by, post.organisation)
        user = User.objects.select_for_update().get(pk=post.user_id)
        if user.has_usable_password():
            raise Refused.because(
                "account.has_password", "这个账号已有密码，由本人保管，不能由他人改动。", ACCOUNT_CLAUSE
            )
        first = Post.objects.filter(user=user, ended_at__isnull=True).order_by("pk").first()
        if first and first.organisation_id != post.organisation_id:
            raise NotYours(
                Refusal("account.elsewhere", "这个账号由另一家机构开通，请由那家机构发放初始密码。", ACCOUNT_CLAUSE)
            )
        _demand_strong(password, user)
        place = post.organisation_id
        with recording("accounts.first_password_given", target=user, by=by, now=now, organisation_id=place):
            user.set_password(password)
            user.save(update_fields=["password"])
    return user


def end_post(*, post_id: int, reason: str, by: Actor, now: datetime) -> Post:
    """
    End a post and, in the same transaction, every way in that it gave: group, sessions, tokens (002 五(八)).

    What hangs on the post (undone visits) is pulled back by those who subscribe to ``accounts.post_ended``.
    """
    with transaction.atomic():
        post = (
            Post.objects.select_for_update(of=("self",))
            .select_related("user", "organisation")
            .filter(pk=post_id)
            .first()
        )
        if post is None:
            raise hidden("这个岗位")
        _demand_manager(by, post.organisation)
        if post.ended_at:
            raise Refused.because("post.ended", "这个岗位已经结束，不需要再办理。", ACCOUNT_CLAUSE)
        today = timezone.localdate(now)
        with recording("accounts.post_ended", target=post, by=by, now=now, reason=reason) as entry:
            post.ended_at, post.ended_by_id, post.end_reason = now, by.user_id, reason
            post.ends_on = max(min(post.ends_on or today, today), post.starts_on)
            post.save(update_fields=["ended_at", "ended_by", "end_reason", "ends_on"])
            # One membership stands for all posts of this role here: it goes with the last of them.
            if not Post.objects.filter(user=post.user, group=post.group_id, ended_at__isnull=True).exists():
                post.user.groups.remove(post.group_id)
            _end_sessions(post.user)
            entry.payload.update({"user": post.user_id, "role": post.role, "organisation": post.organisation_id})
    return post


def end_sessions(*, user_id: int, by: Actor, now: datetime, reason: str) -> User:
    """Log a person out everywhere: browser sessions and API tokens alike."""
    with transaction.atomic():
        user = User.objects.select_for_update().filter(pk=user_id).first()
        if user is None or by.kind == "user" and by.user_id != user.pk and not by.holds(Role.PLATFORM_ADMIN):
            raise hidden("这个账号")
        with recording("accounts.sessions_ended", target=user, by=by, now=now, reason=reason):
            _end_sessions(user)
    return user


def change_password(*, user_id: int, old: str, new: str, again: str, by: Actor, now: datetime) -> User:
    """
    Give one's own account another password, and end whatever was open under the old one: sessions and tokens.

    :raises kernel.refusals.Refused: not one's own, no password yet, a wrong old one, a new one that is weak or the same
    """
    with transaction.atomic():
        user = User.objects.select_for_update().filter(pk=user_id).first()
        if user is None or by.user_id != user_id:
            raise hidden("这个账号")
        if not user.has_usable_password():
            raise Refused.because("account.no_password", "这个账号还没有密码，请联系本中心管理员发放。", ACCOUNT_CLAUSE)
        if not user.check_password(old):
            raise Invalid(WRONG_PASSWORD)
        if new != again:
            raise Invalid(Refusal("password.again", "两次输入的新密码不一样，请再输一遍。", field="again"))
        if new == old:
            raise Invalid(Refusal("password.same", "新密码和现在的一样，请换一个。", field="new"))
        _demand_strong(new, user, field="new")
        with recording("accounts.password_changed", target=user, by=by, now=now):
            user.set_password(new)
            user.save(update_fields=["password"])
            _end_sessions(user)
    return user


def choose_text_size(*, user_id: int, size: str, by: Actor, now: datetime) -> User:
    """Remember the size of text that a person reads best: std, large or xlarge."""
    if by.user_id != user_id:
        raise hidden("这个账号")
    if size not in {"std", "large", "xlarge"}:
        raise Invalid(Refusal("size.unknown", "请在标准、大、特大三种字号中选择。", field="size"))
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user_id)
        with recording("accounts.text_size_chosen", target=user, by=by, now=now):
            user.text_size = size
            user.save(update_fields=["text_size"])
    return user


def _end_sessions(user):
    user.session_epoch += 1
    user.save(update_fields=["session_epoch"])
    AuthToken.objects.filter(user=user).delete()


def _demand_manager(by: Actor, organisation: Organization):
    """Posts are given by the centre's administrator, by the commission for its district, or by the platform."""
    if by.kind == "system" or by.holds(Role.PLATFORM_ADMIN):
        return
    if organisation.pk not in by.orgs_as(Role.CENTRE_ADMIN, Role.SUPERVISOR):
        raise NotYours(Refusal("post.manager", "只有本中心管理员可以管理本中心的岗位。", ACCOUNT_CLAUSE))


def _demand_strong(password, user, *, field="password"):
    try:
        validate_password(password, user)
    except ValidationError as weak:
        said = [WEAK.get(one.code or "", "").format(**(one.params or {})) or one.messages[0] for one in weak.error_list]
        raise Invalid(*(Refusal("password.weak", text, field=field) for text in said)) from weak
