"""A nurse's phone as the platform meets it: entries with receipts, one at a time."""

import json
import uuid
from datetime import datetime, timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone


class Phone:
    """One installation of the app. ``offline_for`` is how long an entry lay on the phone before it was sent."""

    def __init__(self, user):
        self.client = Client()
        self.client.force_login(user)
        self.device = uuid.uuid4()
        self.address = reverse("nurse:sync")

    def hello(self) -> dict:
        return self.client.get(self.address).json()

    def hand_in(self, order, kind, key="", fields=None, **how) -> dict:
        """The answer to one entry; see :meth:`post` for ``how``."""
        answer = self.post(order, kind, key, fields, **how)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def post(
        self, order, kind, key="", fields=None, *, receipt=None, basis=None, offline_for=timedelta(), skew=timedelta(),
        show=True, owner=None, files=None, wrong=None,
    ):  # fmt: skip
        """``skew``: by how much the phone's clock is wrong. ``wrong`` replaces parts of what an honest phone says."""
        clock: datetime = timezone.now() + skew
        pairs = [[name, one] for name, value in (fields or {}).items() for one in _several(value)]
        entry = {
            "owner": owner or self.hello()["owner"],
            "device": str(self.device),
            "order": getattr(order, "number", order),
            "kind": kind,
            "key": str(key),
            "basis": str(basis) if basis else None,
            "receipt": str(receipt or uuid.uuid4()),
            "at": (clock - offline_for).isoformat(),
            "sent": clock.isoformat(),
            "show": show,
            "fields": pairs,
            **(wrong or {}),
        }
        return self.client.post(self.address, {"entry": json.dumps(entry), **(files or {})})


def _several(value):
    return value if isinstance(value, list) else [value]
