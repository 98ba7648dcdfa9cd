"""Private files, the texts in force, and signatures: what was signed, by whom, and the taking back."""

from django.http import FileResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import renderers, serializers, viewsets
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.selectors import commission
from audit.api import given
from patients import selectors, services
from patients.models import Upload

REASON = OpenApiParameter("reason", str, description="查看的原因，写入留痕。")


class AnyFile(renderers.BaseRenderer):
    """Lets a client that asks for a picture or a PDF be answered; refusals stay JSON."""

    media_type = "*/*"
    format = "file"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        return renderers.JSONRenderer().render(data, "application/json", renderer_context)


class Handing(serializers.Serializer):
    patient = serializers.UUIDField(label="服务对象")
    kind = serializers.ChoiceField(choices=Upload.Kind.choices, label="种类")
    file = serializers.FileField(label="文件", help_text="JPG、PNG 或 PDF，不超过 10 MB。")


class UploadOut(serializers.Serializer):
    id = serializers.UUIDField()
    kind = serializers.CharField(label="种类")
    content_type = serializers.CharField(label="类型")
    size = serializers.IntegerField(label="字节")
    sha256 = serializers.CharField(label="摘要")
    uploaded_at = serializers.DateTimeField(label="时间")


class UploadViewSet(viewsets.GenericViewSet):
    queryset = Upload.objects.none()
    serializer_class = UploadOut
    lookup_value_converter = "uuid"
    pagination_class = None
    filter_backends = []

    def get_renderers(self):
        return [renderers.JSONRenderer(), AnyFile()]

    def get_parsers(self):
        return [MultiPartParser()]

    @extend_schema(
        summary="上传资料", request={"multipart/form-data": Handing}, responses={201: UploadOut}, tags=["资料"]
    )
    def create(self, request):
        handed = given(Handing, request)
        paper = services.upload(
            patient_id=handed["patient"],
            kind=handed["kind"],
            file=handed["file"],
            by=request.actor,
            now=timezone.now(),
        )
        return Response(UploadOut(paper).data, status=201)

    @extend_schema(
        summary="查看资料（留痕）",
        parameters=[REASON],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
        tags=["资料"],
    )
    def retrieve(self, request, pk):
        paper, content = services.show_upload(
            upload_id=pk, reason=request.query_params.get("reason", "")[:200], by=request.actor, now=timezone.now()
        )
        return FileResponse(content, content_type=paper.content_type, filename=f"{paper.get_kind_display()}")


class TextOut(serializers.Serializer):
    kind = serializers.CharField(label="种类")
    title = serializers.CharField(source="get_kind_display", label="名称")
    version = serializers.IntegerField(label="版本")
    text = serializers.CharField(label="正文")
    sha256 = serializers.CharField(label="摘要", help_text="签署时原样带回，证明所示即所签。")
    effective_on = serializers.DateField(label="生效日期")


class TextsView(APIView):
    permission_classes = [AllowAny]

    @extend_schema(summary="现行的知情同意书和服务协议", responses=TextOut(many=True), tags=["签署"], auth=[])
    def get(self, request):
        return Response(TextOut(selectors.texts_in_force(commission(), timezone.localdate()), many=True).data)


class ConsentOut(serializers.Serializer):
    """A signature, without its strokes."""

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id", label="服务对象")
    organisation = serializers.CharField(source="organisation.name", label="机构")
    kind = serializers.CharField(source="text.kind", label="种类")
    title = serializers.CharField(source="text.get_kind_display", label="名称")
    version = serializers.IntegerField(source="text.version", label="版本")
    sha256 = serializers.CharField(source="shown_sha256", label="所示文本摘要")
    item_codes = serializers.ListField(child=serializers.CharField(), label="包含项目")
    signer_name = serializers.CharField(label="签署人")
    capacity = serializers.CharField(source="get_capacity_display", label="身份")
    method = serializers.CharField(source="get_method_display", label="方式")
    witness = serializers.CharField(source="witness.display_name", default="", label="见证人")
    signed_at = serializers.DateTimeField(label="签署时间")
    valid_until = serializers.DateField(label="有效期至")
    withdrawn_at = serializers.DateTimeField(allow_null=True, label="撤回时间")
    withdrawn_reason = serializers.CharField(label="撤回原因")
