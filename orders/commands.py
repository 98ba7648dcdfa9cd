"""
What a client must send with each step, and the verb that takes it: one entry for each row of each lifecycle.

Used by the API and by the pages alike, so that both hear the same refusals.
"""

from collections.abc import Callable
from dataclasses import dataclass

from rest_framework import serializers

from accounts.models import Organization, User
from catalog.models import Item
from clinical import services as clinical
from clinical.models import PrescriptionLine
from clinical.services.prescriptions import Wanted
from institutions.proving import prove_to_api
from nurses.models import Nurse
from orders import services
from orders.offers import FailedBy, Offer
from orders.services import companions
from orders.services.visits import MISSED_BY
from patients.models import Consent, Upload


class Seen(serializers.Serializer):
    """Every command may say which version it saw, and carry a receipt number of its own."""

    version = serializers.IntegerField(required=False, label="版本")
    receipt = serializers.UUIDField(required=False, label="回执编号")


class OnTheWay(Seen):
    """A step taken where there may have been no network: ``happened_at`` is by the platform's clock."""

    happened_at = serializers.DateTimeField(required=False, allow_null=True, default=None, label="发生时间")


class WithReason(Seen):
    reason = serializers.CharField(max_length=300, label="原因")


class MaybeReason(Seen):
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="", label="原因")


class Declining(WithReason):
    clause = serializers.CharField(max_length=60, required=False, allow_blank=True, default="", label="依据")
    advice = serializers.CharField(max_length=300, required=False, allow_blank=True, default="", label="建议")


class Planning(Seen):
    doctor = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.filter(posts__role="doctor").distinct(), label="家庭医生"
    )
    planned_start = serializers.DateTimeField(label="开始时间")
    planned_end = serializers.DateTimeField(label="结束时间")


class Line(serializers.Serializer):
    item = serializers.PrimaryKeyRelatedField(queryset=Item.objects.all(), label="护理项目")
    times = serializers.IntegerField(min_value=1, max_value=200, label="次数")
    frequency = serializers.ChoiceField(choices=PrescriptionLine.Frequency.choices, label="频次")
    cautions = serializers.CharField(max_length=200, required=False, allow_blank=True, default="", label="注意事项")

    def to_internal_value(self, data):
        return Wanted(**super().to_internal_value(data))


class Prescribing(Seen):
    lines = Line(many=True, allow_empty=False, label="护理项目")
    valid_until = serializers.DateField(label="有效期至")
    cautions = serializers.CharField(max_length=500, required=False, allow_blank=True, default="", label="注意事项")


class Unsuitable(WithReason):
    advice = serializers.CharField(max_length=300, required=False, allow_blank=True, default="", label="建议")


class Referring(Unsuitable):
    hospital = serializers.PrimaryKeyRelatedField(
        queryset=Organization.objects.filter(kind=Organization.Kind.HOSPITAL), required=False, allow_null=True,
        default=None, label="牵头医院",
    )  # fmt: skip


class Shown(serializers.Serializer):
    consent = serializers.CharField(required=False, default="", allow_blank=True, max_length=64, label="同意书摘要")
    agreement = serializers.CharField(required=False, default="", allow_blank=True, max_length=64, label="协议摘要")


class Signing(Seen):
    shown = Shown(label="所示文本")
    signer_name = serializers.CharField(max_length=40, label="签署人")
    capacity = serializers.ChoiceField(choices=Consent.Capacity.choices, label="签署身份")
    method = serializers.ChoiceField(choices=Consent.Method.choices, label="签署方式")
    strokes = serializers.JSONField(required=False, default=list, label="笔迹")
    picture = serializers.PrimaryKeyRelatedField(
        queryset=Upload.objects.all(), required=False, allow_null=True, default=None, label="纸质签名照片"
    )
    device = serializers.CharField(max_length=120, required=False, allow_blank=True, default="", label="设备")


class Offering(Seen):
    nurse = serializers.PrimaryKeyRelatedField(queryset=Nurse.objects.all(), label="护士")
    planned_start = serializers.DateTimeField(label="上门时间")
    accept_by = serializers.DateTimeField(required=False, allow_null=True, default=None, label="接单期限")
    override = serializers.CharField(
        max_length=200, required=False, allow_blank=True, default="", label="仍要这样派单的原因"
    )


class Rescheduling(WithReason):
    window_start = serializers.DateTimeField(label="新时间从")
    window_end = serializers.DateTimeField(label="到")


class CheckingIn(OnTheWay):
    identifiers = serializers.ListField(
        child=serializers.CharField(max_length=12), allow_empty=True, max_length=8, label="身份核对"
    )
    lon = serializers.FloatField(
        required=False, allow_null=True, default=None, min_value=-180, max_value=180, label="经度"
    )
    lat = serializers.FloatField(
        required=False, allow_null=True, default=None, min_value=-90, max_value=90, label="纬度"
    )
    accuracy_m = serializers.FloatField(required=False, allow_null=True, default=None, min_value=0, label="精度")
    datum = serializers.ChoiceField(choices=["WGS-84", "GCJ-02"], required=False, default="WGS-84", label="坐标系")
    place_note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="", label="定位说明")
    door_code = serializers.CharField(max_length=8, required=False, allow_blank=True, default="", label="到门码")
    scanned = serializers.BooleanField(required=False, default=False, label="到门码由扫码得到")
    words = serializers.CharField(max_length=200, required=False, allow_blank=True, default="", label="到达说明")


class Confirming(Seen):
    code = serializers.CharField(max_length=6, required=False, allow_blank=True, default="", label="上门码")


class Settling(Seen):
    outcome = serializers.CharField(max_length=300, label="处理结果")
    completed = serializers.BooleanField(label="按完成处理")


class Missing(WithReason):
    failed_by = serializers.ChoiceField(choices=list(MISSED_BY.items()), label="失约方")
    called_at = serializers.DateTimeField(required=False, allow_null=True, default=None, label="最后一次联系的时间")
    paper = serializers.PrimaryKeyRelatedField(
        queryset=Upload.objects.all(), required=False, allow_null=True, default=None, label="照片或文件"
    )


class NotTaking(MaybeReason):
    cause = serializers.ChoiceField(
        choices=Offer.Cause.choices, required=False, default=Offer.Cause.OTHER, label="不能接单的原因"
    )


class Deciding(Seen):
    decision = serializers.CharField(max_length=300, label="裁定理由")


class Upholding(Deciding):
    corrected_to = serializers.ChoiceField(choices=FailedBy.choices, label="更正后的失约方")


class ValidDays(Seen):
    valid_days = serializers.IntegerField(
        min_value=1, required=False, allow_null=True, default=None, label="有效天数",
        help_text="不填时为区里规定的最长天数，不能超过它。",
    )  # fmt: skip


class AskingAlong(Seen):
    nurse = serializers.PrimaryKeyRelatedField(queryset=Nurse.objects.all(), label="同行护士")
    accept_by = serializers.DateTimeField(required=False, allow_null=True, default=None, label="答复期限")
    override = serializers.CharField(
        max_length=200, required=False, allow_blank=True, default="", label="仍要这样安排的原因"
    )


class ForTwo(serializers.Serializer):
    reason = serializers.CharField(max_length=300, label="原因")


@dataclass(frozen=True)
class Command:
    """
    ``run`` takes the row's id under ``key`` and the cleaned input; ``Input`` says what is needed.

    ``proof`` stands where a step is a signature: it hears, beside the request, the password of whoever signs by API.
    A page hears it before it takes the step.
    """

    run: Callable
    Input: type = Seen
    key: str = "order_id"
    proof: Callable | None = None


def _offer(*, nurse, **rest):
    return services.offer(nurse_id=nurse.pk, **rest)


def _planned(*, request_id, **rest):
    return services.plan_assessment(request_id=request_id, **rest)


def _along(*, nurse, **rest):
    return companions.offer_companion(nurse_id=nurse.pk, **rest)


REQUEST = {
    "receive": Command(services.receive, key="request_id"),
    "decline": Command(services.decline_request, Declining, key="request_id"),
    "withdraw": Command(services.withdraw, MaybeReason, key="request_id"),
    "plan_assessment": Command(_planned, Planning, key="request_id"),
    "prescribe": Command(services.prescribe, Prescribing, key="request_id", proof=prove_to_api),
    "find_unsuitable": Command(services.find_unsuitable, Unsuitable, key="request_id"),
    "refer": Command(services.refer, Referring, key="request_id"),
}

ORDER = {
    "consent": Command(services.consent, Signing),
    "ask_again": Command(services.ask_again, MaybeReason),
    "offer": Command(_offer, Offering),
    "accept": Command(services.accept),
    "decline": Command(services.decline, NotTaking),
    "recall": Command(services.recall, WithReason),
    "give_back": Command(services.give_back, WithReason),
    "reschedule": Command(services.reschedule, Rescheduling),
    "wait": Command(services.wait),
    "depart": Command(services.depart, OnTheWay),
    "check_in": Command(services.check_in, CheckingIn),
    "finish": Command(services.finish, OnTheWay),
    "confirm": Command(services.confirm, Confirming),
    "object": Command(services.object_to, WithReason),
    "settle": Command(services.settle, Settling),
    "cancel": Command(services.cancel, WithReason),
    "miss": Command(services.miss, Missing),
    "abort": Command(services.abort, WithReason),
}

ASSESSMENT = {
    "replan": Command(clinical.replan_assessment, Planning, key="assessment_id"),
    "depart": Command(clinical.depart, key="assessment_id"),
    "arrive": Command(clinical.arrive, key="assessment_id"),
    "sign": Command(clinical.sign_assessment, ValidDays, key="assessment_id", proof=prove_to_api),
}

PRESCRIPTION = {
    "stop": Command(clinical.stop_prescription, WithReason, key="prescription_id"),
}

APPEAL = {
    "uphold": Command(services.uphold_appeal, Upholding, key="appeal_id"),
    "reject": Command(services.reject_appeal, Deciding, key="appeal_id"),
}

COMPANION = {
    "accept": Command(companions.accept, key="companion_id"),
    "decline": Command(companions.decline, WithReason, key="companion_id"),
    "give_back": Command(companions.give_back, WithReason, key="companion_id"),
    "release": Command(companions.release, WithReason, key="companion_id"),
}

# What the desk decides about an order without moving it: whether two must go, and who is asked to go along.
PAIR = {
    "require": Command(companions.require_two, ForTwo),
    "waive": Command(companions.waive_two, ForTwo),
    "offer": Command(_along, AskingAlong),
}

# Steps that no client takes: creation has its own form, and the platform takes these by itself.
ELSEWHERE = {
    "request": {"submit", "close"},
    "order": {"create", "expire"},
    "appeal": {"file"},
    "companion": {"offer", "expire", "serve"},
    "assessment": {"plan", "cancel"},
    "prescription": {"sign", "use_up", "restore", "expire"},
}
