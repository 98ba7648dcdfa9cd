"""The trace of a span as FHIR R4 AuditEvents, for programs of those who oversee. Each page read is recorded."""

from django.db.models import Q
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Organization
from accounts.roles import Role
from audit import fhir as resources
from audit import services as audit
from kernel.refusals import NotYours, Refusal
from orders import fhir

READERS = (Role.SUPERVISOR, Role.AUDITOR)
PAGE = 200
SPAN = [
    OpenApiParameter("from", OpenApiTypes.DATETIME, required=True, description="从（入库时间，含）。"),
    OpenApiParameter("to", OpenApiTypes.DATETIME, required=True, description="到（入库时间，不含）。"),
    OpenApiParameter("after", OpenApiTypes.INT, description="从这条留痕之后继续；由上一页的 next 链接给出。"),
]


class Span(serializers.Serializer):
    after = serializers.IntegerField(min_value=0, max_value=2**63 - 1, default=0, label="从哪条之后")

    def get_fields(self):
        """``from`` is no name that Python could give a field."""
        span = {
            "from": serializers.DateTimeField(label="从", source="since"),
            "to": serializers.DateTimeField(label="到", source="until"),
        }
        return {**span, **super().get_fields()}

    def validate(self, attrs):
        if attrs["since"] >= attrs["until"]:
            raise serializers.ValidationError({"to": "「到」要在「从」之后。"})
        return attrs


class AuditEventsView(APIView):
    @extend_schema(
        summary="留痕（FHIR R4 AuditEvent）",
        description=f"按编号先后，每页 {PAGE} 条；还有下一页时，link 中有 next。每次读取都会留痕。",
        parameters=SPAN,
        responses=OpenApiTypes.OBJECT,
        tags=["留痕"],
    )
    def get(self, request):
        actor = request.actor
        places = actor.orgs_as(*READERS)
        if not places:
            raise NotYours(Refusal("trace.not_yours", "留痕由区卫生健康委监管员和审计员读取，不在您的权限内。"))
        span = Span(data=request.query_params)
        span.is_valid(raise_exception=True)
        since, until, after = (span.validated_data[name] for name in ("since", "until", "after"))
        seat = Organization.objects.filter(pk__in=places, kind=Organization.Kind.COMMISSION).first()
        role = next(role.value for role in READERS if actor.orgs_as(role))
        audit.looked(
            target=seat, by=actor, now=timezone.now(), role=role,
            why=f"接口导出留痕（FHIR），{since.isoformat()} 到 {until.isoformat()}，编号 {after} 之后",
        )  # fmt: skip
        rows = fhir.of_places(places).filter(Q(at__gte=since, at__lt=until), id__gt=after)
        found = list(rows.order_by("id")[: PAGE + 1])
        covered = not actor.orgs_as(Role.SUPERVISOR)
        return Response(
            resources.bundle(
                fhir.resources(found[:PAGE], covered=covered),
                base_url=request.build_absolute_uri("/"),
                self_url=request.build_absolute_uri(),
                next_url=_next(request, found[PAGE - 1].pk) if len(found) > PAGE else "",
            )
        )


def _next(request, after):
    asked = request.query_params.copy()
    asked["after"] = str(after)
    return request.build_absolute_uri(f"{request.path}?{asked.urlencode()}")
