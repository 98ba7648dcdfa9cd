// On every page of the nurse's phone: how much is only here, which visits may be read without network, and whose phone it is.
import { counts, fact, hello, on, owner, state } from './outbox.js';

const SHELL = 'nurse-pages'; // the cache of the service worker that holds pages
const AFTER = 2000;
const RENEW = 10 * 60 * 1000;
const REST = 20000;
const LONG = 20000; // an old phone is slow to open what it has; whose it is must not be guessed sooner
const OTHER = 'nurse-other'; // in this tab: the page was fetched anew once because somebody else is logged in
let leaving = false;
let turned = false;
const pills = () => document.querySelectorAll('[data-sync-pill]');

// A phone that can keep nothing, or does not answer, stops neither her nor what comes next.
const within = (asked, instead, patience = AFTER) => Promise.race([
  Promise.resolve().then(asked).catch(() => instead),
  new Promise((resolve) => { setTimeout(resolve, patience, instead); }),
]);

async function pill() {
  const { waiting, stuck, homeless } = await counts();
  let text = '';
  let look = 'stale';
  if (state.reach === 'login') text = waiting ? `请重新登录，${waiting} 条还没发送` : '请重新登录';
  else if (state.reach === 'post') text = '岗位已结束';
  else if (state.reach === 'other') { text = '这台手机现在登录的是另一位护士'; look = 'bad'; }
  else if (stuck) { text = `${stuck} 条需要处理`; look = 'bad'; }
  else if (homeless) { text = `${homeless} 条没有存下`; look = 'bad'; }
  else if (state.reach === 'offline') text = waiting ? `没有网络，${waiting} 条只在本机` : '没有网络';
  else if (waiting) text = `${waiting} 条待发送`;
  document.documentElement.dataset.reach = state.reach;
  for (const one of pills()) {
    one.hidden = !text;
    one.dataset.state = look;
    if (text && one.textContent !== text) one.textContent = text;
    one.href = state.reach === 'login' ? `/login/?next=${encodeURIComponent(location.pathname)}` : '/nurse/outbox/';
  }
}

// What another person's phone session left behind is not for this one; nor what nobody can say whose it is.
async function mine() {
  const before = await within(() => fact('owner'), null, LONG);
  if (before === owner) return;
  if (before !== undefined) { await forget(); leaving = before === null; }
  await within(() => fact('owner', owner));
}

async function forget() {
  leaving = true;
  await within(() => fact('keeping', null));
  if (!('caches' in window)) return;
  const worker = navigator.serviceWorker?.controller
    ?? (await within(() => navigator.serviceWorker?.getRegistration('/nurse/')))?.active;
  if (worker) await within(() => new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = resolve;
    worker.postMessage({ forget: true }, [port2]);
  }));
  await within(() => caches.delete(SHELL));
}

// The page is one person's, the log-in by now another's: hers is fetched instead. Once: what then still stands here says so.
async function turn() {
  if (turned) return;
  turned = true;
  await forget();
  const { homeless } = await within(counts, { homeless: 1 });
  if (homeless) return; // this page may hold the only copy of what she wrote
  try {
    if (sessionStorage.getItem(OTHER)) return;
    sessionStorage.setItem(OTHER, '1');
  } catch { return; }
  location.reload();
}

async function keepPages() {
  if (!('serviceWorker' in navigator)) return;
  const worker = await navigator.serviceWorker.register('/nurse/sw.js', { scope: '/nurse/' });
  await navigator.serviceWorker.ready;
  const said = state.hello ?? await hello();
  const active = worker.active ?? navigator.serviceWorker.controller;
  // Kept pages are renewed when the list changes, or after a while; opening one renews it as well.
  const last = (await fact('keeping')) ?? {};
  if (!said || !active || leaving) return;
  const list = said.keep.join(' ');
  if (list !== last.list || Date.now() - last.at > RENEW) {
    active.postMessage({ keep: said.keep });
    await fact('keeping', { list, at: Date.now() });
  }
  navigator.storage?.persist?.();
}

// What the server took is not in the kept pages yet. A step of the visit renews them at once, other words when her hands
// rest; the page before her stays as it is.
const stale = new Set();
let resting;

function renewKept() {
  clearTimeout(resting);
  if (state.reach !== 'online') return;
  const paths = [...stale];
  stale.clear();
  if (paths.length) navigator.serviceWorker?.ready.then((worker) => { if (!leaving) worker.active.postMessage({ renew: paths }); });
}

on('answer', ({ row, answer }) => {
  if (answer.result !== 'taken') return;
  stale.add(`/nurse/visit/${row.order}/`);
  clearTimeout(resting);
  if (row.moves || row.kind === 'unsafe') {
    stale.add('/nurse/today/');
    renewKept();
  } else resting = setTimeout(renewKept, REST);
});
document.addEventListener('visibilitychange', () => { if (document.hidden) renewKept(); });

// Signing out takes the kept pages along; what was not sent yet stays for this person's next log-in.
document.addEventListener('submit', async (event) => {
  const form = event.target;
  if (!form.matches('[data-sign-out]') || form.dataset.asked) return;
  event.preventDefault();
  const { waiting, stuck } = await within(counts, { waiting: 0, stuck: 0 });
  const question = document.getElementById('unsent');
  if (waiting + stuck && question && !question.open) {
    question.querySelector('[data-unsent-count]').textContent = waiting + stuck;
    question.showModal();
    return;
  }
  try { await forget(); } finally {
    form.dataset.asked = '1';
    form.requestSubmit();
  }
});

on('change', () => {
  pill();
  if (state.reach === 'post') forget();
  if (state.reach === 'other') turn();
  if (state.reach === 'online') {
    turned = false;
    try { sessionStorage.removeItem(OTHER); } catch { /* nothing was kept */ }
  }
});
addEventListener('online', pill);
addEventListener('offline', pill);
mine().then(pill);
// The page itself comes first; what is kept for later waits until the line is free.
const settled = document.readyState === 'complete' ? Promise.resolve() : new Promise((resolve) => { addEventListener('load', resolve); });
settled.then(() => new Promise((resolve) => { setTimeout(resolve, AFTER); })).then(keepPages)
  .catch(() => { /* without network the kept worker serves; without worker there is only the network */ });
