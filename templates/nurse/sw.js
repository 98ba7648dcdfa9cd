// The nurse's phone without network: the shell, and her own visits of today and tomorrow, for 48 hours. Version {{ version }}.
const SHELL = 'nurse-shell-{{ version }}';
const PAGES = 'nurse-pages';
const FILES = {{ files|safe }};
const OFFLINE = '{{ offline }}';
const LONGEST = 48 * 3600 * 1000;
const PATIENCE = 4000;
const AT = 'X-Kept-At';

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll([...FILES, OFFLINE])).then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith('nurse-shell-') && name !== SHELL) await caches.delete(name);
    await tidy();
    await self.clients.claim();
  })());
});

self.addEventListener('message', (event) => {
  if (event.data?.keep) event.waitUntil(keep(event.data.keep));
  if (event.data?.renew) event.waitUntil(renew(event.data.renew, era));
  if (event.data?.forget) event.waitUntil(forget().then(() => event.ports[0].postMessage('forgotten')));
});

// Who signs out takes along also what is on its way just now.
let era = 0;
async function forget() {
  era += 1;
  await caches.delete(PAGES);
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  if (FILES.includes(url.pathname)) event.respondWith(caches.match(request, { cacheName: SHELL, ignoreSearch: true }).then((kept) => kept ?? fetch(request)));
  else if (request.mode === 'navigate') event.respondWith(page(request));
});

// The network first; what it gave last where it does not answer in time.
async function page(request) {
  const { pathname: path, search } = new URL(request.url);
  const asked = era;
  const answer = fetch(request);
  // What was asked for with the address, a code that the camera read say, stands in no kept page.
  const late = new Promise((resolve) => { setTimeout(resolve, search ? 3 * PATIENCE : PATIENCE); });
  const kept = await fresh(path);
  try {
    const first = kept ? await Promise.race([answer, late]) : await answer;
    if (first) {
      if (!search) settle(path, first, asked);
      return first;
    }
  } catch { /* no network */ }
  if (kept && !search) answer.then((last) => replace(path, kept, last, asked)).catch(() => { /* no network */ });
  if (kept) return kept;
  return (await answer.catch(() => null)) ?? caches.match(OFFLINE, { cacheName: SHELL });
}

async function fresh(path) {
  const cache = await caches.open(PAGES);
  const kept = await cache.match(path);
  if (!kept) return undefined;
  if (Date.now() - Number(kept.headers.get(AT)) <= LONGEST) return kept;
  await cache.delete(path);
  return undefined;
}

async function store(path, answer, asked) {
  const headers = new Headers(answer.headers);
  headers.set(AT, String(Date.now()));
  const body = await answer.blob();
  if (asked !== era) return;
  const cache = await caches.open(PAGES);
  await cache.put(path, new Response(body, { status: answer.status, statusText: answer.statusText, headers }));
  if (asked !== era) await cache.delete(path);
}

// What came too late to be shown is newer than what was, unless a step has renewed that meanwhile.
async function replace(path, kept, answer, asked) {
  const now = await fresh(path);
  if (now?.headers.get(AT) === kept.headers.get(AT)) await settle(path, answer, asked);
}

// What the server says of a page is kept where it may be; a page that it keeps no longer, or not for her, goes.
async function settle(path, answer, asked) {
  if (answer.redirected) return;
  if (answer.ok && answer.headers.get('X-Keep')) await store(path, answer.clone(), asked);
  else if (answer.ok || answer.status === 404) await (await caches.open(PAGES)).delete(path);
}

// Pages that a step has changed, one renewal after the other: what was asked last stays.
let renewing = Promise.resolve();
function renew(paths, asked) {
  renewing = renewing.then(async () => {
    for (const path of paths) await settle(path, await ask(path), asked);
  }).catch(() => { /* no network */ });
  return renewing;
}

const ask = (path) => fetch(path, { credentials: 'same-origin', headers: { 'X-Keeping': '1' } });

// Exactly these visits may be kept; what is no longer among them goes.
async function keep(paths) {
  const asked = era;
  const cache = await caches.open(PAGES);
  for (const request of await cache.keys()) {
    const path = new URL(request.url).pathname;
    if (path.startsWith('/nurse/visit/') && !paths.includes(path)) await cache.delete(request);
  }
  for (const path of ['/nurse/today/', '/nurse/outbox/', '/nurse/badge/', ...paths]) {
    try {
      await settle(path, await ask(path), asked);
    } catch { return; }
  }
  await tidy();
}

async function tidy() {
  const cache = await caches.open(PAGES);
  for (const request of await cache.keys()) await fresh(new URL(request.url).pathname);
}

{% include "desks/_push.js" %}
