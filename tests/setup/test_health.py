import pytest
from django.db.migrations.recorder import MigrationRecorder

from audit import hardening
from audit.models import Due, Outbox
from tests import world


def test_alive_is_answered_without_asking_anything_behind(client):
    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}


@pytest.mark.django_db
def test_ready_means_database_migrations_and_redis(client):
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["checks"] == {"database": "ok", "redis": "ok"}
    assert answer.json()["work"] == "ok"


@pytest.mark.django_db
def test_a_trace_that_is_not_hardened_is_told_and_turns_nobody_away(client):
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["trace"] == [hardening.UNHARDENED]


@pytest.mark.django_db
def test_what_fails_again_and_again_is_told_and_turns_nobody_away(client, settings):
    row = {"object_id": "1", "attempts": 12}
    Due.objects.create(kind="tests.due", key="tests.due:1", due_at=world.NOW, **row)
    Due.objects.create(kind="tests.due", key="tests.due:2", due_at=world.NOW, done_at=world.NOW, **row)
    Outbox.objects.create(event_type="tests.told", created_at=world.NOW, object_id="1", attempts=11)

    answer = client.get("/readyz")
    scraped = client.get("/metrics", headers={"Authorization": f"Bearer {settings.METRICS_TOKEN}"})

    assert answer.status_code == 200
    assert answer.json()["work"] == ["有 1 件到期事项多次没有办成，平台会继续重试，请查看日志。"]
    assert b'\naudit_often_failed{queue="due"} 1.0' in scraped.content
    assert b'\naudit_often_failed{queue="outbox"} 0.0' in scraped.content


@pytest.mark.django_db
def test_a_waiting_migration_is_not_ready(client):
    MigrationRecorder.Migration.objects.filter(app="accounts").order_by("-id")[:1].get().delete()

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "migrations waiting"


@pytest.mark.django_db
def test_redis_away_is_not_ready_and_said_quickly(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "ok", "redis": "ConnectionError"}


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}])
def test_metrics_hide_from_everyone_without_the_token(client, header):
    assert client.get("/metrics", headers=header).status_code == 404


def test_metrics_answer_their_collector(client, settings):
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {settings.METRICS_TOKEN}"})

    assert answer.status_code == 200
    assert b"django_http_requests_total" in answer.content
