"""Acts from the command line: who sat at which machine, and one number for everything that one command does."""

import getpass
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import structlog


@contextmanager
def at_the_console() -> Iterator[str]:
    """Say on every event of this command whose hands were on the keyboard. Yields the command's request id."""
    number = str(uuid.uuid4())
    with structlog.contextvars.bound_contextvars(request_id=number, operator=_operator(), origin=socket.gethostname()):
        yield number


def _operator() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no entry
        return "unknown"
