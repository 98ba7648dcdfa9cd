// What a nurse writes is first kept on her phone, then sent: entry by entry, in order for each visit, each with a receipt
// of its own. Nothing is thrown away here except what the server has answered as taken, or what she herself deletes.
import { openDB } from '../vendor/idb/index.js';

const ADDRESS = '/nurse/sync/';
const FIRST = 2000; // ms until the next try after a fault; doubled each time
const LONGEST = 120000;
const PATIENCE = 30000; // a request that takes longer counts as no network
export const owner = document.body.dataset.owner ?? '';

const opened = Promise.resolve().then(() => openDB('hudaojia', 1, { // some phones refuse at once, others later
  upgrade(db) {
    db.createObjectStore('entries', { keyPath: 'seq', autoIncrement: true });
    db.createObjectStore('drafts');
    db.createObjectStore('facts');
  },
}));
opened.catch(() => { /* whoever asks for something kept hears it */ });
const homeless = []; // entries that the phone had no room for: kept in this page alone, and said so
const bus = new EventTarget();
export const on = (name, handler) => bus.addEventListener(name, (event) => handler(event.detail));
const tell = (name, detail) => bus.dispatchEvent(new CustomEvent(name, { detail }));

export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}

export async function fact(name, value) {
  const db = await opened;
  if (value === undefined) return db.get('facts', name);
  await db.put('facts', value, name);
  return value;
}

let nameless; // a phone that keeps nothing is another one whenever a page is opened
async function device() {
  try { return (await fact('device')) ?? await fact('device', uuid()); } catch { return (nameless ??= uuid()); }
}

// --- keeping ---

const same = (one, other) => one.order === other.order && one.kind === other.kind && one.key === other.key;
// Each press of these is something of its own: a picture more, a tube more. What was refused of them stays as it is.
const EACH_ITS_OWN = new Set(['photo', 'specimen', 'bag', 'bagoff', 'risk', 'incident', 'unsafe', 'safe']);

// entry: {order, kind, key, label, said, basis, fields: [[name, value]], files: [{name, type, blob}], moves}
export async function put(entry) {
  const row = { ...entry, owner, receipt: uuid(), at: new Date().toISOString(), state: 'waiting', reasons: [] };
  try {
    const db = await opened;
    const change = db.transaction(['entries', 'drafts'], 'readwrite');
    const entries = change.objectStore('entries');
    // What she writes now answers what was refused in the same part, and stands where that stood.
    const answered = (await entries.getAll()).find((old) => old.owner === owner && old.state === 'stuck' && same(old, row) && !EACH_ITS_OWN.has(row.kind));
    if (answered) row.seq = answered.seq;
    row.seq = await entries.put(row);
    await change.objectStore('drafts').delete(draftKey(row));
    await change.done;
  } catch (fault) {
    row.seq = -1 - homeless.length;
    homeless.push(row);
    tell('full', { row, fault });
  }
  tell('change');
  flush();
  return row;
}

export async function all() {
  let kept = [];
  try { kept = await (await opened).getAll('entries'); } catch { /* a phone that lets nobody store still lets her send */ }
  return [...kept, ...homeless].filter((row) => row.owner === owner);
}

async function save(row) {
  if (row.seq < 0) return;
  try { await (await opened).put('entries', row); } catch { homeless.push(row); }
}

export async function remove(seq) {
  const at = homeless.findIndex((row) => row.seq === seq);
  if (at >= 0) homeless.splice(at, 1);
  else await (await opened).delete('entries', seq);
  tell('change');
  flush();
}

// The same words once more, as a new question. `basis` says that she has seen what the other phone wrote.
export async function again(seq, basis) {
  const row = (await all()).find((one) => one.seq === seq);
  if (!row) return;
  Object.assign(row, { receipt: uuid(), state: 'waiting', reasons: [] }, basis ? { basis } : {});
  await save(row);
  tell('change');
  flush();
}

const draftKey = (part) => [owner, part.order, part.kind, part.key].join('|');
export const draft = {
  get: async (part) => { try { return await (await opened).get('drafts', draftKey(part)); } catch { return undefined; } },
  set: async (part, fields, basis) => { try { await (await opened).put('drafts', { fields, basis, at: new Date().toISOString() }, draftKey(part)); } catch { /* the field itself still has it */ } },
  drop: async (part) => { try { await (await opened).delete('drafts', draftKey(part)); } catch { /* nothing was kept */ } },
};

// --- sending ---

export const state = { reach: navigator.onLine ? 'unknown' : 'offline', hello: null }; // online, offline, login, post, other
const LOGGED_OUT = new Error('logged out');
let busy = false;
let wait = 0;
let timer = null;

function later() {
  wait = Math.min((wait || FIRST / 2) * 2, LONGEST);
  clearTimeout(timer);
  timer = setTimeout(flush, wait);
}

function reach(now) {
  if (state.reach === now) return;
  state.reach = now;
  tell('change');
}

// Who am I to the server, and what time is it there?
export async function hello() {
  const answer = await fetch(ADDRESS, { headers: { Accept: 'application/json' }, redirect: 'manual', cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) });
  if (answer.type === 'opaqueredirect') { reach('login'); return null; }
  if (answer.status === 403) { reach('post'); return null; }
  if (!answer.ok) throw new Error(`hello ${answer.status}`);
  const said = await answer.json();
  if (said.owner !== owner) { reach('other'); return null; }
  state.hello = said;
  // A page that was kept on the phone may be older than the log-in: its plain forms get the token that counts now.
  for (const one of document.querySelectorAll('[name="csrfmiddlewaretoken"]')) one.value = said.csrf;
  reach('online');
  return said;
}

export async function flush() {
  if (busy) { flush.once = true; return; }
  busy = true;
  try {
    const run = async () => {
      const said = await hello();
      if (!said) return;
      let left = true;
      while (left) left = await round(said.csrf);
    };
    if (navigator.locks) await navigator.locks.request('hudaojia-outbox', { ifAvailable: true }, (lock) => (lock ? run() : later()));
    else await run();
  } catch (fault) {
    if (fault !== LOGGED_OUT) { reach('offline'); later(); }
  } finally {
    busy = false;
    tell('change');
    if (flush.once) { flush.once = false; flush(); }
  }
}

// Nothing waits in front of a call for help. What closes a visit goes after what is written of it, so that what she adds
// to a refused finish is there before the finish is asked again.
const CLOSING = new Set(['finish', 'sign', 'confirm']);
const urgent = (row) => row.kind === 'unsafe' || row.kind === 'safe';
const closing = (row) => row.kind === 'take' && CLOSING.has(row.key);
const turn = (row) => (urgent(row) ? 0 : closing(row) ? 2 : 1);

// One pass over what waits; true when something new may have come meanwhile. A visit whose step was refused waits for her,
// one whose entry met a fault waits for the next try; the other visits go on. A refused close holds the steps alone.
async function round(csrf) {
  const rows = (await all()).sort((one, other) => turn(one) - turn(other));
  const held = new Set();
  const closed = new Set();
  const hold = (row) => (closing(row) ? closed : held).add(row.order);
  const holds = (row) => !urgent(row) && (held.has(row.order) || (row.moves && closed.has(row.order)));
  for (const row of rows) if (row.state === 'stuck' && row.moves && !urgent(row)) hold(row);
  const failed = new Set();
  let sent = 0;
  for (const row of rows) {
    if (row.state !== 'waiting' || holds(row)) continue;
    const answer = await send(row, csrf);
    if (answer.result === 'fault') {
      failed.add(row.receipt);
      if (!urgent(row)) held.add(row.order);
      later();
      continue;
    }
    sent += 1;
    if (answer.result === 'taken') {
      wait = 0;
      await drop(row);
    } else {
      Object.assign(row, { state: 'stuck', reasons: answer.reasons, base: answer.base });
      await save(row);
      if (row.moves && !urgent(row)) hold(row);
    }
    tell('answer', { row, answer });
    tell('change');
  }
  return sent > 0 && (await all()).some((row) => row.state === 'waiting' && !holds(row) && !failed.has(row.receipt));
}

async function drop(row) {
  const at = homeless.findIndex((one) => one.receipt === row.receipt);
  if (at >= 0) homeless.splice(at, 1);
  else await (await opened).delete('entries', row.seq);
}

async function send(row, csrf) {
  const { order, kind, key, basis, receipt, at, fields, files } = row;
  const form = new FormData();
  form.append('entry', JSON.stringify({ owner, device: await device(), order, kind, key, basis, receipt, at, fields, sent: new Date().toISOString(), show: shows(row) }));
  for (const { name, blob, file } of files ?? []) form.append(name, blob, file);
  const answer = await fetch(ADDRESS, { method: 'POST', body: form, headers: { 'X-CSRFToken': csrf }, redirect: 'manual', signal: AbortSignal.timeout(PATIENCE) });
  if (answer.ok) return answer.json();
  if (answer.type === 'opaqueredirect') { reach('login'); throw LOGGED_OUT; }
  if (answer.status === 400 || answer.status === 409 || answer.status === 413) {
    let said = '这一条没有被收下，请导出后联系值班台。';
    try { said = (await answer.json()).error ?? said; } catch { /* not ours to read */ }
    return { result: 'refused', reasons: [{ code: 'entry.fault', sentence: said, clause: '', field: '' }], base: '' };
  }
  return { result: 'fault' };
}

let shows = () => false; // whether the part is on the open page, and wants to be shown anew
export const showsWhen = (test) => { shows = test; };

export async function counts() {
  const rows = await all();
  return {
    waiting: rows.filter((row) => row.state === 'waiting').length,
    stuck: rows.filter((row) => row.state === 'stuck').length,
    homeless: homeless.length,
  };
}

// Everything that is not on the server yet, to be carried there by other means.
export async function exported() {
  const rows = [];
  for (const row of await all()) {
    const files = [];
    for (const one of row.files ?? []) files.push({ name: one.name, type: one.blob.type, base64: await base64(one.blob) });
    rows.push({ ...row, files });
  }
  return new Blob([JSON.stringify({ exported_at: new Date().toISOString(), device: await device(), entries: rows }, null, 1)], { type: 'application/json' });
}

async function base64(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

addEventListener('online', () => { wait = 0; flush(); });
addEventListener('offline', () => reach('offline'));
document.addEventListener('visibilitychange', () => { if (!document.hidden) { wait = 0; flush(); } });
addEventListener('beforeunload', (event) => { if (homeless.length) event.preventDefault(); });
flush();
