"""Orders from the next visit to the rating, and the trace of each."""

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from audit import services as audit
from audit.api import IDEMPOTENCY_KEY, given, looked, steps
from orders import by_number, commands, selectors, services, trace
from orders.api.filters import OrderFilter
from orders.api.shapes import (
    CandidateOut,
    NextVisit,
    OrderRow,
    OrderTaken,
    RatingIn,
    RatingOut,
    Replying,
    TraceLine,
)
from orders.bundle import whole
from orders.bundle.people import Shown
from orders.lifecycle import ORDER
from orders.models import Order
from patients import access as patient_access
from patients import services as patient_services

TAG = "服务订单"
START = OpenApiParameter("planned_start", OpenApiTypes.DATETIME, required=True, description="上门时间。")

WHY = OpenApiParameter(
    "identity_reason",
    description="写明原因时给出完整的证件号码，这次查看会连同原因留痕；不写时号码打码。监管人员只看打码的号码。",
)


class Asking(serializers.Serializer):
    planned_start = serializers.DateTimeField(label="上门时间")


@steps(commands.ORDER, ORDER, TAG)
@extend_schema_view(list=extend_schema(summary="订单列表", tags=[TAG]))
class OrderViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    queryset = Order.objects.none()
    serializer_class = OrderRow
    taken = OrderTaken
    filterset_class = OrderFilter
    lookup_field = "number"

    def get_queryset(self):
        return selectors.orders(actor=self.request.actor)

    @staticmethod
    def step_pk(number):
        return by_number.order_pk(number)

    @extend_schema(summary="一份订单", tags=[TAG])
    def retrieve(self, request, number):
        row = selectors.order(actor=request.actor, number=number)
        looked(request, target=row, why="接口查看订单")
        return Response(self.get_serializer(row).data)

    @extend_schema(
        summary="安排下一次上门", request=NextVisit, responses={201: OrderRow}, parameters=[IDEMPOTENCY_KEY], tags=[TAG]
    )
    def create(self, request):
        asked = given(NextVisit, request)
        served = by_number.prescribed_request(actor=request.actor, number=asked.pop("request"))
        row = services.create(
            request=served,
            prescription=served.prescription,
            line_ids=[line.pk for line in asked.pop("lines")],
            by=request.actor,
            now=timezone.now(),
            **asked,
        )
        row = selectors.order(actor=request.actor, number=row.number)
        return Response(self.get_serializer(row).data, status=201)

    @extend_schema(
        summary="可派护士及不能派单的原因", parameters=[START], responses=CandidateOut(many=True), tags=[TAG]
    )
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def candidates(self, request, number):
        form = Asking(data=request.query_params)
        form.is_valid(raise_exception=True)
        answers = by_number.candidates(actor=request.actor, number=number, **form.validated_data)
        return Response(CandidateOut(answers, many=True).data)

    @extend_schema(methods=["get"], summary="一次评价", responses=RatingOut, tags=[TAG])
    @extend_schema(methods=["post"], summary="评价", request=RatingIn, responses={201: RatingOut}, tags=[TAG])
    @action(detail=True, methods=["get", "post"])
    def rating(self, request, number):
        if request.method == "GET":
            return Response(RatingOut(by_number.rating(actor=request.actor, number=number)).data)
        answers = given(RatingIn, request)
        rating = services.rate(
            order_id=by_number.order_pk(number),
            comment=answers.pop("comment"),
            answers=answers,
            by=request.actor,
            now=timezone.now(),
        )
        return Response(RatingOut(rating).data, status=201)

    @extend_schema(summary="回复评价", request=Replying, responses=RatingOut, tags=[TAG])
    @action(detail=True, methods=["post"], url_path="rating/reply")
    def reply(self, request, number):
        rating = services.reply_to_rating(
            order_id=by_number.order_pk(number), by=request.actor, now=timezone.now(), **given(Replying, request)
        )
        return Response(RatingOut(rating).data)

    @extend_schema(summary="全程留痕", responses=TraceLine(many=True), tags=["留痕"])
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def trace(self, request, number):
        row = trace.readable_order(actor=request.actor, number=number)
        looked(request, target=row, why="接口查看留痕")
        return Response(TraceLine(trace.order_trace(row), many=True).data)

    @extend_schema(
        summary="一份订单的全部资料（FHIR R4 Bundle）",
        description="资料之间的引用都在这一份之内。每次读取都会留痕；能查看留痕的岗位，还会得到 AuditEvent。",
        parameters=[WHY],
        responses=OpenApiTypes.OBJECT,
        tags=[TAG],
    )
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def fhir(self, request, number):
        row = selectors.order(actor=request.actor, number=number)
        by_number.demand_reading(request.actor, row)
        audit.looked(target=row, by=request.actor, now=timezone.now(), why="接口导出订单（FHIR）")
        return Response(whole.of_order(row, actor=request.actor, shown=self._shown(request, row), now=timezone.now()))

    @staticmethod
    def _shown(request, row):
        """How much of the patient goes out: the number in full only to those who may reveal it, for their reason."""
        own = row.patient_id in request.actor.patients_as("patient", "proxy")
        reason, identity = request.query_params.get("identity_reason", ""), ""
        if reason:
            identity = patient_services.reveal(
                patient_id=row.patient_id, field="identity", reason=reason, by=request.actor, now=timezone.now()
            )
        return Shown(in_full=own or bool(request.actor.orgs_as(*patient_access.CARERS)), identity=identity)
