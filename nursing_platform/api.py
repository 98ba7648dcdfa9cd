"""
What the whole API shares at its edge: how lists are paged, what may be posted, and how every "no" is answered.

``request.actor`` in a viewset is the middleware's own: it is worked out when first asked for, which is after the
token was read, so browser sessions and tokens meet the same permissions.
"""

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, ValidationError
from django.http import Http404
from django.utils import timezone
from rest_framework import exceptions
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import JSONParser
from rest_framework.response import Response

from audit import services as audit
from kernel.refusals import Refused

SENTENCES = {
    400: ("bad_request", "您提交的内容没有被读懂，请检查后重新提交。"),
    401: ("not_authenticated", "请先登录；登录已过期的，请重新登录。"),
    403: ("not_permitted", "您没有办理这件事的权限，如有需要请联系本机构管理员。"),
    404: ("not_found", "没有找到这项内容，或您没有查看权限。"),
    405: ("method_not_allowed", "这个地址不支持这样的操作。"),
    406: ("not_acceptable", "这个地址只提供 JSON 格式的内容。"),
    413: ("too_large", "提交的内容太大，请减少后重新提交。"),
    415: ("unsupported_media_type", "不支持这种提交格式，请使用 JSON 格式。"),
    422: ("invalid", "提交的内容有误，请检查标出的各项。"),
    429: ("too_many_attempts", "操作过于频繁，请稍后再试。"),
}


class KeysetPagination(CursorPagination):
    """Pages by key, never by offset: page 500 costs what page 1 costs, and nothing is shown twice when rows arrive."""

    ordering = "-pk"
    page_size = 20
    max_page_size = 100
    page_size_query_param = "page_size"

    def get_ordering(self, request, queryset, view):
        """Newest first by key, unless the view's keys are random and it names a ``page_order`` of its own."""
        return (getattr(view, "page_order", self.ordering),)

    def paginate_queryset(self, queryset, request, view=None):
        """:raises NotFound: the cursor is not one of ours; whoever writes one by hand has left the list"""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, ValidationError) as invented:
            raise exceptions.NotFound from invented


class BoundedJSONParser(JSONParser):
    """Django's bound on a request's body, which DRF's own parser reads around."""

    def parse(self, stream, media_type=None, parser_context=None):
        length = (parser_context or {})["request"].META.get("CONTENT_LENGTH") or 0
        if int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig
        return super().parse(stream, media_type, parser_context)


def refusal_handler(no, context):
    """
    Answer every refusal in one shape: ``{code, message, clause, field_errors, reasons}``.

    Anything else is a defect: it passes on, is logged with the request's number, and is answered as 500.
    """
    answer = _refused(no, context) or _invalid(no) or _plain(no)
    if answer is not None:
        # Imported late: views ask the settings for the classes of this very module while they are loaded.
        from rest_framework.views import set_rollback

        set_rollback()
    return answer


def _refused(no, context):
    if not isinstance(no, Refused):
        return None
    if request := context.get("request"):
        route = getattr(request.resolver_match, "view_name", "")
        audit.turned_away(no=no, by=request.actor, now=timezone.now(), data={"route": route})
    reasons = [_reason(r.code, r.sentence, r.clause, r.field) for r in no.reasons]
    return _answer(no.http_status, no.code, no.sentence, no.clause, reasons)


def _invalid(no):
    if not isinstance(no, exceptions.ValidationError):
        return None
    code, sentence = SENTENCES[422]
    return _answer(422, code, sentence, "", list(_flat(no.detail, "")))


def _plain(no):
    status = _status(no)
    if status is None:
        return None
    code, sentence = SENTENCES.get(status, SENTENCES[400])
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Token"
    if isinstance(no, exceptions.Throttled) and no.wait is not None:
        headers["Retry-After"] = str(int(no.wait))
    return _answer(status, code, sentence, "", [_reason(code, sentence)], headers)


def _status(no):
    if isinstance(no, Http404):
        return 404
    if isinstance(no, PermissionDenied):
        return 403
    if isinstance(no, RequestDataTooBig):
        return 413
    if isinstance(no, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return 401
    return no.status_code if isinstance(no, exceptions.APIException) and no.status_code < 500 else None


def _answer(status, code, message, clause, reasons, headers=None):
    field_errors: dict[str, list[str]] = {}
    for reason in reasons:
        if reason["field"]:
            field_errors.setdefault(reason["field"], []).append(reason["message"])
    body = {"code": code, "message": message, "clause": clause, "field_errors": field_errors, "reasons": reasons}
    return Response(body, status=status, headers=headers)


def _reason(code, message, clause="", field=""):
    return {"code": code, "message": message, "clause": clause, "field": field}


def _flat(detail, field):
    """Name each fault by the path of its field: ``lines.0.times``."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _flat(inner, name if name == "non_field_errors" else _path(field, name))
    elif isinstance(detail, list) and any(isinstance(one, dict | list) for one in detail):
        for place, inner in enumerate(detail):
            yield from _flat(inner, _path(field, str(place)))
    elif isinstance(detail, list):
        for one in detail:
            yield from _flat(one, field)
    else:
        yield _reason(getattr(detail, "code", "invalid"), str(detail), "", "" if field == "non_field_errors" else field)


def _path(field, name):
    return f"{field}.{name}" if field else str(name)
