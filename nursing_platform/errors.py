"""Answers to what went wrong: a Chinese page with the request's number, or the API's one shape."""

from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string

from nursing_platform import logs

SENTENCES = {
    400: ("bad_request", "您提交的内容没有被读懂，请返回后重新填写。"),
    403: ("not_permitted", "您没有办理这件事的权限，如有需要请联系本机构管理员。"),
    404: ("not_found", "没有找到这个页面，或您没有查看权限。"),
    405: ("method_not_allowed", "这个地址不支持这样的操作，请返回上一页重新办理。"),
    429: ("too_many_attempts", "登录尝试次数过多，请 15 分钟后再试，或联系本机构管理员。"),
    503: ("busy", "现在办理的人很多，请过几秒钟再试；您填写的内容还没有提交。"),
    500: ("server_error", "系统没能完成这次操作，已自动记录，请稍后再试。"),
}
CSRF_SENTENCE = "页面停留过久，为了您的信息安全，请刷新页面后重新提交。"


def bad_request(request, exception=None):
    return _answer(request, 400)


def permission_denied(request, exception=None):
    return _answer(request, 403)


def page_not_found(request, exception=None):
    return _answer(request, 404)


def server_error(request):
    return _answer(request, 500)


def csrf_failure(request, reason=""):
    return _answer(request, 403, template="csrf", code="csrf", sentence=CSRF_SENTENCE)


def locked_out(request, *_, **__):
    return _answer(request, 429)


def busy(request):
    return _answer(request, 503)


def method_not_allowed(request, refused):
    answer = _answer(request, 405)
    answer["Allow"] = refused["Allow"]
    return answer


def _answer(request, status, *, template=None, code=None, sentence=None):
    default_code, default_sentence = SENTENCES[status]
    code, sentence = code or default_code, sentence or default_sentence
    if request.path.startswith("/api/"):
        reason = {"code": code, "message": sentence, "clause": "", "field": ""}
        body = {"code": code, "message": sentence, "clause": "", "field_errors": {}, "reasons": [reason]}
        return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})
    # Rendered without the request: context processors ask the database, which may be what failed.
    context = {"status": status, "sentence": sentence, "request_id": logs.request_id()}
    try:
        page = render_to_string(f"errors/{template or status}.html", context)
    except Exception:
        # The page itself is broken: a plain sentence is still an answer.
        return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
    return HttpResponse(page, status=status)
