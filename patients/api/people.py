"""The people who are served: registered, shown masked, corrected, and revealed with a reason."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import selectors as accounts
from audit.api import given, looked
from institutions.models import Town
from kernel.identity import DOCUMENT_KINDS, mask_name
from patients import access, commands, selectors, services
from patients.models import Group, IdentityCheck, Patient, Sex, Upload

TAG = "服务对象"
REVEALABLE = {"identity": "证件号码", "phone": "电话", "contact_phone": "紧急联系人电话", "address": "详细地址"}


def shown_name(patient: Patient, actor) -> str:
    """In full for the family and for those who care; masked for those who oversee."""
    own = patient.pk in actor.patients_as("patient", "proxy")
    return patient.name if own or actor.orgs_as(*access.CARERS) else mask_name(patient.name)


class ShownName(serializers.CharField):
    def __init__(self, **options):
        super().__init__(source="*", read_only=True, label="姓名", **options)

    def to_representation(self, patient):
        return shown_name(patient, self.context["request"].actor)


class PatientBrief(serializers.Serializer):
    """A person as a row of a list shows them."""

    id = serializers.UUIDField()
    name = ShownName()
    sex = serializers.CharField(source="get_sex_display", label="性别")
    birth_year = serializers.IntegerField(source="birth_date.year", label="出生年份")
    group = serializers.CharField(source="get_group_display", label="服务人群")


class PatientOut(PatientBrief):
    """A person without identity number and telephone: those are revealed one at a time, with a reason."""

    identity_kind = serializers.SerializerMethodField(label="证件类型")
    identity_masked = serializers.SerializerMethodField(label="证件号码（遮蔽）")
    phone_masked = serializers.SerializerMethodField(label="电话（遮蔽）")
    town = serializers.SerializerMethodField(label="街镇")
    contact_name = serializers.CharField(label="紧急联系人")
    contact_relation = serializers.CharField(label="与服务对象关系")
    conditions = serializers.SerializerMethodField(label="主要疾病")
    allergies = serializers.SerializerMethodField(label="过敏史")
    registered_at = serializers.DateTimeField(label="登记时间")

    def get_identity_kind(self, patient) -> str:
        return DOCUMENT_KINDS.get(patient.identity_kind, patient.identity_kind)

    def get_identity_masked(self, patient) -> str:
        return f"****{patient.identity_tail}"

    def get_phone_masked(self, patient) -> str:
        return f"****{patient.phone_tail}"

    def get_conditions(self, patient) -> str:
        return patient.conditions if self._reads(patient) else ""

    def get_allergies(self, patient) -> str:
        return patient.allergies if self._reads(patient) else ""

    def _reads(self, patient) -> bool:
        actor = self.context["request"].actor
        may = access.may_read(actor, patient.pk)
        return may or bool(access.serving_posts(actor, patient, on=timezone.localdate()))

    def get_town(self, patient) -> str:
        return next((str(address.town) for address in patient.current_addresses), "")


class Facts(serializers.Serializer):
    """What may be corrected later on as well."""

    phone = serializers.CharField(max_length=30, label="电话")
    group = serializers.ChoiceField(choices=Group.choices, label="服务人群")
    conditions = serializers.CharField(max_length=200, required=False, allow_blank=True, label="主要疾病")
    allergies = serializers.CharField(max_length=200, required=False, allow_blank=True, label="过敏史")
    contact_name = serializers.CharField(max_length=40, required=False, allow_blank=True, label="紧急联系人")
    contact_relation = serializers.CharField(max_length=20, required=False, allow_blank=True, label="与服务对象关系")
    contact_phone = serializers.CharField(max_length=30, required=False, allow_blank=True, label="紧急联系人电话")
    family_doctor_contract = serializers.BooleanField(required=False, allow_null=True, label="家庭医生签约")
    home_bed = serializers.BooleanField(required=False, allow_null=True, label="家庭病床")


class Registration(Facts):
    relation = serializers.CharField(
        max_length=20, required=False, label="与服务对象的关系", help_text="家属登记时必填，登记本人请写「本人」。"
    )
    name = serializers.CharField(max_length=40, label="姓名")
    identity_kind = serializers.ChoiceField(choices=list(DOCUMENT_KINDS.items()), label="证件类型")
    identity_number = serializers.CharField(max_length=40, label="证件号码")
    birth_date = serializers.DateField(required=False, label="出生日期")
    sex = serializers.ChoiceField(choices=Sex.choices, required=False, label="性别")
    town = serializers.PrimaryKeyRelatedField(queryset=Town.objects.all(), label="街镇")
    address = serializers.CharField(max_length=120, label="详细地址")
    lon = serializers.FloatField(required=False, min_value=-180, max_value=180, label="经度（WGS-84）")
    lat = serializers.FloatField(required=False, min_value=-90, max_value=90, label="纬度（WGS-84）")
    access_note = serializers.CharField(max_length=120, required=False, allow_blank=True, label="上门提示")


class Registered(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField(label="姓名")


class Correction(Facts):
    phone = serializers.CharField(max_length=30, required=False, label="电话")
    group = serializers.ChoiceField(choices=Group.choices, required=False, label="服务人群")
    facts = serializers.ListField(
        child=serializers.CharField(max_length=80), max_length=20, required=False, label="负面清单情况"
    )
    reason = serializers.CharField(
        max_length=200, required=False, allow_blank=True, label="原因",
        help_text="改动负面清单情况时必填：怎样得知，或为什么取消。原因会留痕。",
    )  # fmt: skip


class Moving(serializers.Serializer):
    town = serializers.PrimaryKeyRelatedField(queryset=Town.objects.all(), label="街镇")
    address = serializers.CharField(max_length=120, label="详细地址")
    lon = serializers.FloatField(required=False, min_value=-180, max_value=180, label="经度（WGS-84）")
    lat = serializers.FloatField(required=False, min_value=-90, max_value=90, label="纬度（WGS-84）")
    access_note = serializers.CharField(max_length=120, required=False, allow_blank=True, label="上门提示")


class Finding(serializers.Serializer):
    """By the exact number of a document, or by a telephone. In a body, so that no number stands in an address."""

    identity_kind = serializers.ChoiceField(choices=list(DOCUMENT_KINDS.items()), required=False, label="证件类型")
    identity_number = serializers.CharField(max_length=40, required=False, label="证件号码")
    phone = serializers.CharField(max_length=30, required=False, label="电话")


class Revealing(serializers.Serializer):
    field = serializers.ChoiceField(choices=list(REVEALABLE.items()), label="查看内容")
    reason = serializers.CharField(max_length=200, label="原因")


class Revealed(serializers.Serializer):
    field = serializers.CharField(label="查看内容")
    value = serializers.CharField(label="完整内容")


class Checking(serializers.Serializer):
    kind = serializers.ChoiceField(
        choices=[c for c in IdentityCheck.Kind.choices if c[0] != IdentityCheck.Kind.FORMAT], label="核验种类"
    )
    passed = serializers.BooleanField(label="是否一致")
    source = serializers.CharField(max_length=40, label="核验方式")
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="", label="说明")
    evidence = serializers.PrimaryKeyRelatedField(
        queryset=Upload.objects.all(), required=False, allow_null=True, default=None, label="凭据"
    )


class Checked(serializers.Serializer):
    kind = serializers.CharField(label="核验种类")
    label = serializers.CharField(source="get_kind_display", label="名称")
    passed = serializers.BooleanField(label="是否一致")
    source = serializers.CharField(label="核验方式")
    checked_at = serializers.DateTimeField(label="时间")


class PostOut(serializers.Serializer):
    role = serializers.CharField(label="岗位")
    role_label = serializers.CharField(source="get_role_display", label="岗位名称")
    organisation = serializers.IntegerField(source="organisation_id", label="机构")
    organisation_name = serializers.CharField(source="organisation.name", label="机构名称")
    starts_on = serializers.DateField(label="开始")
    ends_on = serializers.DateField(allow_null=True, label="结束")


class MeOut(serializers.Serializer):
    id = serializers.IntegerField()
    username = serializers.CharField(label="账号名")
    name = serializers.CharField(source="display_name", label="姓名")
    posts = PostOut(many=True, label="岗位")
    patients = PatientBrief(many=True, label="服务对象")


class MeView(APIView):
    @extend_schema(summary="我是谁：岗位和服务对象", responses=MeOut, tags=["账号"])
    def get(self, request):
        me = {
            "id": request.user.pk,
            "username": request.user.username,
            "display_name": request.user.display_name,
            "posts": accounts.posts_in_force(on=timezone.localdate())
            .filter(user=request.user)
            .select_related("organisation")
            .order_by("pk"),
            "patients": selectors.household(request.actor),
        }
        return Response(MeOut(me, context={"request": request}).data)


@extend_schema_view(
    list=extend_schema(summary="我自己和我代办的服务对象", tags=[TAG]),
    retrieve=extend_schema(summary="一位服务对象（遮蔽）", tags=[TAG]),
)
class PatientViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    """Families list their own; staff of a centre that serves the town open one person at a time, and find by number."""

    queryset = Patient.objects.none()
    serializer_class = PatientOut
    lookup_value_converter = "uuid"
    page_order = "registered_at"

    def get_queryset(self):
        return selectors.household(self.request.actor)

    def retrieve(self, request, pk):
        patient = selectors.patient(actor=request.actor, pk=pk, on=timezone.localdate())
        looked(request, target=patient, why="接口查看服务对象")
        return Response(self.get_serializer(patient).data)

    @extend_schema(summary="实名登记", request=Registration, responses={201: Registered}, tags=[TAG])
    def create(self, request):
        new = commands.register(by=request.actor, now=timezone.now(), **given(Registration, request))
        return Response(Registered(new).data, status=201)

    @extend_schema(summary="更正资料", request=Correction, responses=PatientOut, tags=[TAG])
    def partial_update(self, request, pk):
        facts = given(Correction, request)
        services.correct(patient_id=pk, by=request.actor, now=timezone.now(), **facts)
        patient = selectors.patient(actor=request.actor, pk=pk, on=timezone.localdate())
        return Response(self.get_serializer(patient).data)

    @extend_schema(summary="变更地址", request=Moving, responses=PatientOut, tags=[TAG])
    @action(detail=True, methods=["post"])
    def address(self, request, pk):
        services.change_address(patient_id=pk, by=request.actor, now=timezone.now(), **given(Moving, request))
        patient = selectors.patient(actor=request.actor, pk=pk, on=timezone.localdate())
        return Response(self.get_serializer(patient).data)

    @extend_schema(summary="查看一项完整信息（留痕）", request=Revealing, responses=Revealed, tags=[TAG])
    @action(detail=True, methods=["post"])
    def reveal(self, request, pk):
        asked = given(Revealing, request)
        value = services.reveal(patient_id=pk, by=request.actor, now=timezone.now(), **asked)
        return Response(Revealed({"field": asked["field"], "value": value}).data)

    @extend_schema(summary="登记身份核验", request=Checking, responses={201: Checked}, tags=[TAG])
    @action(detail=True, methods=["post"], url_path="identity-checks")
    def identity_checks(self, request, pk):
        check = services.record_identity_check(
            patient_id=pk, by=request.actor, now=timezone.now(), **given(Checking, request)
        )
        return Response(Checked(check).data, status=201)

    @extend_schema(summary="工作人员按证件或电话查找", request=Finding, responses=PatientBrief(many=True), tags=[TAG])
    @action(detail=False, methods=["post"], pagination_class=None)
    def find(self, request):
        found = selectors.find_served(actor=request.actor, on=timezone.localdate(), **given(Finding, request))
        for person in found:
            looked(request, target=person, why="按证件号码或电话查找")
        return Response(PatientBrief(found, many=True, context={"request": request}).data)
