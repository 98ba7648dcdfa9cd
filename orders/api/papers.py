"""What is written for an order: the visit record, the prescription, the signatures that carry it."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from audit.api import given, looked, steps
from clinical import selectors as clinical_selectors
from clinical import services as clinical
from clinical import versions
from clinical.api import (
    MissingOut,
    NoteIn,
    PrescriptionOut,
    PrescriptionTaken,
    ReadingIn,
    RecordOut,
    SpecimenIn,
    StepAnswer,
    WasteIn,
)
from clinical.lifecycle import PRESCRIPTION
from clinical.models import Prescription, VisitRecord
from orders import by_number, commands, services
from patients import selectors as patients
from patients.api.papers import ConsentOut
from patients.models import Consent

RECORDS, PRESCRIPTIONS, CONSENTS = "护理记录", "服务项目单", "签署"


class StillMissing(serializers.Serializer):
    """What every entry into a record answers: what the nurse has yet to do before she may leave."""

    missing = MissingOut(many=True, label="尚未完成")


class RecordViewSet(viewsets.GenericViewSet):
    """The record of an order's visit, addressed by the order's number; written by the nurse who is there."""

    queryset = VisitRecord.objects.none()
    serializer_class = RecordOut
    lookup_field = "number"
    filter_backends = []
    pagination_class = None

    @extend_schema(summary="护理记录", tags=[RECORDS])
    def retrieve(self, request, number):
        record = by_number.visit_record(actor=request.actor, number=number)
        looked(request, target=record, why="接口查看护理记录")
        record.pages = clinical_selectors.record_pages(record)
        record.later = versions.of_record(record)
        return Response(RecordOut(record).data)

    @extend_schema(summary="记录一个步骤", request=StepAnswer, responses=StillMissing, tags=[RECORDS])
    @action(detail=True, methods=["put"], url_path="steps/<int:step_id>")
    def step(self, request, number, step_id):
        return self._write(clinical.answer_step, StepAnswer, step_id=step_id)

    @extend_schema(summary="记录一个测量值", request=ReadingIn, responses=StillMissing, tags=[RECORDS])
    @action(detail=True, methods=["put"], url_path="readings/<str:key>")
    def reading(self, request, number, key):
        return self._write(clinical.take_reading, ReadingIn, key=key)

    @extend_schema(summary="申报医疗废物", request=WasteIn, responses=StillMissing, tags=[RECORDS])
    @action(detail=True, methods=["put"])
    def waste(self, request, number):
        return self._write(clinical.declare_waste, WasteIn)

    @extend_schema(summary="登记标本送出", request=SpecimenIn, responses=StillMissing, tags=[RECORDS])
    @action(detail=True, methods=["put"])
    def specimen(self, request, number):
        return self._write(clinical.hand_over_specimen, SpecimenIn)

    @extend_schema(summary="填写护理记录和下一步", request=NoteIn, responses=StillMissing, tags=[RECORDS])
    @action(detail=True, methods=["put"])
    def note(self, request, number):
        return self._write(clinical.write_note, NoteIn)

    def _write(self, verb, form, **where):
        record_id = by_number.visit_record(actor=self.request.actor, number=self.kwargs["number"]).pk
        record = verb(
            record_id=record_id, by=self.request.actor, now=timezone.now(), **where, **given(form, self.request)
        )
        return Response(StillMissing(record).data)


@steps(commands.PRESCRIPTION, PRESCRIPTION, PRESCRIPTIONS)
class PrescriptionViewSet(viewsets.GenericViewSet):
    queryset = Prescription.objects.none()
    serializer_class = PrescriptionOut
    taken = PrescriptionTaken
    lookup_field = "number"

    @staticmethod
    def step_pk(number):
        return clinical_selectors.prescription_pk(number)

    @extend_schema(summary="一份服务项目单", tags=[PRESCRIPTIONS])
    def retrieve(self, request, number):
        row = clinical_selectors.prescription(actor=request.actor, number=number)
        looked(request, target=row, why="接口查看项目单")
        return Response(self.get_serializer(row).data)


class Withdrawing(serializers.Serializer):
    reason = serializers.CharField(max_length=200, label="原因")


@extend_schema_view(list=extend_schema(summary="我自己和我代办的签署记录", tags=[CONSENTS]))
class ConsentViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    queryset = Consent.objects.none()
    serializer_class = ConsentOut
    lookup_value_converter = "uuid"
    page_order = "-signed_at"

    def get_queryset(self):
        return patients.consents(actor=self.request.actor)

    @extend_schema(summary="撤回签署，未开始的订单随之停止", request=Withdrawing, responses=ConsentOut, tags=[CONSENTS])
    @action(detail=True, methods=["post"])
    def withdraw(self, request, pk):
        held = services.withdraw_consent(
            consent_id=pk, by=request.actor, now=timezone.now(), **given(Withdrawing, request)
        )
        return Response(ConsentOut(held).data)
