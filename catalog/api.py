"""The edition in force, for everybody: items with their steps and what is measured (002 五(五))."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.selectors import commission
from catalog import selectors

TAG = "项目目录"


class ItemStepOut(serializers.Serializer):
    id = serializers.IntegerField()
    number = serializers.IntegerField(label="步骤")
    text = serializers.CharField(label="内容")
    source_text = serializers.CharField(label="原文")


class AskOut(serializers.Serializer):
    """One thing that is measured or observed at a visit."""

    key = serializers.CharField(source="measurement.key")
    label = serializers.CharField(source="measurement.label", label="名称")
    type = serializers.CharField(source="measurement.type", label="类型")
    unit = serializers.CharField(source="measurement.unit", label="单位")
    minimum = serializers.DecimalField(
        source="measurement.minimum", max_digits=9, decimal_places=2, allow_null=True, label="下限"
    )
    maximum = serializers.DecimalField(
        source="measurement.maximum", max_digits=9, decimal_places=2, allow_null=True, label="上限"
    )
    decimals = serializers.IntegerField(source="measurement.decimals", label="小数位")
    options = serializers.ListField(source="measurement.options", child=serializers.CharField(), label="选项")
    reference = serializers.CharField(source="measurement.reference", label="参考")
    required = serializers.BooleanField(label="必填")


class ItemOut(serializers.Serializer):
    id = serializers.IntegerField()
    number = serializers.IntegerField(label="序号")
    code = serializers.CharField(label="代码")
    name = serializers.CharField(label="护理项目")
    category = serializers.CharField(source="category.name", label="类别")
    plain_words = serializers.CharField(label="通俗说明")
    minutes = serializers.IntegerField(source="duration_min", label="预计时长（分钟）")
    risk = serializers.CharField(source="get_risk_display", label="风险")
    patient_sex = serializers.CharField(label="限服务对象性别")
    makes_waste = serializers.BooleanField(label="产生医疗废物")
    takes_specimen = serializers.BooleanField(label="采集标本")
    certificates = serializers.SerializerMethodField(label="资质要求")
    steps = ItemStepOut(many=True, label="步骤")
    measurements = AskOut(source="asks", many=True, label="测量")
    clause = serializers.CharField(label="依据")

    def get_certificates(self, item) -> list[str]:
        return [demand.kind_id for demand in item.demands.all()]


class EditionOut(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField(label="名称")
    source = serializers.CharField(label="文件")
    clause = serializers.CharField(label="依据")
    effective_from = serializers.DateField(label="生效日期")
    items = ItemOut(many=True, source="complete_items", label="项目")


class CatalogueView(APIView):
    permission_classes = [AllowAny]

    @extend_schema(summary="现行目录", responses=EditionOut, tags=[TAG], auth=[])
    def get(self, request):
        return Response(EditionOut(selectors.catalogue(commission(), timezone.localdate())).data)
