"""How clinical papers look over HTTP. Their addresses stand one floor up, beside the requests and orders they serve."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from audit.api import Steps
from clinical import saves, sections
from clinical.models import Assessment, VisitRecord
from clinical.services import assessments, prescriptions
from patients.api.people import PatientBrief

# --- first assessment -------------------------------------------------------------------------------------------------


class QuestionOut(serializers.Serializer):
    key = serializers.CharField()
    label = serializers.CharField(label="问题")
    kind = serializers.CharField(label="类型")
    options = serializers.SerializerMethodField(label="选项")
    required = serializers.BooleanField(label="必填")
    hint = serializers.CharField(label="提示")

    @extend_schema_field(serializers.ListField(child=serializers.ListField()))
    def get_options(self, question):
        return [list(option) for option in question.options]


class SectionOut(serializers.Serializer):
    """One part of the assessment: its questions, the answers so far, and the sum where it is a scale."""

    key = serializers.CharField(source="section.key")
    title = serializers.CharField(source="section.title", label="名称")
    questions = QuestionOut(source="section.questions", many=True, label="问题")
    answers = serializers.DictField(label="回答")
    saved = serializers.IntegerField(label="保存次数")
    total = serializers.IntegerField(allow_null=True, label="总分")
    band = serializers.CharField(source="band.label", default="", label="分级")
    complete = serializers.BooleanField(label="是否填完")


class AssessmentRow(serializers.Serializer):
    id = serializers.IntegerField()
    status = serializers.CharField(label="状态")
    status_label = serializers.CharField(source="get_status_display", label="状态名称")
    version = serializers.IntegerField(label="版本")
    request = serializers.CharField(source="request.number", label="申请编号")
    patient = PatientBrief(label="服务对象")
    doctor = serializers.CharField(source="doctor.display_name", label="家庭医生")
    planned_start = serializers.DateTimeField(label="预约开始")
    planned_end = serializers.DateTimeField(label="预约结束")
    signed_at = serializers.DateTimeField(allow_null=True, label="签名时间")
    steps = Steps(assessments.DOOR.chances)


class AssessmentOut(AssessmentRow):
    departed_at = serializers.DateTimeField(allow_null=True, label="出发时间")
    arrived_at = serializers.DateTimeField(allow_null=True, label="到达时间")
    sections = serializers.SerializerMethodField(label="评估内容")
    red_flags = serializers.SerializerMethodField(label="需要留意")
    result = serializers.CharField(label="结论")
    result_label = serializers.CharField(source="get_result_display", label="结论名称")
    opinion = serializers.CharField(label="评估意见")
    valid_until = serializers.DateField(allow_null=True, label="有效期至")
    sha256 = serializers.CharField(source="content_sha256", label="内容摘要")

    @extend_schema_field(SectionOut(many=True))
    def get_sections(self, row):
        pages = [
            {
                **page,
                "answers": row.sections.get(page["section"].key, {}),
                "saved": saves.number(row, page["section"].key),
                "complete": not page["left"],
            }
            for page in sections.readable(row.sections)
        ]
        return SectionOut(pages, many=True).data

    def get_red_flags(self, row) -> list[str]:
        return sections.red_flags(row.sections)


class AssessmentTaken(serializers.Serializer):
    """What a step answers: the new status, and what may be done next."""

    id = serializers.IntegerField()
    status = serializers.CharField(label="状态")
    status_label = serializers.CharField(source="get_status_display", label="状态名称")
    version = serializers.IntegerField(label="版本")
    steps = Steps(assessments.DOOR.chances)


class Answers(serializers.Serializer):
    answers = serializers.DictField(label="回答", help_text="问题的 key 与回答。")
    seen = serializers.IntegerField(
        required=False, allow_null=True, default=None, label="看到的保存次数",
        help_text="给出时，此后有人保存过这一部分就不覆盖。",
    )  # fmt: skip


class Conclusion(serializers.Serializer):
    result = serializers.ChoiceField(choices=Assessment.Result.choices, label="结论")
    opinion = serializers.CharField(max_length=500, required=False, allow_blank=True, default="", label="评估意见")


# --- prescription -----------------------------------------------------------------------------------------------------


class PrescriptionLineOut(serializers.Serializer):
    id = serializers.IntegerField()
    item = serializers.IntegerField(source="item_id", label="护理项目")
    item_name = serializers.CharField(source="item.name", label="项目名称")
    times = serializers.IntegerField(label="次数")
    times_left = serializers.IntegerField(label="剩余次数")
    frequency = serializers.CharField(source="get_frequency_display", label="频次")
    cautions = serializers.CharField(label="注意事项")


class PrescriptionTaken(serializers.Serializer):
    number = serializers.CharField(label="编号")
    status = serializers.CharField(label="状态")
    status_label = serializers.CharField(source="get_status_display", label="状态名称")
    version = serializers.IntegerField(label="版本")
    steps = Steps(prescriptions.DOOR.chances)


class PrescriptionOut(PrescriptionTaken):
    doctor = serializers.CharField(source="doctor.display_name", label="医生")
    signed_at = serializers.DateTimeField(label="签名时间")
    valid_until = serializers.DateField(label="有效期至")
    cautions = serializers.CharField(label="注意事项")
    lines = PrescriptionLineOut(many=True, label="项目")
    sha256 = serializers.CharField(source="content_sha256", label="内容摘要")


# --- visit record -----------------------------------------------------------------------------------------------------


class StepEntryOut(serializers.Serializer):
    id = serializers.IntegerField()
    number = serializers.IntegerField(label="步骤")
    text = serializers.CharField(label="内容")
    done = serializers.BooleanField(allow_null=True, label="已做")
    reason = serializers.CharField(label="未做原因")


class ReadingOut(serializers.Serializer):
    key = serializers.CharField()
    label = serializers.CharField(label="名称")
    unit = serializers.CharField(label="单位")
    type = serializers.CharField(label="类型")
    options = serializers.ListField(child=serializers.CharField(), label="选项")
    required = serializers.BooleanField(label="必填")
    value = serializers.CharField(allow_null=True, label="取值")
    alert = serializers.CharField(label="提醒")
    explanation = serializers.CharField(label="异常值说明")
    copied = serializers.BooleanField(label="沿用上次")


class RecordItemOut(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField(label="护理项目")
    steps = StepEntryOut(many=True, label="步骤")
    readings = ReadingOut(many=True, label="测量")


class MissingOut(serializers.Serializer):
    sentence = serializers.CharField(label="说明")
    field = serializers.CharField(label="字段")
    clause = serializers.CharField(label="依据")


class VersionOut(serializers.Serializer):
    """What was added or corrected after the record was closed, with both times."""

    number = serializers.IntegerField(label="版本")
    kind = serializers.CharField(source="get_kind_display", label="性质")
    changes = serializers.ListField(child=serializers.DictField(), label="前后内容")
    reason = serializers.CharField(label="原因")
    happened_at = serializers.DateTimeField(label="事情发生的时间")
    recorded_at = serializers.DateTimeField(label="补写时间")
    written_by = serializers.CharField(source="written_by.display_name", label="补写人")
    sha256 = serializers.CharField(label="摘要")


class RecordOut(serializers.Serializer):
    """The record of a visit with everything it asks for, answered or not."""

    id = serializers.IntegerField()
    started_at = serializers.DateTimeField(label="到达时间")
    identifiers = serializers.ListField(child=serializers.CharField(), label="身份核对")
    distance_m = serializers.FloatField(allow_null=True, label="距住址（米）")
    far_away = serializers.BooleanField(label="签到位置较远")
    place_note = serializers.CharField(label="定位说明")
    items = RecordItemOut(many=True, source="pages", label="项目")
    waste = serializers.CharField(label="医疗废物")
    waste_bags = serializers.IntegerField(label="袋数")
    specimen_label = serializers.CharField(label="标本编号")
    specimen_handed_to = serializers.CharField(label="标本送往")
    note = serializers.CharField(label="护理记录")
    next_step = serializers.CharField(label="下一步")
    next_note = serializers.CharField(label="下一步说明")
    missing = MissingOut(many=True, label="尚未完成")
    closed_at = serializers.DateTimeField(allow_null=True, label="提交时间")
    stopped_at = serializers.DateTimeField(allow_null=True, label="随上门中止的时间")
    sha256 = serializers.CharField(source="content_sha256", label="内容摘要")
    versions = VersionOut(many=True, source="later", label="补记和更正")


class StepAnswer(serializers.Serializer):
    done = serializers.BooleanField(label="已做")
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="", label="未做原因")
    at = serializers.DateTimeField(required=False, allow_null=True, default=None, label="发生时间")


class ReadingIn(serializers.Serializer):
    value = serializers.JSONField(source="raw", label="取值")
    explanation = serializers.CharField(
        max_length=200, required=False, allow_blank=True, default="", label="异常值说明", help_text="取值异常时必填。"
    )
    at = serializers.DateTimeField(required=False, allow_null=True, default=None, label="发生时间")


class WasteIn(serializers.Serializer):
    waste = serializers.ChoiceField(choices=VisitRecord.Waste.choices, label="医疗废物")
    bags = serializers.IntegerField(required=False, default=0, min_value=0, max_value=50, label="袋数")


class SpecimenIn(serializers.Serializer):
    label = serializers.CharField(max_length=40)
    handed_to = serializers.CharField(max_length=60, label="标本送往")


class NoteIn(serializers.Serializer):
    note = serializers.CharField(max_length=1000, allow_blank=True, label="护理记录")
    next_step = serializers.ChoiceField(choices=VisitRecord.Next.choices, allow_blank=True, label="下一步")
    next_note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="", label="下一步说明")
