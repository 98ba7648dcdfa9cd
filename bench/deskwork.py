"""
Dispatchers at their desks: each logs in, looks at the board, sends visits out and takes them back, all over HTTP.

Several work for one centre and reach for the same orders and nurses: refusals are part of the work. What must never be
is found afterwards by :func:`breaches`, in SQL.
"""

import http.client
import random
import re
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlencode, urlsplit

from bench.crowd import PASSWORD

FORM = re.compile(r'<form[^>]*data-step="(offer|recall)".*?</form>', re.DOTALL)
FIELD = re.compile(r'<input[^>]*?name="(\w+)"[^>]*?value="([^"]*)"')
ORDER = re.compile(r'href="(/dispatch/orders/[A-Z0-9]+/)"')
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
HTMX = {"HX-Request": "true"}
REFUSED = {409, 422}


@dataclass
class Work:
    """What all of them have done: seconds by deed, refusals, answers that should not be, and what was acknowledged."""

    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    done: Counter = field(default_factory=Counter)
    refused: Counter = field(default_factory=Counter)
    unanswered: Counter = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def p(self, deed: str, share: float) -> float:
        """Return the seconds within which this share of the deed was answered."""
        times = sorted(self.took[deed])
        return times[min(len(times) - 1, int(share * len(times)))] if times else float("nan")


class Desk(threading.Thread):
    """One dispatcher with a browser's cookies, and a connection kept alive for a turn."""

    def __init__(self, address: str, username: str, work: Work, *, seconds: float, pause: float):
        super().__init__(daemon=True)
        self.address, self.username, self.work = urlsplit(address), username, work
        self.seconds, self.pause = seconds, pause
        self.random = random.Random(username)
        self.cookies: dict[str, str] = {}
        self.door = http.client.HTTPConnection(self.address.netloc, timeout=60)

    def run(self):
        try:
            # A desk's day does not begin in the same second as everybody's.
            time.sleep(self.random.uniform(0, self.pause))
            self._log_in()
            until = time.monotonic() + self.seconds
            while time.monotonic() < until:
                self._turn()
                # The server hangs up on a connection that idles; a browser opens the next one by itself, and so do we.
                self.door.close()
                time.sleep(self.random.uniform(0.5, 1.5) * self.pause)
        except Exception as broken:  # a thread's own end would be silent
            self.work.wrong.append(f"{self.username}: {type(broken).__name__} {broken}")
        finally:
            self.door.close()

    def _turn(self):
        group = self.random.choice(["to_dispatch", "to_dispatch", "offered"])
        _, page = self._ask("board", "GET", "/dispatch/queue/")
        there = ORDER.findall(self._section(page, group))
        if not there:
            return
        _, page = self._ask("order", "GET", self.random.choice(there))
        forms = [(form.group(1), form.group(0)) for form in FORM.finditer(page)]
        free = [one for one in forms if 'name="override"' not in one[1]]
        if not free:
            return
        name, form = self.random.choice(free[:5])
        fields = {key: unescape(value) for key, value in FIELD.findall(form)}
        if name == "recall":
            fields["reason"] = "家属来电，需要另外安排护士"
        where = re.search(r'action="([^"]+)"', form).group(1)
        self.work.unanswered[name] += 1
        status, _ = self._ask(name, "POST", where, fields, headers=HTMX)
        self.work.unanswered[name] -= 1
        (self.work.refused if status in REFUSED else self.work.done)[name] += 1

    @staticmethod
    def _section(page, group):
        begin = page.find(f'id="group-{group}"')
        end = page.find('id="group-', begin + 1)
        return page[begin : end if end > 0 else None] if begin >= 0 else ""

    def _log_in(self):
        _, page = self._ask("login page", "GET", "/login/")
        token = TOKEN.search(page).group(1)
        given = {"csrfmiddlewaretoken": token, "username": self.username, "password": PASSWORD}
        status, _ = self._ask("login", "POST", "/login/", given)
        if status != 302:
            raise AssertionError(f"log-in answered {status}")

    def _ask(self, deed, method, path, fields=None, headers=None):
        said = {"Cookie": "; ".join(f"{key}={value}" for key, value in self.cookies.items()), **(headers or {})}
        body = None
        if fields is not None:
            body = urlencode(fields)
            said |= {"Content-Type": "application/x-www-form-urlencoded"}
            said |= {"Origin": f"http://{self.address.netloc}", "Referer": f"http://{self.address.netloc}{path}"}
        begun = time.perf_counter()
        self.door.request(method, path, body, said)
        answer = self.door.getresponse()
        text = answer.read().decode("utf-8", "replace")
        self.work.took[deed].append(time.perf_counter() - begun)
        for line in answer.headers.get_all("Set-Cookie") or ():
            key, _, value = line.partition(";")[0].partition("=")
            self.cookies[key] = value
        if answer.status >= 400 and answer.status not in REFUSED:
            self.work.wrong.append(f"{self.username}: {answer.status} {method} {path}")
        return answer.status, text


def play(address: str, usernames: Iterable[str], *, seconds: float, pause: float) -> Work:
    """Let all of them work for so long, with about ``pause`` seconds between one turn and the next."""
    work = Work()
    desks = [Desk(address, name, work, seconds=seconds, pause=pause) for name in usernames]
    for desk in desks:
        desk.start()
    for desk in desks:
        desk.join(seconds + 120)
    work.wrong += [f"{desk.username}: never came back" for desk in desks if desk.is_alive()]
    return work


BREACHES = {
    "nurses at two doors at once": """
        SELECT count(*) FROM orders_order a JOIN orders_order b ON a.nurse_id = b.nurse_id AND a.id < b.id
        WHERE a.status = ANY(%(seated)s) AND b.status = ANY(%(seated)s)
          AND a.planned_start < b.planned_end AND b.planned_start < a.planned_end""",
    "orders whose state is not where their last step led": """
        SELECT count(*) FROM orders_order o
        LEFT JOIN LATERAL (
            SELECT to_status FROM orders_orderstep s WHERE s.order_id = o.id ORDER BY s.id DESC LIMIT 1
        ) l ON true
        WHERE o.status IS DISTINCT FROM l.to_status""",
    "seated orders without nurse, or unseated ones with one": """
        SELECT count(*) FROM orders_order
        WHERE (status = ANY(%(seated)s)) <> (nurse_id IS NOT NULL)
          AND status = ANY(%(seated)s || '{awaiting_dispatch}')""",
    "steps without a trace": """
        SELECT count(*) FROM (
            SELECT order_id::text, 'orders.' || (CASE name WHEN 'offer' THEN 'offered' ELSE 'recalled' END) AS action,
                   count(*) AS n
            FROM orders_orderstep WHERE name IN ('offer', 'recall') GROUP BY 1, 2) s
        LEFT JOIN (SELECT object_id, action, count(*) AS n FROM audit.event
                   WHERE kind = 'act' AND object_type = 'orders.order' GROUP BY 1, 2) e
          ON e.object_id = s.order_id AND e.action = s.action
        WHERE e.n IS DISTINCT FROM s.n""",
}  # fmt: skip


def breaches(orders: list[int], work: Work) -> dict[str, int]:
    """Count in SQL what must never be; and what was acknowledged and is not there, or is there and was not."""
    from django.db import connection

    from orders.lifecycle import SEATED
    from orders.models import Order, OrderStep

    found = {}
    with connection.cursor() as cursor:
        for what, question in BREACHES.items():
            cursor.execute(question, {"seated": sorted(SEATED)})
            found[what] = cursor.fetchone()[0]
    found["orders lost"] = len(orders) - Order.objects.filter(pk__in=orders).count()
    for name in ("offer", "recall"):
        stored = OrderStep.objects.filter(order__in=orders, name=name).count()
        # A desk that hung up before the answer cannot know; every other one was told the truth.
        told = work.done[name]
        found[f"{name}s acknowledged and not stored, or the other way round"] = max(
            told - stored, stored - told - work.unanswered[name], 0
        )
    return found
