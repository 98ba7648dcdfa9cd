"""The sealer's process: ``manage.py audit_sealer``. A second one waits and takes over when the first dies."""

import logging
import signal
import subprocess
import threading
import time

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.utils import timezone

from audit.sealing import eras, publishing
from audit.sealing.sealer import HEARTBEAT, CannotSeal, Sealer

log = logging.getLogger(__name__)
STANDBY = 0.2  # seconds


class Command(BaseCommand):
    help = "Seals the trace every second and sends the heads away, until it is told to stop."

    def add_arguments(self, parser):
        parser.add_argument("--every", type=float, default=1.0, help="seconds between two looks (default: 1)")
        parser.add_argument("--once", action="store_true", help="seal and publish once, then end")

    def handle(self, *, every, once, **options):
        self.stop = threading.Event()
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: self.stop.set())
        if once:
            if not (sealer := Sealer()).lead():
                self.stderr.write("another sealer is leading")
                return
            sealer.seal(heartbeat=True)
            publishing.publish()
            return
        postman = threading.Thread(target=self._publish, args=(every,), daemon=True)
        postman.start()
        self._seal(every)
        postman.join(publishing.WITNESS_SECONDS + 1)

    def _seal(self, every):
        sealer, leading, beat = Sealer(), False, time.monotonic()
        while not self.stop.is_set():
            begun = time.monotonic()
            try:
                if not leading:
                    leading = sealer.lead()
                    if leading:
                        log.info("this sealer leads")
                        self.stdout.write("leading", ending="\n")
                        self.stdout.flush()
                if leading:
                    # What two people have agreed on; whatever made the sealer stop is then behind it.
                    if eras.open_agreed(now=timezone.now()):
                        sealer = Sealer()
                    due = begun - beat >= HEARTBEAT.total_seconds() - every
                    if self._sealed(sealer, heartbeat=due):
                        beat = time.monotonic()
            except (DatabaseError, InterfaceError) as broken:
                # The lock died with the connection; whoever is first again leads.
                log.warning("the sealer lost its database", extra={"cause": type(broken).__name__})
                connection.close()
                sealer, leading, self._said = Sealer(), False, None
            # Whoever waits to lead looks more often: when the leader dies, events wait for no more than a moment.
            pause = every if leading else min(every, STANDBY)
            self.stop.wait(max(0.0, pause - (time.monotonic() - begun)))
        connection.close()

    def _sealed(self, sealer, *, heartbeat):
        try:
            sealed = sealer.seal(heartbeat=heartbeat)
        except (CannotSeal, ImproperlyConfigured, OSError, subprocess.SubprocessError) as no:
            self._say(str(no))
            return None
        except DatabaseError as refused:
            if isinstance(refused, OperationalError):
                raise
            # The database lives and will not have it: a missing right, a head or a tile that already stands there.
            self._say(f"数据库拒绝了封存：{refused}")
            return None
        self._say("")
        return sealed

    _said: str | None = None

    def _say(self, error):
        if error != self._said:
            publishing.say(publishing.OWN, error)
            if error:
                log.error("the sealer does not seal", extra={"cause": error})
        self._said = error

    def _publish(self, every):
        while not self.stop.wait(every):
            try:
                publishing.publish()
            except (DatabaseError, InterfaceError) as broken:
                log.warning("publishing lost its database", extra={"cause": type(broken).__name__})
                connection.close()
        connection.close()
