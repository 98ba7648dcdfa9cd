"""
A browser that shows what the platform answers without a server between: the answer of Django's test client is handed to
it, and front-end files come from where they lie. A whole desk is looked at in the time that one story takes.
"""

from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from playwright.sync_api import Browser, Route

ORIGIN = "http://localhost"
SIZES = ("std", "large", "xlarge")
NARROW = 320
# What can be wrong in one size and right in another: colours, distances, what scrolls, what is hidden.
BY_SIZE = ["color-contrast", "target-size", "scrollable-region-focusable", "aria-hidden-focus", "region"]

# Returns what is wrong with the page as it stands: one sentence for each.
LOOK = """([width, words]) => {
  const wrong = [], root = document.documentElement, all = (what) => [...document.querySelectorAll(what)];
  if (root.lang !== 'zh-CN') wrong.push('its language is ' + root.lang);
  if (!/\\S · 护到家$/.test(document.title)) wrong.push('its title is ' + document.title);
  if (all('main').length !== 1) wrong.push(all('main').length + ' main parts');
  if (all('h1').length !== 1) wrong.push(all('h1').length + ' headings of the first level');
  for (const one of all('h1, h2, h3, legend, button, th, label, summary')) {
    if (!one.textContent.trim() && !one.querySelector('[aria-label], img[alt]') && !one.getAttribute('aria-label')) {
      wrong.push('nothing is said by ' + one.outerHTML.slice(0, 120));
    }
  }
  const ids = all('[id]').map((one) => one.id);
  const twice = ids.filter((id, n) => ids.indexOf(id) !== n);
  if (twice.length) wrong.push('the same id twice: ' + [...new Set(twice)].slice(0, 4));
  for (const one of all('main a[href^="#"]')) {
    if (!ids.includes(decodeURIComponent(one.hash.slice(1)))) wrong.push('leads nowhere: ' + one.hash);
  }
  const said = [document.title];
  for (const one of all('[aria-label], [alt], [title], [placeholder]')) {
    said.push(...['aria-label', 'alt', 'title', 'placeholder'].map((name) => one.getAttribute(name) || ''));
  }
  const silent = 'script, style, template, noscript, code, kbd, pre, [data-latin]';
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) if (!walk.currentNode.parentElement.closest(silent)) said.push(walk.currentNode.data);
  const known = new RegExp('^(' + words + ')$');
  for (const text of said) {
    // A digest or the number of a request is no word, whatever letters stand in it.
    const spoken = text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{8,}/g, '');
    for (const word of spoken.match(/[A-Za-z][A-Za-z0-9_.@-]*[A-Za-z0-9]/g) || []) {
      if (!known.test(word)) wrong.push('「' + word + '」 in 「' + text.trim().slice(0, 60) + '」');
    }
    if (/\\{[{%]|[%}]\\}|[!！]/.test(text)) wrong.push('「' + text.trim().slice(0, 60) + '」');
  }
  return [...new Set(wrong)];
}"""

# Sticks the page out sideways in any size? Names what does.
WIDE = """([width, sizes]) => {
  const root = document.documentElement, was = root.dataset.size, wrong = [];
  for (const size of sizes) {
    root.dataset.size = size;
    if (root.scrollWidth <= width) continue;
    const out = [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > width + 1
      && getComputedStyle(one).position !== 'absolute' && !one.closest('.tablewrap, .tabs'));
    const last = out.filter((one) => !out.some((other) => other !== one && one.contains(other)));
    const who = last.slice(0, 2).map((one) => one.outerHTML.slice(0, 110));
    wrong.push(`${size} sticks out: ${root.scrollWidth} px of ${width} ${who}`);
  }
  root.dataset.size = was;
  return wrong;
}"""

AXE = """async ([size, only]) => {
  const root = document.documentElement, was = root.dataset.size;
  root.dataset.size = size;
  const options = { resultTypes: ['violations'], preload: false, iframes: false };
  if (only) options.runOnly = { type: 'rule', values: only };
  else options.rules = { 'target-size': { enabled: true } };
  const found = await axe.run(document, options);
  root.dataset.size = was;
  return found.violations.map((one) => `${size} ${one.id}: ${one.help} `
    + one.nodes.slice(0, 3).map((node) => node.html.slice(0, 140)).join(' | '));
}"""


class Lens:
    """One browser page, one window; ``shown`` is what the next navigation gets."""

    def __init__(self, browser: Browser, shape: dict):
        self.width = shape["viewport"]["width"]
        self.height = shape["viewport"]["height"]
        self.context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", **shape)
        self.page = self.context.new_page()
        self.context.route("**/*", self._answer)
        self._shown: HttpResponse | None = None

    def show(self, path: str, answer: HttpResponse) -> None:
        self._shown = answer
        self.page.goto(ORIGIN + path, wait_until="load")

    def faults(self, *, words: str, sizes=SIZES, narrow: bool = False) -> list[str]:
        """What is wrong with the page that is shown; in the sizes after the first, what a size can change."""
        self.page.evaluate(AXE_SCRIPT)
        wrong = self.page.evaluate(LOOK, [self.width, words])
        wrong += self.page.evaluate(AXE, [sizes[0], None])
        for size in sizes[1:]:
            wrong += self.page.evaluate(AXE, [size, BY_SIZE])
        wrong += self.page.evaluate(WIDE, [self.width, list(SIZES)])
        if narrow:
            self.page.set_viewport_size({"width": NARROW, "height": self.height})
            wrong += self.page.evaluate(WIDE, [NARROW, list(SIZES)])
            self.page.set_viewport_size({"width": self.width, "height": self.height})
        return wrong

    def close(self) -> None:
        self.context.close()

    def _answer(self, route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN).partition("?")[0]
        if route.request.is_navigation_request() and self._shown is not None:
            headers = {name: value for name, value in self._shown.items() if name.lower() != "set-cookie"}
            route.fulfill(status=200, headers=headers, body=self._shown.content)
        elif path.startswith(settings.STATIC_URL) and (file := finders.find(path.removeprefix(settings.STATIC_URL))):
            route.fulfill(path=file)
        else:
            route.abort()
