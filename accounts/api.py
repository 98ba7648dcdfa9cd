"""Tokens for programs that cannot keep a browser session: taken with name and password, revocable, expiring."""

import hashlib

from django.contrib.auth import authenticate
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from knox import views as knox
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from accounts import services
from audit import services as audit
from kernel.refusals import Refusal, Refused

TAG = "登录"


class WrongLogin(Refused):
    http_status = 401


class TooManyTokens(Refused):
    http_status = 409


class Credentials(serializers.Serializer):
    username = serializers.CharField(max_length=150, label="账号名")
    password = serializers.CharField(max_length=128, trim_whitespace=False, label="密码")

    def validate(self, given):
        request = self.context["request"]._request  # axes reads the address of Django's own request
        user = authenticate(request, username=given["username"], password=given["password"])
        if user is None:
            # Only a digest of the name is kept: it may be a mistyped password.
            digest = hashlib.sha256(given["username"].encode()).hexdigest()[:16]
            audit.signed_in(
                action="accounts.login_failed",
                by=request.actor,
                now=timezone.now(),
                outcome="failed",
                data={"name_digest": digest},
            )
            raise WrongLogin(Refusal("login.wrong", "账号名或密码不对，请再核对一遍。"))
        return {"user": user}


class TokenOut(serializers.Serializer):
    token = serializers.CharField(label="令牌")
    expiry = serializers.DateTimeField(label="失效时间")


@extend_schema_view(
    post=extend_schema(summary="登录，取得令牌", request=Credentials, responses=TokenOut, tags=[TAG], auth=[])
)
class LoginView(knox.LoginView):
    """Wrong names and passwords count towards the same lock as on the login page."""

    authentication_classes = []
    permission_classes = [AllowAny]
    serializer_class = Credentials

    def post(self, request, format=None):  # noqa: A002 - knox calls it so
        form = Credentials(data=request.data, context={"request": request})
        form.is_valid(raise_exception=True)
        request.user = form.validated_data["user"]
        answer = super().post(request, format)
        if answer.status_code != 200:
            raise TooManyTokens(
                Refusal("login.too_many", "这个账号同时登录的设备太多，请先在其他设备上退出登录。", "002 五(八)")
            )
        audit.signed_in(action="accounts.logged_in", by=request.actor, now=timezone.now(), data={"by": "token"})
        return answer


@extend_schema_view(post=extend_schema(summary="退出，令牌即刻失效", request=None, responses={204: None}, tags=[TAG]))
class LogoutView(knox.LogoutView):
    serializer_class = None

    def post(self, request, format=None):  # noqa: A002 - knox calls it so
        audit.signed_in(action="accounts.logged_out", by=request.actor, now=timezone.now(), data={"by": "token"})
        return super().post(request, format)


@extend_schema_view(
    post=extend_schema(summary="退出全部设备，包括浏览器", request=None, responses={204: None}, tags=[TAG])
)
class LogoutAllView(knox.LogoutAllView):
    serializer_class = None

    def post(self, request, format=None):  # noqa: A002 - knox calls it so
        services.end_sessions(user_id=request.user.pk, by=request.actor, now=timezone.now(), reason="本人退出全部设备")
        return Response(status=204)
