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
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

from nursing_platform import logs


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
    """Say whether requests can be served: database there, migrated, Redis there."""
    checks = {"database": _database(), "redis": _redis()}
    ready = all(answer == "ok" for answer in checks.values())
    body = {"status": "ok" if ready else "unavailable", "checks": checks, "request_id": logs.request_id()}
    return JsonResponse(body, status=200 if ready else 503)


@require_safe
@never_cache
@login_not_required
def metrics(request):
    offered = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not hmac.compare_digest(offered.encode(), settings.METRICS_TOKEN.encode()):
        raise Http404
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def _database():
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Exception as error:
        return type(error).__name__
    return "migrations waiting" if waiting else "ok"


def _redis():
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1, retry=None) as client:
            client.ping()
    except redis.RedisError as error:
        return type(error).__name__
    return "ok"
