from collections import defaultdict
from collections.abc import Collection
from datetime import date

from django.contrib.auth.models import Group
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Concat

from accounts.models import Organization, OrganizationGroupObjectPermission, Post, User
from accounts.roles import OVER_SUBTREE, Role


def posts_in_force(*, on: date):
    """
    Posts that count on the day: dated in, not ended, and backed by the grant of their group.

    Both must hold, so neither a forgotten group membership nor a forgotten post row opens a door alone.
    """
    grant = OrganizationGroupObjectPermission.objects.filter(
        group=OuterRef("group"),
        content_object=OuterRef("organisation"),
        permission__codename=Concat(Value("act_as_"), OuterRef("role")),
    )
    return Post.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=on),
        Exists(grant),
        Exists(User.groups.through.objects.filter(user=OuterRef("user"), group=OuterRef("group"))),
        starts_on__lte=on,
        ended_at__isnull=True,
        user__is_active=True,
    )


def posts_held(*, first: date, last: date):
    """
    Posts held on one of these days by their dates alone, whatever became of them and their grants since.

    For records of what lies behind; it opens no door: who may act is asked of :func:`posts_in_force`.
    """
    return Post.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=first),
        Q(ended_at__isnull=True) | Q(ended_at__date__gte=first),
        starts_on__lte=last,
    )


def orgs_by_role(*, user: User, on: date) -> dict[str, frozenset]:
    """Return role -> organisation ids for one person; commissions and lead hospitals reach down their subtree."""
    held = defaultdict(set)
    for role, organisation_id in posts_in_force(on=on).filter(user=user).values_list("role", "organisation"):
        held[role].add(organisation_id)
    for role in set(held) & set(OVER_SUBTREE):
        held[role] |= subtree(held[role])
    return {role: frozenset(places) for role, places in held.items()}


def subtree(roots: set[int]) -> set[int]:
    """Ids of everything below ``roots``; the tree is three deep: commission, lead hospital, centre."""
    return set(
        Organization.objects.filter(
            Q(parent__in=roots) | Q(parent__parent__in=roots) | Q(parent__parent__parent__in=roots)
        ).values_list("pk", flat=True)
    )


def district_of(organisation: Organization) -> Organization:
    """Walk up to the commission (or platform) at the root."""
    while organisation.parent_id:
        organisation = organisation.parent
    return organisation


def commission() -> Organization | None:
    """The district's commission; public pages speak in its name. None before the district is set up."""
    return Organization.objects.filter(kind=Organization.Kind.COMMISSION).order_by("pk").first()


def people(*, organisation_ids, role: Role | None = None, on: date):
    """Posts at these organisations today, with their people, for lists and choices."""
    found = posts_in_force(on=on).filter(organisation__in=organisation_ids).select_related("user", "organisation")
    if role:
        found = found.filter(role=role)
    return found.order_by("pk")


def group_name(*, organisation_id: int, role: str) -> str:
    return f"org:{organisation_id}:{role}"


def group_of(*, organisation_id: int, role: str) -> Group:
    return Group.objects.get(name=group_name(organisation_id=organisation_id, role=role))


def holds_post(*, user_id: int, role: Role, organisation_id: int, on: date) -> bool:
    return posts_in_force(on=on).filter(user=user_id, role=role, organisation=organisation_id).exists()


def in_post(*roles: Role, at: Collection[int], on: date) -> set[int]:
    """Return the ids of the users who hold one of these roles at one of these organisations."""
    posts = posts_in_force(on=on).filter(organisation__in=at, role__in=[role.value for role in roles])
    return set(posts.values_list("user", flat=True))


def members_of_district(*, root_id: int):
    """Every organisation of one district, root included."""
    return Organization.objects.filter(
        Q(pk=root_id) | Q(parent=root_id) | Q(parent__parent=root_id) | Q(parent__parent__parent=root_id)
    ).annotate(parent_name=F("parent__short_name"))
