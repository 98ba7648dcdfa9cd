"""
``python -m bench.phone``: what the nurse's pages weigh, how soon they are there, and how many taps a visit takes.

Chromium with a phone's screen, its processor slowed four times, on a slow 4G line (562 ms, 1.44 Mbit/s down, 0.7 up).
Servers of its own, which are gone afterwards; front-end files are served as in production.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from devtools import servers
from devtools.console import free_port, is_listening
from devtools.processes import Household, leave_on_sigterm

BUDGETS = {"bytes": 60_000, "cold": 2.5, "warm": 0.8, "shift": 0.05, "blocked": 0.15}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
LINE = {"offline": False, "latency": 562, "downloadThroughput": 1.44e6 / 8, "uploadThroughput": 0.7e6 / 8}
SLOWER = 4
WATCH = """
window.seen = { paint: 0, shift: 0, blocked: 0 };
const each = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take))
  .observe({ type, buffered: true });
each('largest-contentful-paint', (one) => { window.seen.paint = one.startTime; });
each('layout-shift', (one) => { if (!one.hadRecentInput) window.seen.shift += one.value; });
each('longtask', (one) => { window.seen.blocked += Math.max(0, one.duration - 50); });
"""
TAPS = """
window.taps = Number(sessionStorage.taps ?? 0);
addEventListener('click', (event) => {
  if (event.isTrusted) sessionStorage.taps = window.taps += 1;
}, true);
"""
ASKED = ("step", "reading", "prompt", "waste", "note")
TYPICAL = {
    "reading-temp_c": "36.8", "reading-pulse_bpm": "72", "reading-resp_rpm": "18", "reading-sbp_mmhg": "128",
    "reading-dbp_mmhg": "76", "reading-spo2_pct": "97",
}  # fmt: skip


def arguments(given=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.phone", description=__doc__)
    parser.add_argument("--times", type=int, default=5, help="how often each page is opened")
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    return parser.parse_args(given)


def main(given=None) -> int:
    chosen = arguments(given)
    leave_on_sigterm()
    home = Path(tempfile.mkdtemp(prefix="hudaojia-phone-"))
    home.chmod(0o711)
    with Household(home / "logs") as household:
        household.folders.append(home)
        begin(household, home)
        figures = _measure(chosen, household, home)
        from django.db import connection

        connection.close()
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return _told(figures)


def begin(household, home):
    """Start a database and a Redis of one's own, and lay the front-end files out as in production."""
    sockets = servers.start_postgres(household, data=home / "postgres", durable=False, prefer_system=True)
    os.environ["DATABASE_URL"] = f"postgres://app@/app?host={sockets}"
    os.environ["REDIS_URL"] = servers.start_redis(household, prefer_system=True)
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.phonesettings"
    os.environ["STATIC_ROOT"] = str(home / "static")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("collectstatic", verbosity=0, interactive=False)
    call_command("migrate", verbosity=0, interactive=False, skip_checks=True)


def _measure(chosen, household, home) -> dict:
    made = _town()
    with looking(household) as (browser, address):
        pages = {
            name: opened(browser, address, made["session"], path, chosen.times) for name, path in made["pages"].items()
        }
        return {"pages": pages, "tasks": _tasks(browser, address, made)}


@contextmanager
def looking(household):
    """A browser, and the address of a web server of one's own."""
    port = free_port()
    web = [sys.executable, "-m", "uvicorn", "nursing_platform.asgi:application", "--port", port, "--lifespan", "off"]
    household.start("web", [*web, "--no-access-log"])
    household.wait_until(lambda: is_listening(port), name="web")
    from playwright.sync_api import sync_playwright

    found = shutil.which("chromium") or shutil.which("google-chrome") or os.environ.get("CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        try:
            yield browser, f"http://127.0.0.1:{port}"
        finally:
            browser.close()


def _town() -> dict:
    """One nurse with a full day: a visit that may begin, one under way, an offer, and some more."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    from django.test import Client
    from django.utils import timezone

    from accounts.roles import Role
    from orders.lifecycle import OrderStatus
    from tests import world

    nine = timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0)
    visit_at = nine if nine < timezone.now() + timedelta(hours=2) else nine - timedelta(days=1)
    t = world.town(now=visit_at - timedelta(days=1, hours=1))
    vitals = world.order(t, OrderStatus.ACCEPTED, numbers=(14,))
    client = Client()
    client.force_login(t.users[Role.NURSE])
    pages = {
        "today": "/nurse/today/",
        "visit": f"/nurse/visit/{vitals.number}/",
        "week": "/nurse/schedule/",
        "messages": "/nurse/messages/",
        "me": "/nurse/me/",
        "outbox": "/nurse/outbox/",
    }
    return {"town": t, "order": vitals, "session": client.cookies["sessionid"].value, "pages": pages}


def opened(browser, address, session, path, times, *, shape=PHONE, again=True) -> dict:
    """One page, cold each time in a browser of its own, and once more from there."""
    cold, warm, sizes, sheets = [], [], [], []
    for _ in range(times):
        context = entered(browser, address, session, shape)
        page = context.new_page()
        counted, heads = _slowed(page)
        cold.append(_seen(page, address + path))
        sizes.append(dict(counted))
        sheets.append(sum(size - heads.get(url, 0) for url, size in counted.items() if ".css" in url))
        if again:
            page.wait_for_timeout(1500)
            warm.append(_seen(page, address + path))
        context.close()
    return {
        "bytes": max(sum(one.values()) for one in sizes),
        "script": max(sum(size for url, size in one.items() if ".js" in url) for one in sizes),
        "style": max(sum(size for url, size in one.items() if ".css" in url) for one in sizes),
        "sheets": max(sheets),
        "requests": max(len(one) for one in sizes),
        "cold": statistics.median(one["paint"] for one in cold) / 1000,
        "warm": statistics.median(one["paint"] for one in warm) / 1000 if warm else None,
        "shift": max(one["shift"] for one in cold),
        "blocked": statistics.median(one["blocked"] for one in cold) / 1000,
        "elements": cold[-1]["elements"],
    }


def entered(browser, address, session, shape=PHONE):
    """A browser of its own, signed in where a session is given."""
    context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", **shape)
    if session:
        context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
    context.grant_permissions(["geolocation"])
    context.set_geolocation({"latitude": 31.2215, "longitude": 121.5236, "accuracy": 30})
    return context


def _slowed(page) -> tuple[dict[str, int], dict[str, int]]:
    """Slow the page down, and count what comes over the line by address: everything, and what of it is heads."""
    tools = page.context.new_cdp_session(page)
    tools.send("Network.enable")
    tools.send("Network.emulateNetworkConditions", LINE)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    names: dict[str, str] = {}
    sizes: dict[str, int] = {}
    heads: dict[str, int] = {}

    def received(event):
        answer = event["response"]
        names[event["requestId"]] = answer["url"]
        heads[answer["url"]] = int(answer["encodedDataLength"])

    tools.on("Network.responseReceived", received)

    def finished(event):
        if url := names.get(event["requestId"]):
            sizes[url] = max(sizes.get(url, 0), int(event["encodedDataLength"]))

    tools.on("Network.loadingFinished", finished)
    page.add_init_script(WATCH)
    return sizes, heads


def _seen(page, url) -> dict:
    page.goto(url, wait_until="load")
    page.wait_for_timeout(800)
    return page.evaluate("() => ({ ...window.seen, elements: document.querySelectorAll('*').length })")


# --- taps -------------------------------------------------------------------------------------------------------------


def _tasks(browser, address, made) -> dict:
    """A vital-signs visit from the front door to the confirmation; the answer to an offer: as quick hands do them."""
    context = entered(browser, address, made["session"])
    page = context.new_page()
    page.add_init_script(TAPS)
    found = {"visit": _visit(page, address, made["order"])}
    _offer(made["town"])
    found["accept"] = _accept(page, address)
    context.close()
    return found


def _offer(t) -> None:
    """Somebody else's visit tomorrow, offered to her now."""
    from django.utils import timezone

    from accounts.roles import Role
    from orders import services
    from orders.lifecycle import OrderStatus
    from patients import services as patients
    from tests import world
    from tests.world import persons

    patient = persons.patient(by=world.SETUP, now=t.now, name="王桂芳")
    patients.add_proxy(
        patient_id=patient.pk, user=t.users[Role.PROXY], relation="女儿", scopes=["apply", "sign", "manage"],
        expires_on=timezone.localdate() + timedelta(days=300), by=world.SETUP, now=t.now,
    )  # fmt: skip
    row = world.order(t, OrderStatus.AWAITING_DISPATCH, patient=patient)
    tomorrow = timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)
    services.offer(
        order_id=row.pk, nurse_id=t.nurse.pk, planned_start=tomorrow, override="已与家属商定",
        by=t.actor(Role.DISPATCHER), now=timezone.now(),
    )  # fmt: skip


def _accept(page, address) -> dict:
    page.goto(f"{address}/nurse/today/")
    begun, before = time.perf_counter(), page.evaluate("window.taps")
    page.get_by_role("button", name="接单", exact=True).first.click()
    page.wait_for_load_state()
    return {"taps": page.evaluate("window.taps") - before, "seconds": time.perf_counter() - begun, "typed": 0}


def _visit(page, address, order) -> dict:
    page.goto(f"{address}/nurse/visit/{order.number}/")
    page.locator("html[data-outbox=ready]").wait_for(state="attached")
    begun, before, typed = time.perf_counter(), page.evaluate("window.taps"), 0
    page.get_by_role("button", name="出发前往").click()
    for words in ("姓名：", "出生日期："):
        page.locator("label:visible").filter(has_text=words).first.click()
    page.get_by_role("button", name="到达签到", exact=True).click()
    page.locator('[data-stage="record"]').wait_for()
    for part in page.locator('[data-stage="record"] [data-entry]:not(form)').all():
        typed += _fill(part)
    page.get_by_role("button", name="下一步：签字确认").click()
    code = page.locator('[name="code"]')
    code.wait_for()
    code.fill(order.visit_code)
    typed += 1
    page.get_by_role("button", name="确认完成").click()
    page.get_by_text(re.compile("已完成|已记在这台手机上")).first.wait_for()
    return {"taps": page.evaluate("window.taps") - before, "seconds": time.perf_counter() - begun, "typed": typed}


def _fill(part) -> int:
    """Answer one part as asked; fields are typed into, everything else is tapped. Returns how many were typed."""
    if not part.is_visible() or part.get_attribute("data-entry") not in ASKED:
        return 0
    box = part.locator('input[type="checkbox"]')
    radios = part.locator('input[type="radio"]')
    typed = 0
    if box.count():
        part.locator('label:has(input[type="checkbox"])').first.click()
    elif part.get_attribute("data-required") is not None or part.get_attribute("data-entry") in ("waste", "note"):
        for field in part.locator('input[type="text"]:visible, input:not([type]):visible, textarea:visible').all():
            if field.get_attribute("name") in ("waste_bags", "next_note") or field.input_value():
                continue
            field.fill(_typical(field))
            field.blur()
            typed += 1
        for choice in part.locator("select:visible").all():
            choice.select_option(index=1)
            typed += 1
        if radios.count():
            part.locator('label:has(input[type="radio"])').first.click()
    return typed


def _typical(field) -> str:
    name = field.get_attribute("name")
    if name in TYPICAL:
        return TYPICAL[name]
    return field.get_attribute("data-min") or "按计划完成，服务对象无不适。"


def _told(figures) -> int:
    print("\n| page | bytes | of it script | style | LCP cold | LCP warm | CLS | blocked | elements |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    over = []
    for name, one in figures["pages"].items():
        print(
            f"| {name} | {one['bytes'] / 1000:.1f} kB | {one['script'] / 1000:.1f} kB | {one['style'] / 1000:.1f} kB "
            f"| {one['cold']:.2f} s | {one['warm']:.2f} s | {one['shift']:.3f} | {one['blocked'] * 1000:.0f} ms "
            f"| {one['elements']} |"
        )
        over += [f"{name} {key}" for key, most in BUDGETS.items() if one[key] > most * 1.1]
    print("\n| task | taps | fields typed or chosen | seconds |\n| --- | ---: | ---: | ---: |")
    for name, one in figures["tasks"].items():
        print(f"| {name} | {one['taps']} | {one['typed']} | {one['seconds']:.1f} |")
    print("\nover budget:", ", ".join(over) or "nothing")
    return int(bool(over) or figures["tasks"]["accept"]["taps"] > 2 or figures["tasks"]["visit"]["taps"] > 25)


if __name__ == "__main__":
    raise SystemExit(main())
