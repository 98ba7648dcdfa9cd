// Is the badge real? The statement stands behind the # of the address: <bytes>.<signature>, both in base64url.
// The signature is checked here, with the platform's public key and without network; then the platform, which knows what
// has changed since, is asked. A telephone that cannot check signatures leaves both to the platform.
const box = document.querySelector('[data-badge]');
const answer = box.querySelector('[data-badge-answer]');
const offline = box.querySelector('[data-badge-offline]');
const WAIT = 8000;
const SLACK = 300; // seconds by which telephones' clocks may be off

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0));
const two = (number) => String(number).padStart(2, '0');
const clock = (at) => `${two(at.getHours())}:${two(at.getMinutes())}`;

function dayOf(at) {
  const midnight = (moment) => new Date(moment.getFullYear(), moment.getMonth(), moment.getDate());
  const days = Math.round((midnight(at) - midnight(new Date())) / 86400000);
  return ['今天', '明天', '后天'][days] || `${at.getMonth() + 1}月${at.getDate()}日`;
}

function words(said) {
  const starts = said.s && new Date(said.s * 1000);
  const ends = new Date(said.x * 1000);
  return {
    n: said.n, t: said.t, o: said.o,
    s: starts ? `，${dayOf(starts)} ${clock(starts)} 到您家` : '',
    x: `这张工牌到 ${dayOf(ends)} ${clock(ends)} 有效。`,
  };
}

function show(verdict, said) {
  const part = box.querySelector(`template[data-verdict="${verdict}"]`).content.cloneNode(true);
  if (said) {
    const spoken = words(said);
    for (const slot of part.querySelectorAll('[data-said]')) slot.textContent = spoken[slot.dataset.said];
    const face = part.querySelector('[data-said-face]');
    if (face && said.p) Object.assign(face, { src: said.p, hidden: false });
  }
  answer.replaceChildren(part);
}

// What the statement says of itself, or null where this telephone cannot tell.
async function here(text) {
  let body, signature, said;
  try {
    const parts = text.split('.');
    if (parts.length !== 2) return { verdict: 'forged' };
    [body, signature] = parts.map(bytes);
    said = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return { verdict: 'forged' };
  }
  if (!said || said.v !== 1 || said.k !== box.dataset.keyId) return { verdict: 'foreign' };
  try {
    const key = await crypto.subtle.importKey('raw', bytes(box.dataset.key), { name: 'Ed25519' }, false, ['verify']);
    if (!await crypto.subtle.verify({ name: 'Ed25519' }, key, signature, body)) return { verdict: 'forged' };
  } catch {
    return null;
  }
  if (said.d !== box.dataset.district) return { verdict: 'foreign' };
  const now = Date.now() / 1000;
  return { verdict: said.x < now || said.a > now + SLACK ? 'expired' : 'real', said };
}

// What the platform says of it, or null without network.
async function there(text) {
  try {
    const stop = AbortSignal.timeout ? AbortSignal.timeout(WAIT) : undefined;
    const reply = await fetch(`${box.dataset.check}?s=${encodeURIComponent(text)}`, { signal: stop, credentials: 'omit' });
    if (!reply.ok) return null;
    const said = await reply.json();
    return { verdict: said.verdict, said: said.n ? said : null };
  } catch {
    return null;
  }
}

async function look() {
  const text = location.hash.slice(1);
  offline.hidden = true;
  if (!text) {
    show('nothing');
    return;
  }
  const mine = await here(text);
  if (mine) show(mine.verdict, mine.said);
  const theirs = await there(text);
  if (theirs) {
    show(theirs.verdict, theirs.said);
  } else if (!mine) {
    show('unsure');
  } else {
    offline.hidden = mine.verdict !== 'real';
  }
}

addEventListener('hashchange', look);
addEventListener('online', look);
box.querySelector('[data-badge-again]').addEventListener('click', look);
look();
if ('serviceWorker' in navigator) navigator.serviceWorker.register(box.dataset.worker, { scope: new URL('.', new URL(box.dataset.worker, location.href)).pathname });
