// Live regions. <div id data-live="order.4711 queue" data-live-url="/…"> fetches itself again when a topic that begins with
// one of its words is nudged over /ws/desk/. The socket carries no patient data; the server judges each fetch as any other.
const POLL = 30000;
const GATHER = 120; // nudges that come together cause one fetch
const PING = 2000; // an open page asks this often whether nudges still reach it: the answer goes the way of every nudge
const SILENCE = 3000; // an answer that takes longer is a broken connection
const GIVE_UP = 9000; // then the socket is given up: the broker may have forgotten whom it belongs to
const BLINK = 3000; // a shorter break is not worth a word
const LONGEST = 8000; // between two tries to connect
const QUIET = 'nav, [data-live-now], [data-sos]'; // shown at once, and no sign that the page itself is live
// The region as it stands in the page now: an answer to one's own press may have put another in its place.
const present = (region) => (region.isConnected ? region : region.id && document.getElementById(region.id));
const regions = () => [...document.querySelectorAll('[data-live][data-live-url]')];

let socket = null;
let tries = 0;
let downSince = null;
let asked = null; // when the ping was sent that has no answer yet
let freshAt = new Date();
let pointer = null;
let drawings = 0; // how often an answer to one's own press was drawn: what was fetched before it may be older than it
const waiting = new Map(); // region id → newest content that was not shown yet
const pending = new Set();

document.addEventListener('pointermove', (event) => {
  pointer = event.pointerType === 'mouse' ? event.target : null;
}, { passive: true });
document.documentElement.addEventListener('pointerleave', () => { pointer = null; applyWaiting(); });

// --- the pill: how old is what you see ---

function pill() {
  const stale = downSince && Date.now() - downSince >= BLINK;
  const text = stale ? `${clock(freshAt)} 的数据，正在重连` : '实时';
  const inside = regions().some((region) => !region.closest(QUIET)); // a page whose navigation alone is live is not live
  for (const element of document.querySelectorAll('[data-live-pill]')) {
    element.hidden = !(inside || (stale && regions().length));
    element.dataset.state = stale ? 'stale' : 'live';
    if (element.textContent !== text) element.textContent = text;
  }
}

const clock = (date) => `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`;

// --- fetching and swapping ---

// Tokens and receipts differ in every rendering and are no news; neither is what scripts wrote, nor the sentence that
// answered one's own press: the nudge of that very press must not wipe it away.
function gist(html) {
  const holder = document.createElement('template');
  holder.innerHTML = html;
  for (const input of holder.content.querySelectorAll('[name="csrfmiddlewaretoken"], [name="receipt"], .fresh, .note[role="status"]')) input.remove();
  for (const element of holder.content.querySelectorAll('[data-scripted]')) element.remove();
  for (const element of holder.content.querySelectorAll('[data-plain]')) {
    element.textContent = element.dataset.plain;
    for (const name of ['data-plain', 'disabled']) element.removeAttribute(name);
  }
  for (const time of holder.content.querySelectorAll('[data-countdown]')) time.textContent = '';
  for (const fold of holder.content.querySelectorAll('details')) fold.removeAttribute('open'); // the reader's own doing
  for (const element of holder.content.querySelectorAll('*')) {
    for (const name of ['data-htmx-powered', 'data-sending', 'aria-busy', 'data-cur']) element.removeAttribute(name);
    if (element.classList.contains('hot')) element.classList.remove('hot');
    if (element.getAttribute('class') === '') element.removeAttribute('class');
  }
  return holder.innerHTML.replace(/\s+/g, ' ').trim();
}

async function refresh(region) {
  if (region.dataset.loading) { region.dataset.again = '1'; return; }
  region.dataset.loading = '1';
  const slow = setTimeout(() => { region.setAttribute('aria-busy', 'true'); }, 400);
  const before = drawings;
  try {
    const answer = await fetch(region.dataset.liveUrl, {
      credentials: 'same-origin', headers: { 'HX-Request': 'true', 'X-Live': '1' }, cache: 'no-store',
    });
    if (answer.redirected && new URL(answer.url).pathname.startsWith('/login')) { location.reload(); return; }
    if (answer.status === 404 || answer.status === 403) { show(region, ''); return; } // it left this desk
    if (!answer.ok) return;
    const html = await answer.text();
    if (drawings !== before) { region.dataset.again = '1'; return; }
    freshAt = new Date();
    if (gist(inside(region, html)) === gist(region.innerHTML)) { forget(region); return; }
    if (busy(region)) offer(region, html);
    else show(region, html);
  } catch { /* no network: the pill says so and the next poll tries again */ } finally {
    clearTimeout(slow);
    region.removeAttribute('aria-busy');
    delete region.dataset.loading;
    if (region.dataset.again) {
      delete region.dataset.again;
      const there = present(region);
      if (there) refresh(there);
    }
    pill();
  }
}

// The answer may be the region's content or the region itself.
function inside(region, html) {
  const holder = document.createElement('template');
  holder.innerHTML = html;
  const same = region.id && holder.content.querySelector(`#${CSS.escape(region.id)}`);
  return same ? same.innerHTML : html;
}

// Never move a row under the cursor, nor take a field away from somebody who types in it. A number in the navigation moves
// nothing.
function busy(region) {
  if (region.closest(QUIET)) return false;
  const focused = document.activeElement;
  const working = focused && focused !== region && region.contains(focused) && !focused.matches('[data-sent]');
  const typed = region.querySelector('form[data-unsaved], form[data-tickall], form[data-keep]')
    && [...region.querySelectorAll('textarea, select, input:not([type="hidden"])')].some(changed);
  return working || typed || region.querySelector('details[open] form') || (pointer && pointer.isConnected && region.contains(pointer));
}

function changed(field) {
  if (field.matches('select')) return field.selectedIndex !== Math.max(0, [...field.options].findIndex((one) => one.defaultSelected));
  return field.type === 'checkbox' || field.type === 'radio' ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
}

function offer(region, html) {
  waiting.set(region.id, html);
  if (region.querySelector(':scope > .fresh')) return;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'btn btn--small fresh';
  button.textContent = '有更新，点此刷新';
  button.addEventListener('click', () => {
    show(region, waiting.get(region.id));
    region.tabIndex = -1;
    region.focus({ preventScroll: true });
  });
  region.prepend(button);
  say('有更新，可以刷新查看');
}

function forget(region) {
  waiting.delete(region.id);
  region.querySelector(':scope > .fresh')?.remove();
}

function show(region, html) {
  forget(region);
  const scroll = region.scrollTop;
  region.innerHTML = inside(region, html);
  region.scrollTop = scroll;
  window.htmx?.process(region);
  region.dispatchEvent(new CustomEvent('live:swapped', { bubbles: true }));
}

// The answer to one's own press was drawn. What a region was offered before, its button gone with the old drawing, may be
// older: it is asked for anew.
function drawn() {
  drawings += 1;
  for (const region of regions()) {
    if (!waiting.has(region.id) || region.querySelector(':scope > .fresh')) continue;
    waiting.delete(region.id);
    refresh(region);
  }
}

function applyWaiting() {
  for (const region of regions()) {
    const html = waiting.get(region.id);
    if (html !== undefined && !busy(region)) show(region, html);
  }
}

document.addEventListener('focusout', () => setTimeout(applyWaiting, 50));
document.addEventListener('pointerover', (event) => {
  if (waiting.size && event.pointerType === 'mouse') { pointer = event.target; applyWaiting(); }
});

function say(text) {
  const status = document.querySelector('[data-status]');
  if (status) status.textContent = text;
}

// --- the socket ---

function nudged(topic) {
  for (const region of regions()) {
    const mine = region.dataset.live.split(/\s+/).some((word) => word === '*' || topic === word || topic.startsWith(`${word}.`));
    if (mine) pending.add(region);
  }
  nudged.timer ??= setTimeout(() => { // not begun anew by each: a busy district would never come to its fetch
    nudged.timer = null;
    const due = new Set([...pending].map(present));
    pending.clear();
    for (const region of due) if (region) refresh(region);
  }, GATHER);
}

function connect() {
  if (socket || !regions().length) return;
  const mine = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws/desk/`);
  socket = mine;
  mine.addEventListener('open', () => {
    if (mine !== socket) return;
    document.documentElement.dataset.socket = 'open';
    tries = 0;
    up();
  });
  mine.addEventListener('message', (event) => {
    let topic;
    try { ({ topic } = JSON.parse(event.data)); } catch { return; }
    if (mine !== socket || !topic) return;
    if (topic === 'pong') { asked = null; up(); } else nudged(String(topic));
  });
  mine.addEventListener('close', () => { if (mine === socket) lost(); });
  // A handshake that nobody answers would hold the page for as long as the browser has patience: minutes.
  setTimeout(() => { if (mine === socket && mine.readyState === WebSocket.CONNECTING) { lost(); mine.close(); } }, GIVE_UP);
}

// Nudges arrive. What was missed meanwhile is fetched.
function up() {
  const missed = downSince;
  downSince = null;
  if (missed) regions().forEach(refresh);
  else freshAt = new Date();
  pill();
}

function lost() {
  document.documentElement.dataset.socket = 'closed';
  socket = null;
  asked = null;
  downSince ??= Date.now();
  tries += 1;
  setTimeout(connect, Math.min(LONGEST, 500 * 2 ** Math.min(tries, 6)) * (0.75 + Math.random() / 2));
  setTimeout(pill, BLINK);
  pill();
}

// The socket alone proves nothing: it stays open while what feeds it is away. A hidden page asks nothing, for its timers
// are held back.
function ask() {
  if (document.hidden || socket?.readyState !== WebSocket.OPEN) return;
  if (asked && Date.now() - asked > GIVE_UP) {
    const old = socket;
    lost();
    old.close();
  }
  if (asked || !socket) return;
  asked = Date.now();
  socket.send('{"ping":1}');
  setTimeout((when) => { if (asked === when) { downSince ??= when; pill(); } }, SILENCE, asked);
}
setInterval(ask, PING);

setInterval(() => {
  if (downSince && !document.hidden) regions().forEach(refresh);
  pill();
}, POLL);
document.addEventListener('visibilitychange', () => {
  if (document.hidden) return;
  if (downSince) { regions().forEach(refresh); connect(); }
  ask();
});
document.addEventListener('htmx:after:swap', drawn);
for (const grown of ['htmx:after:swap', 'live:added']) document.addEventListener(grown, () => { connect(); pill(); });
connect();
pill();
