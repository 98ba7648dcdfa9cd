"""
Somebody in front of a browser of their own: walks pages, is heard of by others, and complains of anything broken.

A page is looked at once by :meth:`Person.look`: a picture is kept, axe reads it, nothing may stick out sideways.
"""

import re
import time
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.db.models import Max
from playwright.sync_api import Browser, Locator, Page, Response, expect
from playwright.sync_api import Error as PlaywrightError

from audit.models import Event

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
TABLET = {"viewport": {"width": 1024, "height": 768}, "has_touch": True}
DESK = {"viewport": {"width": 1440, "height": 900}}
PASSWORD = "Hu-Dao-Jia-2026"
POLL = 30.0  # what a page without a socket would take
AGAIN = 40  # seconds in which a page that lost its socket has one again, though it waits up to ten between two tries
PATIENCE = 15  # seconds in which a page must come to say something; on a busy machine five are not enough

expect.set_options(timeout=PATIENCE * 1000)

# Kept on the page itself: a reload would lose it, and with it the claim that nothing was reloaded.
WATCH = """words => {
  window.heardAt = null;
  const look = () => { if (!window.heardAt && document.body.innerText.includes(words)) window.heardAt = Date.now(); };
  look();
  if (window.heardAt) throw new Error('it already says ' + words);
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""
FITTED = "canvas => canvas.width === Math.round(canvas.offsetWidth * Math.max(devicePixelRatio || 1, 1))"
TIDY = "() => document.querySelectorAll('[style=\"\"]').forEach(element => element.removeAttribute('style'))"
GIVEN_UP = "closed before the connection is established"  # a handshake took too long, and the page asks again
SIZES = "() => [document.documentElement.scrollWidth, window.innerWidth, document.documentElement.scrollHeight]"


class Album:
    """The pictures of one story, numbered in its order."""

    def __init__(self, name: str):
        self.folder = Path(settings.BASE_DIR) / "var" / "screenshots" / name
        self.folder.mkdir(parents=True, exist_ok=True)
        for old in self.folder.glob("*.png"):
            old.unlink()
        self._numbers = count(1)

    def path(self, name: str) -> Path:
        return self.folder / f"{next(self._numbers):02}-{name}.png"


class Person:
    def __init__(self, browser: Browser, album: Album, base_url: str, shape: dict, username: str, **more):
        self.username, self.album = username, album
        self.wrong: list[str] = []
        self.asked: list[str] = []  # every address that this browser asked for
        self.sockets: list[str] = []  # what became of the page's sockets, for the story that waits for one in vain
        self._judged = False
        options = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "base_url": base_url, **shape, **more}
        self.context = browser.new_context(**options)
        self.context.set_default_timeout(PATIENCE * 1000)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.wrong.append(f"{self._here}: {error}"))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("requestfailed", self._failed)
        self.page.on("websocket", self._connected)
        self.page.on("response", self._answered)

    # --- what she does ------------------------------------------------------------------------------------------------

    def sign_in(self, *, look: str = "") -> None:
        self.open("/login/")
        if look:
            self.look(look)
        self.fill("username", self.username)
        self.fill("password", PASSWORD)
        self.press("登录")
        expect(self.page).not_to_have_url(re.compile("/login/"))

    def open(self, address: str, *, kept: bool = True) -> None:
        """Without ``kept`` the server's page and no other, though it took longer than a phone waits for it."""
        if not kept:
            self.page.evaluate("() => caches.delete('nurse-pages')")
        self.page.goto(address)

    def _ready(self) -> None:
        """The page's scripts are there; what a hand does before, as no hand can, none of them would hear."""
        self.page.wait_for_load_state("domcontentloaded")

    def fill(self, name: str, words: str, within: str = "") -> None:
        self._ready()
        self.page.locator(f'{within} [name="{name}"]').fill(words)

    def choose(self, name: str, option: str, within: str = "") -> None:
        self._ready()
        self.page.locator(f'{within} [name="{name}"]').select_option(label=option)

    def tick(self, words: str | re.Pattern) -> None:
        """Choose one of several: the words beside the button are what a finger hits."""
        self._ready()
        self.page.locator("label").filter(has_text=words).filter(has=self.page.locator("input")).first.click()

    def tick_value(self, name: str, value) -> None:
        self._ready()
        self.page.locator("label").filter(has=self.page.locator(f'[name="{name}"][value="{value}"]')).click()

    def press(self, words: str | re.Pattern) -> None:
        self._ready()
        self.page.get_by_role("button", name=words, exact=True).click()

    def follow(self, words: str | re.Pattern) -> None:
        self._ready()
        self.page.get_by_role("link", name=words).first.click()

    def draw(self, name: str = "consent") -> None:
        """A name on the glass, in two strokes."""
        canvas = self.pad()
        box = canvas.bounding_box()
        assert box
        mouse = self.page.mouse
        for stroke in ([(0.2, 0.3), (0.5, 0.7), (0.4, 0.4)], [(0.6, 0.2), (0.65, 0.8), (0.8, 0.5)]):
            points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
            mouse.move(*points[0])
            mouse.down()
            for point in points[1:]:
                mouse.move(*point, steps=4)
            mouse.up()
        expect(self.page.locator(f'[name="{name}_strokes"]')).not_to_have_value("")

    def pad(self) -> Locator:
        """The glass to sign on. Until its script is there no stroke is heard, and no empty name is refused."""
        canvas = self.page.locator("[data-signature] canvas")
        canvas.scroll_into_view_if_needed()
        end = time.monotonic() + PATIENCE
        while not canvas.evaluate(FITTED):
            assert time.monotonic() < end, "the pad was never ready"
            self.page.wait_for_timeout(50)
        return canvas

    # --- what she sees ------------------------------------------------------------------------------------------------

    def at(self, address: str) -> None:
        expect(self.page).to_have_url(re.compile(address))

    def comes_to(self, stage: str) -> None:
        """The stage of a nurse's visit that her page shows."""
        expect(self.page.locator(f'[data-stage="{stage}"]')).to_be_visible()

    def sees(self, words: str | re.Pattern) -> None:
        expect(self.page.locator("body")).to_contain_text(words)

    def online(self) -> None:
        """A nurse's page has been told by the server who she is; what is missing is the server's to say from now on."""
        expect(self.page.locator("html")).to_have_attribute("data-reach", "online")

    def listens(self) -> None:
        """The page's socket is open, and no mouse holds the page back."""
        try:
            expect(self.page.locator("html")).to_have_attribute("data-socket", "open", timeout=AGAIN * 1000)
        except AssertionError as vain:
            raise AssertionError(f"{self._here} has no socket: {self.sockets[-20:]}, {self.wrong}") from vain
        self.page.mouse.move(0, 0)

    @contextmanager
    def hears(self, words: str):
        """The act inside reaches this open page, without a reload, before any fallback could ask for it."""
        self.listens()
        self.page.evaluate(WATCH, words)
        known = Event.objects.aggregate(newest=Max("id"))["newest"]
        yield
        expect(self.page.locator("body")).to_contain_text(words, timeout=POLL / 2 * 1000)
        heard = self.page.evaluate("() => window.heardAt")
        assert heard, f"{self.username} has reloaded the page"
        act = Event.objects.filter(kind=Event.Kind.ACT, id__gt=known).earliest("id")
        took = heard / 1000 - act.happened_at.timestamp()
        print(f"{self.username} heard 「{words}」 {took:.2f} s after {act.action}")
        assert took < POLL / 2, f"{self.username}: 「{words}」 came as late as a fallback would"

    def look(self, name: str) -> None:
        """Keep a picture, and judge the page as it stands."""
        self.page.wait_for_load_state("load")
        self.page.evaluate("() => window.scrollTo(0, 0)")  # else what sticks to the edge stands amid the picture
        if self.page.locator("[data-live-url]").count():
            self.listens()
        picture = self.album.path(f"{self.username}-{name}")
        self._judged = True  # the camera and axe write styles into the page, which its policy rightly forbids
        wide, window, tall = self.page.evaluate(SIZES)
        if wide > window:
            self.wrong.append(f"{picture.name} sticks out: {wide} px in a window of {window}")
        shape = self.page.viewport_size
        if tall > shape["height"]:  # as one tall screen: bars that stick to its edges stay at the edges
            self.page.set_viewport_size({"width": shape["width"], "height": tall})
        self.photograph(picture)
        self.page.set_viewport_size(shape)
        answer = Axe().run(self.page).response
        self.page.evaluate(TIDY)  # whatever they made the console say has been said by now
        self._judged = False
        for fault in answer["violations"]:
            nodes = [f"{node['target']} {node['html'][:160]}" for node in fault["nodes"][:4]]
            self.wrong.append(f"{picture.name} {fault['id']}: {fault['help']} {nodes}")

    def photograph(self, picture: Path, **how) -> None:
        """A busy machine's Chromium now and then cannot take a tall picture at the first try; the page is the same."""
        for left in (2, 1, 0):
            try:
                self.page.screenshot(path=picture, animations="disabled", **how)
                return
            except PlaywrightError as busy:
                if "Unable to capture screenshot" not in str(busy) or not left:
                    raise

    def faults(self, asked: int = 422) -> list[str]:
        """What went wrong, apart from the refusals that the story asks for: they are answered so on purpose."""
        return [fault for fault in self.wrong if f" {asked} " not in fault and f"status of {asked}" not in fault]

    @property
    def _here(self) -> str:
        return f"{self.username} at {self.page.url}"

    def _console(self, message) -> None:
        if GIVEN_UP in message.text or (self._judged and "inline style" in message.text):
            return
        if message.type in ("error", "warning"):
            self.wrong.append(f"{self._here} console {message.type}: {message.text}")

    def _connected(self, socket) -> None:
        def note(what):
            self.sockets.append(f"{time.monotonic():.1f} {what}")

        note("asked for")
        socket.on("framereceived", lambda _: note("heard") if not self.sockets[-1].endswith("heard") else None)
        socket.on("socketerror", lambda error: note(f"failed: {error}"))
        socket.on("close", lambda _: note("closed"))

    def _failed(self, request) -> None:
        # A page that is left calls off what it was still asking for; everything else must succeed.
        if request.failure != "net::ERR_ABORTED":
            self.wrong.append(f"{self._here}: {request.method} {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.wrong.append(f"{self._here}: {response.status} {response.request.method} {response.url}")
