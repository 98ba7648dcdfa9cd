"""A database that came out of a dump is not sealed until two people have said so; then nothing is lost."""

import contextlib
import subprocess

import pytest
from django.utils import timezone

from accounts.roles import Role
from audit import proofs, selectors
from audit.sealing import eras
from audit.standalone import verify
from kernel.actors import Actor
from kernel.refusals import Refused
from tests.faults.cluster import wait_until, write

pytestmark = pytest.mark.clause("002 五(七)2(2)")


def keeper(number):
    return Actor(kind="user", id=str(number), name="监管", user_id=number, orgs={Role.SUPERVISOR: frozenset({1})})


def written(cluster, orders):
    with contextlib.closing(cluster.connect()) as connection, connection.cursor() as cursor:
        return [write(cursor, 1, order) for order in orders]


@pytest.fixture(scope="module")
def original(make_cluster):
    """Sealed up to a point; after it an event that began before and committed late, and some that nobody sealed."""
    cluster = make_cluster()
    cluster.sealed = written(cluster, range(300))
    with contextlib.closing(cluster.connect(autocommit=False)) as slow, slow.cursor() as cursor:
        late = write(cursor, 2, 1)
        cluster.sealed += written(cluster, range(20))
        cluster.sealed_up_to_now()
        slow.commit()
    cluster.left = [late, *written(cluster, range(10))]
    return cluster


@pytest.fixture(scope="module")
def restored(original, make_cluster):
    """The dump of the original in a cluster whose transactions are counted from the beginning."""
    if not (original.folder / "pg_dump").exists() or not (original.folder / "psql").exists():
        pytest.skip("this PostgreSQL has no pg_dump")
    fresh = make_cluster(empty=True)
    dump = subprocess.run(
        [original.folder / "pg_dump", "-h", original.sockets, "-U", "postgres", "app"],
        capture_output=True, check=True,
    ).stdout  # fmt: skip
    done = subprocess.run(
        [fresh.folder / "psql", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-h", fresh.sockets, "-U", "postgres", "app"],
        input=dump, capture_output=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    fresh.sealed, fresh.left = original.sealed, original.left
    return fresh


def test_two_people_open_the_next_era_and_nothing_is_lost(original, restored, platform_on, log_vkey, redis_now):
    heads = restored.one("SELECT count(*) FROM audit.head")
    assert restored.one("SELECT txid_current()") < original.one("SELECT txid_current()")

    # It refuses, says so where the commission looks, and seals nothing.
    sealer = restored.sealer()

    def said():
        return [text for (text,) in restored.ask("SELECT error FROM audit_publication WHERE place = 'sealer'")]

    wait_until(lambda: any(said()), "the sealer's refusal")
    assert "请由两人开启新的纪元" in said()[0]
    meanwhile = written(restored, range(5))
    assert restored.one("SELECT count(*) FROM audit.head") == heads

    # The same person may not agree to her own proposal; without a second one nothing opens.
    with platform_on(restored.url()):
        proposal = eras.propose(reason="机房断电，从昨夜备份恢复", by=keeper(1), now=timezone.now())
        with pytest.raises(Refused, match="另一位"):
            eras.approve(proposal_id=proposal.pk, by=keeper(1), now=timezone.now())
        assert restored.one("SELECT max(era) FROM audit.era") == 1
        eras.approve(proposal_id=proposal.pk, by=keeper(2), now=timezone.now())

    wait_until(lambda: restored.one("SELECT count(*) FROM audit.head WHERE era = 2") >= 2, "the second era")
    assert said() == [""]
    assert restored.ask("SELECT opened_by, approved_by FROM audit.era WHERE era = 2") == [("1", "2")]
    afterwards = written(restored, range(5))
    restored.end(sealer)
    restored.sealed_up_to_now()

    # What the old era left behind stands under the opening head, what came later under those after it.
    opening = restored.one("SELECT min(n) FROM audit.head WHERE era = 2")
    with platform_on(restored.url()):
        under = proofs.sealed(proofs.Event.objects.filter(pk__in=[*restored.sealed, *restored.left, *meanwhile]))
        assert {under[pk] for pk in restored.sealed} <= set(range(1, heads + 1))
        assert {under[pk] for pk in [*restored.left, *meanwhile]} == {opening}
        assert selectors.seal_state(now=timezone.now()).waiting == 0
        receipts = {pk: proofs.receipt(pk) for pk in (restored.sealed[7], restored.left[0], afterwards[0])}

    done = restored.manage("audit_verify", "--full", "--workers", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    for pk, receipt in receipts.items():
        report = verify.check(verify.canonical(receipt), [log_vkey(1 if pk in restored.sealed else 2)])
        assert not report.failed, str(report)
        assert verify.decode_leaf(verify.unb64(receipt["leaf"]))["id"] == pk


def test_the_original_goes_on_as_before(original):
    """A copy does not disturb what was copied."""
    era = original.one("SELECT max(era) FROM audit.era")
    original.sealed_up_to_now()
    done = original.manage("audit_verify", "--full", "--workers", "1")

    assert era == 1
    assert done.returncode == 0, done.stdout + done.stderr
