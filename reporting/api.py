"""
What the city's quality data platform reads of a district: values, definitions, checks, findings (001 二(四)20).

No person stands in any answer: neither free text nor names. A machine reads with the token of an account of its own,
which holds a post at the commission and so sees one district.
"""

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.response import Response

from indicators import months
from indicators.definitions import DEFINITIONS
from indicators.models import Snapshot
from reporting import selectors
from supervision.checks import CHECKS
from supervision.lifecycle import FindingStatus
from supervision.models import CheckRun, Finding

TAG = "质量数据"


class Place(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField(label="名称")
    kind = serializers.CharField(label="类别")


class DefinitionOut(serializers.Serializer):
    """What one indicator means; ``source`` says whether the platform counts it."""

    code = serializers.CharField(label="代码")
    name = serializers.CharField(label="名称")
    group = serializers.CharField(label="分组")
    kind = serializers.CharField(label="类型")
    numerator = serializers.CharField(label="分子")
    denominator = serializers.CharField(label="分母")
    formula = serializers.CharField(label="算法")
    unit = serializers.CharField(label="单位")
    direction = serializers.CharField(label="方向")
    source = serializers.CharField(label="来源")
    clause = serializers.CharField(label="依据")
    target = serializers.DecimalField(max_digits=16, decimal_places=4, allow_null=True, label="目标")


class ValueOut(serializers.Serializer):
    """One indicator of one institution in one month, with its parts."""

    id = serializers.IntegerField()
    organisation = Place(label="机构")
    code = serializers.CharField(label="指标代码")
    name = serializers.SerializerMethodField(label="指标")
    month = serializers.SerializerMethodField(label="月份")
    numerator = serializers.DecimalField(max_digits=16, decimal_places=4, allow_null=True, label="分子")
    denominator = serializers.DecimalField(max_digits=16, decimal_places=4, allow_null=True, label="分母")
    value = serializers.DecimalField(max_digits=16, decimal_places=4, allow_null=True, label="指标值")
    unit = serializers.SerializerMethodField(label="单位")
    formula = serializers.SerializerMethodField(label="算法")
    parts = serializers.DictField(child=serializers.IntegerField(), label="分项")
    source = serializers.CharField(label="来源")
    source_label = serializers.CharField(source="get_source_display", label="来源名称")
    recorded_at = serializers.DateTimeField(label="登记时间")

    def get_name(self, row) -> str:
        return DEFINITIONS[row.code].name

    def get_month(self, row) -> str:
        return f"{row.month:%Y-%m}"

    def get_unit(self, row) -> str:
        return DEFINITIONS[row.code].unit

    def get_formula(self, row) -> str:
        return DEFINITIONS[row.code].formula


class CountOut(serializers.Serializer):
    organisation = serializers.IntegerField(label="机构编号")
    name = serializers.CharField(label="机构")
    n = serializers.IntegerField(label="发现数")


class RunOut(serializers.Serializer):
    """One compliance check asked once of the district: how many rows broke the rule, and where."""

    id = serializers.IntegerField()
    district = serializers.CharField(source="district.name", label="区")
    code = serializers.CharField(label="检查代码")
    title = serializers.SerializerMethodField(label="检查")
    clause = serializers.SerializerMethodField(label="依据")
    at = serializers.DateTimeField(label="检查时间")
    total = serializers.IntegerField(label="发现数")
    counts = serializers.SerializerMethodField(label="各机构发现数")

    def get_title(self, row) -> str:
        return CHECKS[row.code].title if row.code in CHECKS else row.code

    def get_clause(self, row) -> str:
        return CHECKS[row.code].clause if row.code in CHECKS else ""

    @extend_schema_field(CountOut(many=True))
    def get_counts(self, row):
        names = self.context.get("names", {})
        return [{"organisation": int(pk), "name": names.get(int(pk), ""), "n": n} for pk, n in row.counts.items()]


class FindingOut(serializers.Serializer):
    """How far one finding is, without a word of what was written about it."""

    id = serializers.IntegerField()
    organisation = Place(label="机构")
    kind = serializers.CharField(label="来源")
    kind_label = serializers.CharField(source="get_kind_display", label="来源名称")
    source = serializers.CharField(label="检查代码")
    clause = serializers.CharField(label="依据")
    status = serializers.CharField(label="状态")
    status_label = serializers.CharField(source="get_status_display", label="状态名称")
    since = serializers.DateTimeField(label="发生时间")
    opened_at = serializers.DateTimeField(label="发现时间")
    due_on = serializers.DateField(label="整改期限")
    closed_at = serializers.DateTimeField(allow_null=True, label="结案时间")


class ValueFilter(filters.FilterSet):
    month = filters.CharFilter(method="in_month", max_length=7, label="月份，如 2026-10")
    code = filters.MultipleChoiceFilter(choices=[(code, code) for code in DEFINITIONS], label="指标代码")
    organisation = filters.NumberFilter(label="机构编号")
    source = filters.MultipleChoiceFilter(choices=Snapshot.Source.choices, label="来源")

    class Meta:
        model = Snapshot
        fields = []

    def in_month(self, rows, name, text):
        if (month := months.asked(text)) is None:
            raise serializers.ValidationError({"month": "没有读懂月份，请写成 2026-10 的样子。"})
        return rows.filter(month=month)


class RunFilter(filters.FilterSet):
    code = filters.MultipleChoiceFilter(choices=[(code, code) for code in CHECKS], label="检查代码")
    at_from = filters.IsoDateTimeFilter("at", "gte", label="检查时间从")
    at_to = filters.IsoDateTimeFilter("at", "lt", label="检查时间到")

    class Meta:
        model = CheckRun
        fields = []


class FindingFilter(filters.FilterSet):
    status = filters.MultipleChoiceFilter(choices=FindingStatus.choices, label="状态")
    kind = filters.MultipleChoiceFilter(choices=Finding.Kind.choices, label="来源")
    organisation = filters.NumberFilter(label="机构编号")
    opened_from = filters.IsoDateTimeFilter("opened_at", "gte", label="发现时间从")
    opened_to = filters.IsoDateTimeFilter("opened_at", "lt", label="发现时间到")

    class Meta:
        model = Finding
        fields = []


class Overseen(mixins.ListModelMixin, viewsets.GenericViewSet):
    """A list for those who oversee a district; everybody else is told so instead of shown nothing."""

    rows = None

    def get_queryset(self):
        selectors.demand_overseer(self.request.actor)
        return type(self).rows(actor=self.request.actor)


class DefinitionViewSet(viewsets.ViewSet):
    serializer_class = DefinitionOut

    @extend_schema(summary="指标定义", responses=DefinitionOut(many=True), tags=[TAG])
    def list(self, request):
        selectors.demand_overseer(request.actor)
        return Response(DefinitionOut(DEFINITIONS.values(), many=True).data)


@extend_schema_view(list=extend_schema(summary="指标月值", tags=[TAG]))
class ValueViewSet(Overseen):
    queryset = Snapshot.objects.none()
    serializer_class = ValueOut
    filterset_class = ValueFilter
    rows = selectors.values


@extend_schema_view(list=extend_schema(summary="合规检查结果", tags=[TAG]))
class RunViewSet(Overseen):
    queryset = CheckRun.objects.none()
    serializer_class = RunOut
    filterset_class = RunFilter
    rows = selectors.check_runs

    def paginate_queryset(self, queryset):
        page = super().paginate_queryset(queryset)
        self.places = {int(pk) for row in page or () for pk in row.counts}
        return page

    def get_serializer_context(self):
        return {**super().get_serializer_context(), "names": selectors.names(getattr(self, "places", set()))}


@extend_schema_view(list=extend_schema(summary="监管问题状态", tags=[TAG]))
class FindingViewSet(Overseen):
    queryset = Finding.objects.none()
    serializer_class = FindingOut
    filterset_class = FindingFilter
    rows = selectors.found
