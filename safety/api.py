"""Complaints and incidents, for the centre, for those who oversee it, and complaints for the family as well."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from audit.api import given
from patients.api.people import PatientBrief
from safety import selectors, services
from safety.models import Complaint, Incident

TAG = "投诉与不良事件"


class ComplaintOut(serializers.Serializer):
    id = serializers.IntegerField()
    order = serializers.CharField(source="order.number", label="订单编号")
    patient = PatientBrief(label="服务对象")
    centre = serializers.CharField(source="centre.name", label="机构")
    text = serializers.CharField(label="意见")
    status = serializers.CharField(label="状态")
    status_label = serializers.CharField(source="get_status_display", label="状态名称")
    opened_at = serializers.DateTimeField(label="提出时间")
    answer = serializers.CharField(label="处理结果")
    closed_at = serializers.DateTimeField(allow_null=True, label="处理时间")


class IncidentOut(serializers.Serializer):
    id = serializers.IntegerField()
    order = serializers.CharField(source="order.number", default=None, label="订单编号")
    centre = serializers.CharField(source="centre.name", label="机构")
    kind = serializers.CharField(label="类别")
    kind_label = serializers.CharField(source="get_kind_display", label="类别名称")
    text = serializers.CharField(label="经过")
    opened_at = serializers.DateTimeField(label="发生时间")
    cause = serializers.CharField(label="原因和处理")
    closed_at = serializers.DateTimeField(allow_null=True, label="结案时间")


class Closing(serializers.Serializer):
    cause = serializers.CharField(max_length=300, label="原因和处理")


@extend_schema_view(list=extend_schema(summary="投诉列表", tags=[TAG]))
class ComplaintViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    queryset = Complaint.objects.none()
    serializer_class = ComplaintOut
    filterset_fields = ["status"]

    def get_queryset(self):
        return selectors.complaints(actor=self.request.actor)


@extend_schema_view(list=extend_schema(summary="不良事件列表", tags=[TAG]))
class IncidentViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    queryset = Incident.objects.none()
    serializer_class = IncidentOut
    lookup_value_converter = "int"
    filterset_fields = ["kind"]

    def get_queryset(self):
        return selectors.incidents(actor=self.request.actor)

    @extend_schema(summary="结案", request=Closing, responses=IncidentOut, tags=[TAG])
    @action(detail=True, methods=["post"])
    def close(self, request, pk):
        row = services.close_incident(incident_id=pk, by=request.actor, now=timezone.now(), **given(Closing, request))
        return Response(IncidentOut(row).data)
