"""
Servers of this folder's own, one a file: they are crashed, restored and tampered with.

They are copies of one cluster that is made and migrated once.
"""

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.contrib.contenttypes.models import ContentType

from audit import roles
from audit.sealing import eras, signers
from audit.standalone import verify
from devtools.console import Failed
from tests import midnight
from tests.faults.cluster import Cluster


@pytest.fixture(autouse=True)
def _not_across_midnight():
    """Several processes live by the real clock here, and some stories speak of today."""
    midnight.let_pass()


def _home():
    home = Path(tempfile.mkdtemp(prefix="hudaojia-faults-"))
    home.chmod(0o711)
    return home


@pytest.fixture(scope="session")
def migrated():
    """A stopped cluster whose database has every table, never sealed."""
    home = _home()
    try:
        cluster = Cluster(home)
    except Failed as failed:
        shutil.rmtree(home, ignore_errors=True)
        if os.environ.get("CI"):
            pytest.fail(str(failed))
        pytest.skip(str(failed))
    try:
        cluster.made()
        done = cluster.manage("migrate", "--no-input", "-v", "0", seconds=600)
        assert done.returncode == 0, done.stderr
        cluster.stop()
        yield cluster
    finally:
        cluster.gone()


@pytest.fixture(scope="module")
def make_cluster(migrated):
    """Make clusters: migrated ones, or empty ones."""
    made = []

    def make(*, empty=False, durable=False):
        cluster = Cluster(_home(), durable=durable)
        made.append(cluster)
        return cluster.made() if empty else cluster.taken_from(migrated)

    yield make
    for cluster in made:
        cluster.gone()


@pytest.fixture(scope="session")
def log_vkey():
    """The public key of the suite's own sealing key, for an era."""
    key = verify.public_bytes(signers.log_key())
    return lambda era: verify.make_vkey(eras.origin(era), key)


@pytest.fixture(scope="session")
def platform_on(django_db_blocker):
    """Be the platform itself, in this process, on another database."""

    @contextmanager
    def on(url):
        with django_db_blocker.unblock(), roles.connected(url):
            # Rows of content types have other ids here than in the suite's own database.
            ContentType.objects.clear_cache()
            try:
                yield
            finally:
                ContentType.objects.clear_cache()

    return on
