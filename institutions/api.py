"""What anybody may know of institutions: who serves today, where, and whom to call (004 五(三))."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers, viewsets
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from accounts.selectors import commission
from institutions import selectors
from kernel.refusals import hidden

TAG = "机构"
TOWN = OpenApiParameter("town", str, description="街镇代码：只列可以服务这个街镇的机构。")


class TownOut(serializers.Serializer):
    code = serializers.CharField(label="代码")
    name = serializers.CharField(label="名称")
    kind = serializers.CharField(label="类型")


class InstitutionOut(serializers.Serializer):
    id = serializers.IntegerField(source="organisation.pk")
    name = serializers.CharField(source="organisation.name", label="名称")
    short_name = serializers.CharField(source="organisation.short_name", label="简称")
    address = serializers.CharField(source="organisation.address", label="地址")
    phone = serializers.CharField(source="organisation.phone", label="电话")
    supervision_phone = serializers.CharField(source="profile.supervision_phone", default="", label="监督电话")
    introduction = serializers.CharField(source="profile.introduction", default="", label="简介")
    modes = serializers.ListField(child=serializers.CharField(), label="服务方式")
    towns = TownOut(many=True, label="辖区")


@extend_schema_view(
    list=extend_schema(
        summary="今天可以提供服务的机构", parameters=[TOWN], responses=InstitutionOut(many=True), tags=[TAG], auth=[]
    )
)
class InstitutionViewSet(viewsets.ViewSet):
    permission_classes = [AllowAny]
    serializer_class = InstitutionOut

    def list(self, request):
        district = commission()
        if district is None:
            raise hidden("区卫生健康委的资料")
        lines = selectors.serving_centres(district.pk, timezone.localdate(), request.query_params.get("town") or None)
        return Response(InstitutionOut(lines, many=True).data)


@extend_schema_view(list=extend_schema(summary="全区的街镇", responses=TownOut(many=True), tags=[TAG], auth=[]))
class TownViewSet(viewsets.ViewSet):
    permission_classes = [AllowAny]
    serializer_class = TownOut

    def list(self, request):
        return Response(TownOut(selectors.towns(), many=True).data)
