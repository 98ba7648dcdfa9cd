"""Is it alive, may it be sent requests, and how is it doing: answers for machines."""

import hmac

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Gauge, generate_latest

from audit import delivery, hardening
from nursing_platform import logs

GAPS = Gauge("audit_hardening_problems", "Gaps in the protection of the trace inside the database.")
FAILED = Gauge("audit_often_failed", "Rows that have failed twelve times or more and still wait.", ["queue"])
WAITS = {
    "due": "有 {count} 件到期事项多次没有办成，平台会继续重试，请查看日志。",
    "outbox": "有 {count} 件待投递事件多次没有送成，平台会继续重试，请查看日志。",
}


@require_safe
@never_cache
@login_not_required
def healthz(request):
    """Say that the process answers; nothing behind it is asked, so a database pause restarts no container."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
@login_not_required
def readyz(request):
    """
    Say whether requests can be served: database there, migrated, Redis there.

    A gap in the trace's protection is told beside it and never turns this service away: a nurse at the door must not be
    stopped because a trigger is missing. The gap is seen here, in the metrics, on the auditors' page and every night.
    So is what has failed again and again and still waits: it is tried on, and somebody should look into the log.
    """
    checks = {"database": _database(), "redis": _redis()}
    ready = all(answer == "ok" for answer in checks.values())
    body = {
        "status": "ok" if ready else "unavailable",
        "checks": checks,
        "trace": _trace() or "ok",
        "work": _work() or "ok",
        "request_id": logs.request_id(),
    }
    return JsonResponse(body, status=200 if ready else 503)


@require_safe
@never_cache
@login_not_required
def metrics(request):
    offered = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not hmac.compare_digest(offered.encode(), settings.METRICS_TOKEN.encode()):
        raise Http404
    _trace()
    _work()
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def _database():
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Exception as error:
        return type(error).__name__
    return "migrations waiting" if waiting else "ok"


def _trace():
    """Return the gaps in the trace's protection, and keep their number for the metrics."""
    try:
        found = hardening.problems()
    except Exception as error:
        found = [f"留痕的防护状态无法读取：{type(error).__name__}。"]
    GAPS.set(len(found))
    return found


def _work():
    """Return what has failed again and again and still waits, and keep the numbers for the metrics."""
    try:
        found = delivery.often_failed()
    except Exception as error:
        for queue in WAITS:
            FAILED.labels(queue).set(float("nan"))
        return [f"待办事项的状态无法读取：{type(error).__name__}。"]
    for queue, count in found.items():
        FAILED.labels(queue).set(count)
    return [WAITS[queue].format(count=count) for queue, count in found.items() if count]


def _redis():
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1, retry=None) as client:
            client.ping()
    except redis.RedisError as error:
        return type(error).__name__
    return "ok"
