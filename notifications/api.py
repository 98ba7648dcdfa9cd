"""What I was told, and that I have read it."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from notifications import selectors, services
from notifications.models import Message

TAG = "消息"


class MessageOut(serializers.Serializer):
    id = serializers.IntegerField()
    title = serializers.CharField()
    text = serializers.CharField(label="内容")
    link = serializers.CharField(label="链接")
    created_at = serializers.DateTimeField(label="时间")
    read_at = serializers.DateTimeField(allow_null=True, label="已读时间")


class UnreadOut(serializers.Serializer):
    unread = serializers.IntegerField(label="未读条数")


@extend_schema_view(list=extend_schema(summary="我的消息", tags=[TAG]))
class MessageViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    queryset = Message.objects.none()
    serializer_class = MessageOut
    lookup_value_converter = "int"

    def get_queryset(self):
        return selectors.inbox(user_id=self.request.user.pk)

    @extend_schema(summary="未读条数", responses=UnreadOut, tags=[TAG])
    @action(detail=False, methods=["get"], pagination_class=None, filter_backends=[])
    def unread(self, request):
        return Response(UnreadOut({"unread": selectors.unread_count(user_id=request.user.pk)}).data)

    @extend_schema(summary="标为已读", request=None, responses=MessageOut, tags=[TAG])
    @action(detail=True, methods=["post"])
    def read(self, request, pk):
        message = services.mark_read(message_id=pk, by=request.actor, now=timezone.now())
        return Response(MessageOut(message).data)

    @extend_schema(summary="全部标为已读", request=None, responses=UnreadOut, tags=[TAG])
    @action(detail=False, methods=["post"], url_path="read-all")
    def read_all(self, request):
        services.mark_all_read(by=request.actor, now=timezone.now())
        return Response(UnreadOut({"unread": 0}).data)
