"""Service requests and the first visits that answer them."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from audit.api import IDEMPOTENCY_KEY, given, looked, steps
from clinical import services as clinical
from clinical.api import Answers, AssessmentOut, AssessmentRow, AssessmentTaken, Conclusion
from clinical.lifecycle import ASSESSMENT
from clinical.models import Assessment
from orders import by_number, commands, selectors, services
from orders.api.filters import RequestFilter
from orders.api.shapes import ReferralAnswer, RequestRow, RequestTaken, Submitting
from orders.lifecycle import REQUEST
from orders.models import ServiceRequest
from patients import selectors as patients

TAG, FIRST_VISITS = "服务申请", "首诊评估"


@steps(commands.REQUEST, REQUEST, TAG)
@extend_schema_view(list=extend_schema(summary="申请列表", tags=[TAG]))
class RequestViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    queryset = ServiceRequest.objects.none()
    serializer_class = RequestRow
    taken = RequestTaken
    filterset_class = RequestFilter
    lookup_field = "number"

    def get_queryset(self):
        return selectors.requests(actor=self.request.actor)

    @staticmethod
    def step_pk(number):
        return by_number.request_pk(number)

    @extend_schema(summary="一份申请", tags=[TAG])
    def retrieve(self, request, number):
        row = selectors.request(actor=request.actor, number=number)
        looked(request, target=row, why="接口查看申请")
        return Response(self.get_serializer(row).data)

    @extend_schema(
        summary="提交申请", request=Submitting, responses={201: RequestRow}, parameters=[IDEMPOTENCY_KEY], tags=[TAG]
    )
    def create(self, request):
        asked = given(Submitting, request)
        today = timezone.localdate()
        patient = patients.patient(actor=request.actor, pk=asked.pop("patient"), on=today)
        row = services.submit(patient=patient, by=request.actor, now=timezone.now(), **asked)
        row = selectors.request(actor=request.actor, number=row.number)
        return Response(self.get_serializer(row).data, status=201)

    @extend_schema(summary="登记转诊结果", request=ReferralAnswer, responses=RequestTaken, tags=[TAG])
    @action(detail=True, methods=["post"], url_path="referral-outcome")
    def referral_outcome(self, request, number):
        row = services.record_referral_outcome(
            request_id=by_number.request_pk(number),
            by=request.actor,
            now=timezone.now(),
            **given(ReferralAnswer, request),
        )
        return Response(RequestTaken(row, context=self.get_serializer_context()).data)


@steps(commands.ASSESSMENT, ASSESSMENT, FIRST_VISITS)
@extend_schema_view(list=extend_schema(summary="我的首诊", responses=AssessmentRow(many=True), tags=[FIRST_VISITS]))
class AssessmentViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    queryset = Assessment.objects.none()
    serializer_class = AssessmentRow
    taken = AssessmentTaken
    lookup_value_converter = "int"

    def get_queryset(self):
        return selectors.assessments(actor=self.request.actor)

    @staticmethod
    def step_pk(pk):
        return pk

    @extend_schema(summary="一份首诊评估", responses=AssessmentOut, tags=[FIRST_VISITS])
    def retrieve(self, request, pk):
        row = selectors.assessment(actor=request.actor, pk=pk)
        looked(request, target=row, why="接口查看首诊评估")
        return Response(AssessmentOut(row, context=self.get_serializer_context()).data)

    @extend_schema(summary="保存一部分评估", request=Answers, responses=AssessmentTaken, tags=[FIRST_VISITS])
    @action(detail=True, methods=["put"], url_path="sections/<str:key>")
    def section(self, request, pk, key):
        row = clinical.save_section(
            assessment_id=pk, key=key, by=request.actor, now=timezone.now(), **given(Answers, request)
        )
        return Response(AssessmentTaken(row, context=self.get_serializer_context()).data)

    @extend_schema(summary="填写结论", request=Conclusion, responses=AssessmentTaken, tags=[FIRST_VISITS])
    @action(detail=True, methods=["put"])
    def conclusion(self, request, pk):
        row = clinical.conclude(assessment_id=pk, by=request.actor, now=timezone.now(), **given(Conclusion, request))
        return Response(AssessmentTaken(row, context=self.get_serializer_context()).data)
