"""What lists may be narrowed by."""

from django_filters import rest_framework as filters

from orders.lifecycle import OrderStatus, RequestStatus
from orders.models import Order, ServiceRequest


class RequestFilter(filters.FilterSet):
    status = filters.MultipleChoiceFilter(choices=RequestStatus.choices, label="状态")
    centre = filters.NumberFilter(label="机构")
    patient = filters.UUIDFilter(label="服务对象")
    channel = filters.ChoiceFilter(choices=ServiceRequest.Channel.choices, label="渠道")
    submitted_from = filters.IsoDateTimeFilter("submitted_at", "gte", label="提交时间从")
    submitted_to = filters.IsoDateTimeFilter("submitted_at", "lt", label="提交时间到")

    class Meta:
        model = ServiceRequest
        fields = []


class OrderFilter(filters.FilterSet):
    status = filters.MultipleChoiceFilter(choices=OrderStatus.choices, label="状态")
    centre = filters.NumberFilter(label="机构")
    patient = filters.UUIDFilter(label="服务对象")
    nurse = filters.NumberFilter(label="护士")
    request = filters.CharFilter("request__number", max_length=20, label="申请编号")
    planned_from = filters.IsoDateTimeFilter("planned_start", "gte", label="约定时间从")
    planned_to = filters.IsoDateTimeFilter("planned_start", "lt", label="约定时间到")

    class Meta:
        model = Order
        fields = []
