"""
Who wears which hat towards an article, a course, a post: the commission its district's, a centre its own posts.

``*_hats`` answers for one row, ``*_visible_to`` for a table; a test proves that they agree.
"""

from django.db.models import Q

from accounts.roles import Role
from education.models import Article, Course, Handout, Post
from kernel.actors import Actor
from patients import access as patients

EDITORS = (Role.SUPERVISOR, Role.QC_INSPECTOR)
AT_THE_CENTRE = (Role.NURSE, Role.DOCTOR, Role.CENTRE_ADMIN)


def paper_hats(actor: Actor, row: Article | Course) -> frozenset:
    return frozenset(role for role in EDITORS if row.district_id in actor.orgs_as(role))


def articles_visible_to(actor: Actor):
    return Article.objects.filter(district__in=actor.orgs_as(*EDITORS))


def courses_visible_to(actor: Actor):
    return Course.objects.filter(district__in=actor.orgs_as(*EDITORS))


def post_hats(actor: Actor, row: Post) -> frozenset:
    worn = {role for role in EDITORS if row.district_id in actor.orgs_as(role)}
    if row.organisation_id in actor.orgs_as(Role.CENTRE_ADMIN):
        worn.add(Role.CENTRE_ADMIN)
    return frozenset(worn)


def posts_visible_to(actor: Actor):
    told = Q(organisation__in=actor.orgs_as(Role.CENTRE_ADMIN))
    return Post.objects.filter(told | Q(district__in=actor.orgs_as(*EDITORS)))


def handouts_visible_to(actor: Actor):
    """The family's own, and those of the centre's patients to who looks after them there."""
    mine = Q(patient__in=patients.read_by_family(actor))
    return Handout.objects.filter(mine | Q(centre__in=actor.orgs_as(*AT_THE_CENTRE)))
