"""How requests and orders look over HTTP."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Organization
from audit.api import Steps
from catalog.models import Item
from clinical.models import PrescriptionLine
from orders import access, faces
from orders.doors import ORDERS, REQUESTS
from orders.models import Place, ServiceRequest
from patients import access as patient_access
from patients.api.people import PatientBrief


class OrganisationBrief(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField(label="名称")


class ItemBrief(serializers.Serializer):
    id = serializers.IntegerField()
    code = serializers.CharField(label="代码")
    name = serializers.CharField(label="护理项目")


class RequestTaken(serializers.Serializer):
    """What a step answers: the new status, and what may be done next. No person stands here."""

    number = serializers.CharField(label="申请编号")
    status = serializers.CharField(label="状态")
    status_label = serializers.CharField(source="get_status_display", label="状态名称")
    version = serializers.IntegerField(label="版本")
    steps = Steps(REQUESTS.chances)


class RequestRow(RequestTaken):
    plain = serializers.SerializerMethodField(label="给家属看的状态")
    status_since = serializers.DateTimeField(label="进入状态的时间")
    channel = serializers.CharField(label="渠道")
    patient = PatientBrief(label="服务对象")
    centre = OrganisationBrief(label="机构")
    town = serializers.CharField(source="address.town.name", label="街镇")
    place = serializers.CharField(label="服务地点")
    submitted_at = serializers.DateTimeField(label="提交时间")
    wish = serializers.CharField(label="想解决的问题")
    wished_items = ItemBrief(many=True, label="希望的项目")
    wished_from = serializers.DateTimeField(label="希望时间从")
    wished_to = serializers.DateTimeField(label="到")
    return_on = serializers.DateField(allow_null=True, label="复诊日期")
    assessment = serializers.IntegerField(source="assessment_id", allow_null=True, label="首诊评估")
    prescription = serializers.CharField(source="prescription.number", default=None, label="项目单编号")
    outcome_reason = serializers.CharField(label="原因")
    outcome_clause = serializers.CharField(label="依据")
    outcome_advice = serializers.CharField(label="建议")
    referred_to = serializers.CharField(source="referred_to.name", default=None, label="转往医院")
    referral_outcome = serializers.SerializerMethodField(label="转诊结果")

    def get_plain(self, row) -> str:
        return faces.request(row).plain

    def get_referral_outcome(self, row) -> str:
        actor = self.context["request"].actor
        may = patient_access.may_read(actor, row.patient_id, worn=access.request_hats(actor, row))
        return row.referral_outcome if may else ""


class Submitting(serializers.Serializer):
    patient = serializers.UUIDField(label="服务对象")
    centre = serializers.PrimaryKeyRelatedField(
        queryset=Organization.objects.filter(kind__in=Organization.PROVIDERS).select_related("parent__parent"),
        label="机构",
    )
    wish = serializers.CharField(max_length=500, label="想解决的问题")
    wished_items = serializers.PrimaryKeyRelatedField(
        queryset=Item.objects.all(), many=True, required=False, default=list, label="希望的项目"
    )
    wished_from = serializers.DateTimeField(label="希望时间从")
    wished_to = serializers.DateTimeField(label="到")
    return_on = serializers.DateField(
        required=False, allow_null=True, default=None, label="复诊日期",
        help_text="只在采集标本的项目填写；上门须早到结果能在复诊前出来。",
    )  # fmt: skip
    channel = serializers.ChoiceField(
        choices=ServiceRequest.Channel.choices, required=False, default=ServiceRequest.Channel.ONLINE, label="渠道"
    )
    place = serializers.ChoiceField(choices=Place.choices, required=False, default=Place.HOME, label="服务地点")
    receipt = serializers.UUIDField(required=False, label="回执编号")


class OrderTaken(serializers.Serializer):
    """What a step answers: the new status, and what may be done next. No person stands here."""

    number = serializers.CharField(label="订单编号")
    status = serializers.CharField(label="状态")
    status_label = serializers.CharField(source="get_status_display", label="状态名称")
    version = serializers.IntegerField(label="版本")
    steps = Steps(ORDERS.chances)


class OrderLineOut(serializers.Serializer):
    item = serializers.IntegerField(source="item_id", label="护理项目")
    code = serializers.CharField(source="item.code", label="代码")
    name = serializers.CharField(source="item.name", label="项目名称")
    minutes = serializers.IntegerField(source="item.duration_min", label="预计时长（分钟）")
    cautions = serializers.CharField(source="prescription_line.cautions", label="注意事项")


class NurseBrief(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField(source="user.display_name", label="姓名")
    title = serializers.CharField(source="get_title_display", label="职称")


class CompanionBrief(serializers.Serializer):
    """Who was asked to go along, and what she said; only who has agreed and not stepped back counts."""

    nurse = NurseBrief(label="同行护士")
    status = serializers.CharField(label="状态")
    status_label = serializers.CharField(source="get_status_display", label="状态名称")


class OrderRow(OrderTaken):
    """A proxy who only hands in applications is told the state and the hours; what is to be done stays out."""

    plain = serializers.SerializerMethodField(label="给家属看的状态")
    status_since = serializers.DateTimeField(label="进入状态的时间")
    request = serializers.CharField(source="request.number", label="申请编号")
    prescription = serializers.CharField(source="prescription.number", label="项目单编号")
    patient = PatientBrief(label="服务对象")
    centre = OrganisationBrief(label="机构")
    town = serializers.CharField(source="address.town.name", label="街镇")
    place = serializers.CharField(label="服务地点")
    items = OrderLineOut(source="lines.all", many=True, label="项目")
    minutes = serializers.IntegerField(label="预计时长（分钟）")
    window_start = serializers.DateTimeField(label="希望时间从")
    window_end = serializers.DateTimeField(label="到")
    nurse = NurseBrief(allow_null=True, label="护士")
    needs_two = serializers.BooleanField(label="须两人上门")
    companions = CompanionBrief(source="companions.all", many=True, label="同行安排")
    planned_start = serializers.DateTimeField(allow_null=True, label="约定开始")
    planned_end = serializers.DateTimeField(allow_null=True, label="约定结束")
    accept_by = serializers.DateTimeField(allow_null=True, label="接单期限")
    created_at = serializers.DateTimeField(label="生成时间")
    arrived_at = serializers.DateTimeField(allow_null=True, label="到达时间")
    finished_at = serializers.DateTimeField(allow_null=True, label="结束时间")
    confirmed_at = serializers.DateTimeField(allow_null=True, label="确认时间")
    confirmed_how = serializers.CharField(source="get_confirmed_how_display", label="确认方式")
    last_reason = serializers.CharField(label="最近一次原因")
    visit_code = serializers.SerializerMethodField(label="上门码（仅服务对象和家属可见）")

    def get_plain(self, row) -> str:
        return faces.order(row).plain

    def to_representation(self, row):
        shown, actor = super().to_representation(row), self.context["request"].actor
        may = patient_access.may_read(actor, row.patient_id, worn=access.order_hats(actor, row))
        return shown if may else {**shown, "items": []}

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_visit_code(self, row):
        mine = self.context["request"].actor.patients_as("patient", "proxy")
        return row.visit_code if row.patient_id in mine else None


class NextVisit(serializers.Serializer):
    """The dispatcher orders the next visit from what a doctor has prescribed."""

    request = serializers.CharField(max_length=20, label="申请编号")
    lines = serializers.PrimaryKeyRelatedField(
        queryset=PrescriptionLine.objects.all(), many=True, allow_empty=False, label="项目单明细"
    )
    window_start = serializers.DateTimeField(label="希望时间从")
    window_end = serializers.DateTimeField(label="到")
    receipt = serializers.UUIDField(required=False, label="回执编号")


class RefusalOut(serializers.Serializer):
    code = serializers.CharField(label="代码")
    message = serializers.CharField(source="sentence", label="说明")
    clause = serializers.CharField(label="依据")


class CandidateOut(serializers.Serializer):
    """One nurse of the centre, with every rule that bars her from this visit."""

    nurse = serializers.IntegerField(source="candidate.nurse_id", label="护士")
    name = serializers.CharField(source="candidate.name", label="姓名")
    load = serializers.IntegerField(label="当天已有上门次数")
    refusals = RefusalOut(many=True, label="不能派单的原因")
    warnings = RefusalOut(many=True, label="提醒")


class RatingIn(serializers.Serializer):
    on_time = serializers.IntegerField(min_value=1, max_value=5, label="准时到达")
    explained = serializers.IntegerField(min_value=1, max_value=5, label="操作前解释")
    asked = serializers.IntegerField(min_value=1, max_value=5, label="操作中询问")
    observed = serializers.IntegerField(min_value=1, max_value=5, label="操作后观察")
    comment = serializers.CharField(max_length=300, required=False, allow_blank=True, default="", label="想说的话")


class RatingOut(RatingIn):
    comment = serializers.CharField(label="想说的话")
    rated_at = serializers.DateTimeField(label="评价时间")
    reply = serializers.CharField(label="中心回复")
    replied_at = serializers.DateTimeField(allow_null=True, label="回复时间")


class Replying(serializers.Serializer):
    reply = serializers.CharField(max_length=300, label="回复")


class ReferralAnswer(serializers.Serializer):
    outcome = serializers.CharField(max_length=300, label="转诊结果")


class TraceLine(serializers.Serializer):
    """One event in words: who, under which post, what, why, when, and what came of it."""

    id = serializers.IntegerField()
    kind = serializers.CharField(label="类别")
    kind_label = serializers.CharField(label="类别名称")
    action = serializers.CharField(label="事件")
    label = serializers.CharField()
    who = serializers.CharField(label="人员")
    role = serializers.CharField(label="岗位")
    role_label = serializers.CharField(label="岗位名称")
    organisation = serializers.CharField(label="机构")
    reason = serializers.CharField(label="原因")
    outcome = serializers.CharField(label="结果")
    outcome_label = serializers.CharField(label="结果名称")
    happened_at = serializers.DateTimeField(label="发生时间")
    at = serializers.DateTimeField(label="记录时间")
    request_id = serializers.CharField(label="请求编号")
    data = serializers.DictField(label="内容")
