"""
A PostgreSQL server of this folder's own: accounts belong to a whole server, and the suite's must stay what they are.

``hardened`` is a database that an older set-up made, whose one account owned everything, and that was then hardened.
"""

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.test import override_settings

from audit import roles
from devtools import servers
from devtools.console import Failed
from devtools.processes import Household
from tests import world

ROLES = ("app", "migrator", "sealer", "auditor")


class Server:
    """Addresses and connections of one server on sockets that only this run can reach."""

    def __init__(self, sockets, blocker):
        self.sockets = sockets
        self.blocker = blocker

    def url(self, role, database="app"):
        return f"postgres://{role}@/{database}?host={self.sockets}"

    @contextmanager
    def session(self, role, database="app"):
        """A bare connection, whose transaction is rolled back whatever happens in it."""
        connection = psycopg2.connect(host=str(self.sockets), user=role, dbname=database)
        try:
            yield connection
        finally:
            connection.rollback()
            connection.close()

    @contextmanager
    def django(self, role, database="app"):
        """The platform itself on this database, as this account."""
        with self.blocker.unblock(), roles.connected(self.url(role, database)):
            # Rows of content types have other ids here than in the suite's own database.
            ContentType.objects.clear_cache()
            try:
                yield
            finally:
                ContentType.objects.clear_cache()

    def manage(self, *command, role="app", database="app", **options):
        with (
            override_settings(
                ADMIN_DATABASE_URL=self.url("postgres", database),
                MIGRATION_DATABASE_URL=self.url("migrator" if role == "migrator" else "app", database),
            ),
            self.django(role, database),
            open(os.devnull, "w") as nowhere,
        ):
            call_command(*command, **{"stdout": nowhere, **options})

    def administer(self, command, database="postgres"):
        """Run what allows no transaction."""
        connection = psycopg2.connect(host=str(self.sockets), user="postgres", dbname=database)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(command)
        finally:
            connection.close()


@pytest.fixture(scope="session")
def server(django_db_blocker):
    home = Path(tempfile.mkdtemp(prefix="hudaojia-hardening-"))
    home.chmod(0o711)
    household = Household(home / "logs")
    household.logs.mkdir()
    household.folders.append(home)
    try:
        sockets = servers.start_postgres(household, data=home / "postgres", durable=False, prefer_system=True)
        yield Server(sockets, django_db_blocker)
    except Failed as failed:
        if os.environ.get("CI"):
            pytest.fail(str(failed))
        pytest.skip(str(failed))
    finally:
        for child in reversed(household.children):
            child.stop()
        for folder in household.folders:
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def upgraded(server):
    """The server, its database made and filled by the one account of an older set-up, then hardened."""
    server.manage("migrate", verbosity=0, interactive=False)
    with server.django("app"):
        town = world.town()
        world.order(town)
    server.administer("CREATE DATABASE neighbour OWNER app")
    server.manage("audit_harden", is_open=True)
    server.manage("migrate", role="migrator", verbosity=0, interactive=False)
    server.manage("audit_harden")
    server.town = town
    return server


@pytest.fixture(scope="session")
def hardened(upgraded):
    """The same with one row in each table of the seals, written by the account that writes them."""
    with upgraded.session("sealer") as session, session.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO audit.era (era, origin, verifier, system_id, boundary_id) VALUES (1, 'a/1', 'v', 's', 0);
            INSERT INTO audit.head (n, era, tree_size, first_leaf, snapshot, snap_max, snap_open, max_id, root, note)
            VALUES (1, 1, 0, 0, '1:1:', 1, '{}', 0, '\\x00', 'note');
            INSERT INTO audit.tile (era, level, start, hashes) VALUES (1, 0, 0, decode(repeat('00', 32), 'hex'));
            """
        )
        session.commit()
    return upgraded
