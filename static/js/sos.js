// One-key help. The dialog counts five seconds down, then calls; nothing waits for the phone to know where it is. Without
// network the press is kept on the phone with its own time, said to be kept and not to be sent, and sent when it can be.
// It counts by vibration and on the screen, never by voice: whoever stands beside her need not hear it.
import { openDB } from '../vendor/idb/index.js';

const SECONDS = 5;
const AGAIN = 5000; // ms between two tries while a press waits
const PATIENCE = 15000; // a request that takes longer counts as no network
const FIXES = 60000; // for so long after the press better places are sent
const dialog = document.getElementById('sos');
const owner = document.body.dataset.owner ?? '';
const part = (name) => (name === 'said' ? document : dialog).querySelector(`[data-sos-${name}]`); // one page says it itself
const open = () => { if (dialog.contains(part('said'))) { if (!dialog.open) dialog.showModal(); } else dialog.close(); };
const opened = openDB('hudaojia-sos', 1, { upgrade: (db) => db.createObjectStore('presses', { keyPath: 'receipt' }) });

let ticking = null;
let left = 0;
let here = null; // the best place so far: {lat, lon, accuracy, located_at}
let sending = false;
let retry = null;
let warned = false;
let unheard = false; // a press is on the phone, and the platform does not know of it
const homeless = new Map(); // presses that the phone had no room for: kept in this page alone

// --- the countdown ---

function count() {
  const line = part('count');
  line.hidden = false;
  line.textContent = `${left} 秒后发出求助`;
  navigator.vibrate?.(left === 1 ? [400] : [150]);
}

function start() {
  locate();
  if (part('said').querySelector('[data-sos-open]') || ticking) return; // she looks after the call that is under way
  left = SECONDS;
  count();
  ticking = setInterval(() => {
    left -= 1;
    if (left > 0) count();
    else { stop(); press(); }
  }, 1000);
}

function stop() {
  clearInterval(ticking);
  ticking = null;
  part('count').hidden = true;
}

document.addEventListener('click', (event) => {
  if (event.target.closest('[data-dialog="sos"]')) setTimeout(start); // once the dialog stands open
});
dialog.addEventListener('close', stop);
document.addEventListener('submit', (event) => {
  if (!event.target.matches('[data-sos-form]')) return;
  event.preventDefault();
  stop();
  if (unheard) flush(); // another try of the same press is not another press
  else press();
});
part('drop').addEventListener('click', async () => {
  for (const row of await waiting()) await drop(row);
  clearTimeout(retry);
  heard();
  part('said').replaceChildren();
  dialog.close();
});

// --- the press ---

async function press() {
  const row = { receipt: crypto.randomUUID?.() ?? uuid(), owner, at: new Date().toISOString(), place: here };
  navigator.vibrate?.([300, 150, 300]);
  say('正在发出求助。');
  part('now').hidden = true;
  await keep(row);
  await flush();
  watch();
}

function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('').replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}

async function keep(row) {
  try { await (await opened).put('presses', row); } catch { homeless.set(row.receipt, row); }
}

async function drop(row) {
  homeless.delete(row.receipt);
  try { await (await opened).delete('presses', row.receipt); } catch { /* it was never stored */ }
}

async function waiting() {
  let kept = [];
  try { kept = await (await opened).getAll('presses'); } catch { /* a phone that lets nobody store still lets her call */ }
  return [...kept, ...homeless.values()].filter((row) => row.owner === owner).sort((a, b) => a.at.localeCompare(b.at));
}

async function flush() {
  if (sending) return;
  sending = true;
  clearTimeout(retry);
  try {
    for (const row of await waiting()) {
      const heardOf = await send(row);
      if (heardOf !== true) { unsent(row, heardOf === 'signed out'); retry = setTimeout(flush, AGAIN); break; }
    }
  } finally { sending = false; }
}

// True when the platform has heard it, or has refused it in words; 'signed out' when it does not know who she is.
async function send(row) {
  const fields = { receipt: row.receipt, pressed_at: row.at, sent_at: new Date().toISOString(), ...(row.place ?? here ?? {}) };
  try {
    const answer = await post(dialog.querySelector('[data-sos-form]').action, fields);
    if (answer.ok || answer.status === 422) {
      show(await answer.text());
      await drop(row);
      return true;
    }
    if (answer.type === 'opaqueredirect') return 'signed out';
  } catch { /* no network */ }
  return false;
}

async function post(address, fields) {
  const token = dialog.querySelector('[name="csrfmiddlewaretoken"]').value;
  const ask = (csrf) => {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    const headers = { 'HX-Request': 'true', 'X-CSRFToken': csrf };
    return fetch(address, { method: 'POST', body, headers, redirect: 'manual', signal: AbortSignal.timeout(PATIENCE) });
  };
  const answer = await ask(token);
  if (answer.status !== 403) return answer;
  const hello = await fetch('/nurse/sync/', { headers: { Accept: 'application/json' }, redirect: 'manual', cache: 'no-store' });
  return hello.ok ? ask((await hello.json()).csrf) : answer; // a page that was kept for long has an old token
}

// --- what she is told ---

function say(text) {
  const line = document.createElement('p');
  line.setAttribute('role', 'status');
  line.textContent = text;
  part('said').replaceChildren(line);
}

function unsent(row, signedOut) {
  const at = new Date(row.at);
  const clock = `${String(at.getHours()).padStart(2, '0')}:${String(at.getMinutes()).padStart(2, '0')}`;
  const when = signedOut ? '重新登录后才能发出' : '有网络时会自动发出';
  say(`求助还没有发出去，值班台还不知道。请马上打下面的电话。${clock} 的求助已记在这台手机上，${when}。`);
  part('said').firstChild.setAttribute('role', 'alert');
  unheard = true;
  part('now').hidden = false;
  part('now').textContent = '再试一次';
  part('drop').hidden = false;
  part('cancel').textContent = '返回';
  if (!warned) open();
  warned = true; // once for a page: she may have closed it to look something up
}

function heard() {
  unheard = warned = false;
  part('drop').hidden = true;
  part('now').hidden = false;
  part('now').textContent = '马上发出求助';
  part('cancel').textContent = '误触，返回';
  title('需要马上求助吗');
}

function title(text) { document.getElementById('sos-h').textContent = text; }

function show(html) {
  const said = part('said');
  heard();
  said.innerHTML = html;
  window.htmx?.process(said);
  said.dispatchEvent(new CustomEvent('live:added', { bubbles: true }));
  open();
  if (!said.querySelector('[data-sos-open]')) return;
  part('now').hidden = true;
  part('cancel').textContent = '返回';
  title('正在求助');
}

// What became of it, without opening the dialog before somebody who has closed it.
function renew(html) {
  const holder = document.createElement('template');
  holder.innerHTML = html;
  const [fresh, shown] = [holder.content.getElementById('sos-state'), document.getElementById('sos-state')];
  if (!fresh || !shown) return;
  shown.innerHTML = fresh.innerHTML;
  window.htmx?.process(shown);
}

// --- where she is ---

const read = ({ coords, timestamp }) => ({
  lat: coords.latitude.toFixed(6), lon: coords.longitude.toFixed(6), accuracy: Math.round(coords.accuracy), located_at: new Date(timestamp).toISOString(),
});

function locate() {
  navigator.geolocation?.getCurrentPosition((fix) => { here = read(fix); }, () => {}, { enableHighAccuracy: true, timeout: 30000, maximumAge: 60000 });
}

// A place that comes after the press, and a better one, is sent as an addition.
function watch() {
  const under = part('said').querySelector('[data-sos-place]');
  if (!under || !navigator.geolocation) return;
  const address = under.dataset.sosPlace;
  let best = Infinity;
  const number = navigator.geolocation.watchPosition(async (fix) => {
    here = read(fix);
    if (fix.coords.accuracy >= best) return;
    best = fix.coords.accuracy;
    try {
      const answer = await post(address, here);
      if (answer.ok && part('said').querySelector('[data-sos-open]')) renew(await answer.text());
    } catch { /* the next fix tries again */ }
  }, () => {}, { enableHighAccuracy: true });
  setTimeout(() => navigator.geolocation.clearWatch(number), FIXES);
}

// A call that is open is followed on whichever page she opens.
if (part('said').querySelector('[data-sos-open]')) watch();
addEventListener('online', flush);
document.addEventListener('visibilitychange', () => { if (!document.hidden) flush(); });
flush();
