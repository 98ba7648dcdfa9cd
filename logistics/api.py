"""The registers of tubes and of medical waste over HTTP, and every step of theirs."""

from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.response import Response

from accounts.models import Organization
from audit.api import IDEMPOTENCY_KEY, Steps, given, looked, steps
from clinical.api import SpecimenIn, WasteIn
from kernel.refusals import hidden
from logistics import access, commands, selectors, services
from logistics.doors import BAGS, SPECIMENS
from logistics.lifecycle import SPECIMEN, WASTE, SpecimenStatus, WasteStatus
from logistics.models import Specimen, WasteBag, WasteRemoval
from orders import by_number
from orders.api import papers
from patients.api.people import PatientBrief

TUBES, BAGS_TAG = "标本", "医疗废物"


class SpecimenTaken(serializers.Serializer):
    """A tube after a step; whose it is was known before."""

    id = serializers.IntegerField()
    order = serializers.CharField(source="order.number", label="订单编号")
    status = serializers.CharField(label="状态")
    status_label = serializers.CharField(source="get_status_display", label="状态名称")
    version = serializers.IntegerField(label="版本")
    kind = serializers.CharField(label="标本类型")
    kind_label = serializers.CharField(source="get_kind_display", label="标本类型名称")
    label = serializers.CharField()
    destination = serializers.CharField(label="送往")
    box_number = serializers.CharField(label="冷藏箱编号")
    note = serializers.CharField(label="说明")
    collected_at = serializers.DateTimeField(label="采集时间")
    recorded_at = serializers.DateTimeField(label="登记时间")
    due_at = serializers.DateTimeField(label="应送达")
    handed_at = serializers.DateTimeField(allow_null=True, label="送交时间")
    handed_by = serializers.CharField(label="送交人")
    handed_to = serializers.CharField(label="接收人")
    box_temp = serializers.DecimalField(max_digits=4, decimal_places=1, allow_null=True, label="冷藏箱温度")
    handover_note = serializers.CharField(label="送交说明")
    received_at = serializers.DateTimeField(allow_null=True, label="检验接收时间")
    received_by = serializers.CharField(label="检验接收人")
    gone_because = serializers.CharField(label="原因类别")
    gone_reason = serializers.CharField(label="原因")
    result = serializers.CharField(label="结果")
    flag = serializers.CharField(label="结果判断")
    resulted_at = serializers.DateTimeField(allow_null=True, label="出结果时间")
    told_at = serializers.DateTimeField(allow_null=True, label="告知时间")
    told_how = serializers.CharField(label="告知情况")
    steps = Steps(SPECIMENS.chances)


class SpecimenOut(SpecimenTaken):
    patient = PatientBrief(label="服务对象")
    nurse = serializers.CharField(source="nurse.display_name", label="采集护士")
    centre = serializers.CharField(source="centre.name", label="机构")


class BagTaken(serializers.Serializer):
    id = serializers.IntegerField()
    order = serializers.CharField(source="order.number", label="订单编号")
    status = serializers.CharField(label="状态")
    status_label = serializers.CharField(source="get_status_display", label="状态名称")
    version = serializers.IntegerField(label="版本")
    kind = serializers.CharField(label="废物类别")
    kind_label = serializers.CharField(source="get_kind_display", label="废物类别名称")
    container = serializers.CharField(label="容器")
    number = serializers.CharField(label="袋（盒）号")
    count = serializers.IntegerField(allow_null=True, label="件数")
    weight_g = serializers.IntegerField(allow_null=True, label="重量（克）")
    sealed_at = serializers.DateTimeField(label="封口时间")
    hand_in_by = serializers.DateTimeField(label="应交回")
    handed_at = serializers.DateTimeField(allow_null=True, label="交回时间")
    handed_by = serializers.CharField(label="交出人")
    handed_to = serializers.CharField(label="接收人")
    checked_g = serializers.IntegerField(allow_null=True, label="交回时重量（克）")
    store_until = serializers.DateTimeField(allow_null=True, label="暂存期限")
    manifest = serializers.CharField(source="removal.manifest", default="", label="转移联单号")
    gone_reason = serializers.CharField(label="原因")
    steps = Steps(BAGS.chances)


class BagOut(BagTaken):
    nurse = serializers.CharField(source="nurse.display_name", label="护士")
    centre = serializers.CharField(source="centre.name", label="机构")


class RemovalOut(serializers.Serializer):
    id = serializers.IntegerField()
    centre = serializers.CharField(source="centre.name", label="机构")
    disposer = serializers.CharField(label="处置单位")
    licence = serializers.CharField(label="经营许可证号")
    manifest = serializers.CharField(label="转移联单号")
    batch = serializers.CharField(label="批次")
    weight_g = serializers.IntegerField(label="总重量（克）")
    handed_by = serializers.CharField(label="移交人")
    taken_by = serializers.CharField(label="接收人")
    note = serializers.CharField(label="说明")
    removed_at = serializers.DateTimeField(label="移交时间")


class RemovingMany(commands.Removing):
    bags = serializers.ListField(child=serializers.IntegerField(), max_length=200, label="袋（盒）")
    version = None
    receipt = None


class SpecimenFilter(filters.FilterSet):
    status = filters.MultipleChoiceFilter(choices=SpecimenStatus.choices, label="状态")
    nurse = filters.NumberFilter(label="护士")
    order = filters.CharFilter("order__number", max_length=20, label="订单编号")
    collected_from = filters.IsoDateTimeFilter("collected_at", "gte", label="采集时间从")
    collected_to = filters.IsoDateTimeFilter("collected_at", "lt", label="采集时间到")

    class Meta:
        model = Specimen
        fields = []


class BagFilter(filters.FilterSet):
    status = filters.MultipleChoiceFilter(choices=WasteStatus.choices, label="状态")
    nurse = filters.NumberFilter(label="护士")
    order = filters.CharFilter("order__number", max_length=20, label="订单编号")
    sealed_from = filters.IsoDateTimeFilter("sealed_at", "gte", label="封口时间从")
    sealed_to = filters.IsoDateTimeFilter("sealed_at", "lt", label="封口时间到")

    class Meta:
        model = WasteBag
        fields = []


@steps(commands.SPECIMEN, SPECIMEN, TUBES)
@extend_schema_view(list=extend_schema(summary="标本登记列表", tags=[TUBES]))
class SpecimenViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    queryset = Specimen.objects.none()
    serializer_class = SpecimenOut
    taken = SpecimenTaken
    lookup_value_converter = "int"
    filterset_class = SpecimenFilter

    def get_queryset(self):
        return selectors.specimens(actor=self.request.actor, now=timezone.now())

    @staticmethod
    def step_pk(pk):
        return pk

    @extend_schema(summary="一份标本登记", tags=[TUBES])
    def retrieve(self, request, pk):
        row = selectors.specimen(actor=request.actor, pk=pk)
        looked(request, target=row, why="接口查看标本登记")
        return Response(self.get_serializer(row).data)

    @extend_schema(
        summary="登记标本", request=commands.Collecting, responses={201: SpecimenTaken}, parameters=[IDEMPOTENCY_KEY],
        tags=[TUBES],
    )  # fmt: skip
    def create(self, request):
        asked = dict(given(commands.Collecting, request))
        order_id = by_number.order_pk(asked.pop("order"))
        asked.pop("version", None)
        row = services.collect(order_id=order_id, by=request.actor, now=timezone.now(), **asked)
        return Response(SpecimenTaken(row, context=self.get_serializer_context()).data, status=201)


@steps(commands.WASTE, WASTE, BAGS_TAG)
@extend_schema_view(list=extend_schema(summary="医疗废物登记列表", tags=[BAGS_TAG]))
class BagViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    queryset = WasteBag.objects.none()
    serializer_class = BagOut
    taken = BagTaken
    lookup_value_converter = "int"
    filterset_class = BagFilter

    def get_queryset(self):
        return selectors.bags(actor=self.request.actor, now=timezone.now())

    @staticmethod
    def step_pk(pk):
        return pk

    @extend_schema(summary="一份医疗废物登记", tags=[BAGS_TAG])
    def retrieve(self, request, pk):
        row = selectors.bag(actor=request.actor, pk=pk)
        looked(request, target=row, why="接口查看医疗废物登记")
        return Response(self.get_serializer(row).data)

    @extend_schema(
        summary="登记医疗废物", request=commands.Sealing, responses={201: BagTaken}, parameters=[IDEMPOTENCY_KEY],
        tags=[BAGS_TAG],
    )  # fmt: skip
    def create(self, request):
        asked = dict(given(commands.Sealing, request))
        order_id = by_number.order_pk(asked.pop("order"))
        asked.pop("version", None)
        row = services.seal(order_id=order_id, by=request.actor, now=timezone.now(), **asked)
        return Response(BagTaken(row, context=self.get_serializer_context()).data, status=201)


@extend_schema_view(list=extend_schema(summary="医疗废物移交列表", tags=[BAGS_TAG]))
class RemovalViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    queryset = WasteRemoval.objects.none()
    serializer_class = RemovalOut

    def get_queryset(self):
        return selectors.removals(actor=self.request.actor)

    @extend_schema(summary="一次移交多袋（盒）", request=RemovingMany, responses={201: RemovalOut}, tags=[BAGS_TAG])
    def create(self, request):
        asked = dict(given(RemovingMany, request))
        bag_ids = asked.pop("bags")
        centre = _centre_of(request.actor, bag_ids)
        row = services.remove_bags(centre=centre, bag_ids=bag_ids, by=request.actor, now=timezone.now(), **asked)
        return Response(RemovalOut(row).data, status=201)


class RecordViewSet(papers.RecordViewSet):
    """The record of a visit, where waste and specimen are rows of the registers and no longer a line alone."""

    def _write(self, verb, form, **where):
        if form not in (WasteIn, SpecimenIn):
            return super()._write(verb, form, **where)
        record = by_number.visit_record(actor=self.request.actor, number=self.kwargs["number"])
        asked = dict(given(form, self.request))
        act = {"order_id": record.order.pk, "by": self.request.actor, "now": timezone.now()}
        if form is WasteIn:
            services.declare(**asked, **act)
        elif not record.specimens.filter(label=asked["label"]).exists():
            services.collect(kind="other", label=asked["label"], destination=asked["handed_to"], **act)
        record.refresh_from_db()
        return Response(papers.StillMissing(record).data)


def _centre_of(actor, bag_ids) -> Organization:
    """The one centre in whose store these bags are; of two, neither."""
    places = access.bags_visible_to(actor).filter(pk__in=bag_ids).values_list("centre", flat=True).distinct()
    found = list(Organization.objects.filter(pk__in=places)[:2])
    if len(found) != 1:
        raise hidden("这些医疗废物登记")
    return found[0]
