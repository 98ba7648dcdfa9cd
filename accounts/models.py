from django.contrib.auth.models import AbstractUser, Group
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from guardian.models import GroupObjectPermissionBase

from accounts.roles import POSTS, Role
from accounts.sealed import BlindIndex, SealedText


class DateRange(Func):
    """``daterange(start, end, '[]')`` for exclusion constraints over two date columns."""

    function = "DATERANGE"
    output_field = DateRangeField()


class Organization(models.Model):
    """One node of the tree: commission, lead hospital, health centre or other licensed provider, platform."""

    class Kind(models.TextChoices):
        COMMISSION = "commission", "区卫生健康委"
        HOSPITAL = "hospital", "医联体牵头医院"
        CENTRE = "centre", "社区卫生服务中心"
        PROVIDER = "provider", "社会办医疗机构"
        PLATFORM = "platform", "平台"

    PROVIDERS = (Kind.CENTRE, Kind.PROVIDER)

    kind = models.CharField("类别", max_length=12, choices=Kind)
    name = models.CharField("名称", max_length=80)
    short_name = models.CharField("简称", max_length=20)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级"
    )
    phone = models.CharField("电话", max_length=20, blank=True)
    address = models.CharField("地址", max_length=120, blank=True)
    lon = models.FloatField("经度（WGS-84）", null=True)
    lat = models.FloatField("纬度（WGS-84）", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "机构"
        permissions = [(f"act_as_{role.value}", f"以{role.label}身份办理") for role in Role if role in POSTS]
        constraints = [
            models.UniqueConstraint(fields=["parent", "name"], name="organisation_named_once_under_its_parent"),
            models.CheckConstraint(
                name="organisation_only_roots_stand_alone",
                condition=Q(parent__isnull=False) | Q(kind__in=["commission", "platform"]),
            ),
        ]

    def __str__(self):
        return self.short_name


class OrganizationGroupObjectPermission(GroupObjectPermissionBase):
    """The grant: this group may act as this role at this organisation (house rule: org-scoped, never per row)."""

    content_object = models.ForeignKey(Organization, models.CASCADE)

    class Meta(GroupObjectPermissionBase.Meta):
        verbose_name = verbose_name_plural = "岗位授权"


class User(AbstractUser):
    """
    An account. ``session_epoch`` is raised to end every open session at once.

    The name is a family's as often as a nurse's, so it rests sealed. It is bound to the account name, which never
    changes and is known before the row is written.
    """

    AUDIT_SEALED = frozenset({"username", "password", "display_name", "name_index", "email", "first_name", "last_name"})

    display_name = SealedText("姓名", max_length=40, about=("username",))
    name_index = BlindIndex(of="display_name")
    session_epoch = models.PositiveIntegerField(default=1)
    is_demo = models.BooleanField("演示账号", default=False)
    text_size = models.CharField("字号", max_length=8, default="std")

    class Meta(AbstractUser.Meta):
        verbose_name = verbose_name_plural = "账号"

    def __str__(self):
        return self.display_name or self.username


class Post(models.Model):
    """Who holds which role where, from when to when. One person may hold several; each act names one."""

    user = models.ForeignKey(User, models.PROTECT, related_name="posts")
    organisation = models.ForeignKey(Organization, models.PROTECT, related_name="posts")
    role = models.CharField("岗位", max_length=20, choices=[(r.value, r.label) for r in Role if r in POSTS])
    group = models.ForeignKey(Group, models.PROTECT, related_name="+")
    starts_on = models.DateField("开始")
    ends_on = models.DateField("结束", null=True, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    end_reason = models.CharField("结束原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "岗位"
        indexes = [models.Index(fields=["organisation", "role"])]
        constraints = [
            models.CheckConstraint(
                name="post_ends_after_it_starts", condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on"))
            ),
            ExclusionConstraint(
                name="post_held_once_at_a_time",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    ("organisation", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    (
                        DateRange("starts_on", "ends_on", RangeBoundary(inclusive_upper=True)),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(ended_at__isnull=True),
            ),
        ]

    def __str__(self):
        return f"{self.user} · {self.get_role_display()} · {self.organisation}"
