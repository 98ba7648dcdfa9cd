// The visit page without network: every part that writes is an element with data-entry; see outbox.js for what happens to
// it. What was kept and not sent yet is put back into the fields of a page that is opened again.
import { ask, heard, numberOf } from './limits.js';
import { pictures } from './picture.js';
import { renew } from './renew.js';
import { put, draft, all, remove, on, showsWhen, state } from './outbox.js';

const visit = document.getElementById('visit');
const number = visit?.dataset.visit;
const AFTER_TYPING = 250; // ms; then a draft is kept, so that a closed tab loses nothing
const AFTER_PRESSING = 1000; // ms in which a second press is the first one's echo
const LEAVES_AT_ONCE = new Set(['abort', 'give_back', 'miss']);
const ONE_MORE = new Set(['bag', 'specimen']); // each press registers one; its fields are then free for the next
const pressed = new Map(); // when each part was pressed last; the part itself may have been drawn anew since

const parts = () => [...document.querySelectorAll('[data-entry]')];
const of = (part) => ({ order: number, kind: part.dataset.entry, key: part.dataset.key ?? '' });
const nameOf = (part) => `${part.dataset.entry}|${part.dataset.key ?? ''}`;
const partOf = ({ kind, key }) => parts().find((part) => part.dataset.entry === kind && (part.dataset.key ?? '') === key);
const controls = (part) => [...part.querySelectorAll('input, select, textarea')].filter((one) => one.name && !['csrfmiddlewaretoken', 'receipt'].includes(one.name)
  && (part.matches('form') ? !one.closest('[data-entry]:not(form)') : true));

// --- reading and filling a part ---

// `drawn`: as the server drew it. The browser may have put other words back into the fields before we could look.
function fieldsOf(part, drawn = false) {
  const [checked, value] = drawn ? ['defaultChecked', 'defaultValue'] : ['checked', 'value'];
  const fields = [];
  for (const one of controls(part)) {
    if (one.type === 'file' || one.disabled) continue;
    if ((one.type === 'checkbox' || one.type === 'radio') && !one[checked]) continue;
    const from = drawn && one.options ? [...one.options].find((option) => option.defaultSelected) ?? one.options[0] : one;
    fields.push([one.name, from === one ? one[value] : from.value]);
  }
  return fields;
}

function fill(part, fields) {
  for (const one of controls(part)) {
    const given = fields.filter(([name]) => name === one.name).map(([, value]) => value);
    if (one.type === 'checkbox' || one.type === 'radio') one.checked = given.includes(one.value);
    else if (one.type !== 'file' && given.length) [one.value] = given;
  }
}

// What stands in the part, in words: for the list of what is only on this phone, and for the summary to be signed.
export function words(part) {
  const none = part.querySelector('[name="waste"][value="none"]')?.checked; // then the number of bags says nothing
  const said = controls(part).filter((one) => one.type !== 'hidden' && !(none && one.name === 'waste_bags')).map((one) => {
    if (one.type === 'checkbox' || one.type === 'radio') return one.checked ? one.closest('label')?.innerText.trim() ?? '' : '';
    if (one.tagName === 'SELECT') return one.value ? one.selectedOptions[0].text : '';
    return one.value.trim();
  }).filter(Boolean);
  return said.reduce((text, one) => text + (/[。！？；]$/.test(text) || !text ? '' : '，') + one, '').slice(0, 200);
}

// --- writing ---

const sketch = (part) => draft.set(of(part), fieldsOf(part), part.dataset.base || null);

// Answers whether it was kept.
async function keep(part, files = []) {
  clearTimeout(part.typing);
  part.typing = null;
  if (!sound(part)) return false;
  const entry = {
    ...of(part), label: part.dataset.label ?? '', said: words(part), who: document.querySelector('h1')?.firstChild?.textContent.trim() ?? '', basis: part.dataset.base || null,
    fields: fieldsOf(part), files, moves: part.dataset.entry === 'take',
  };
  mark(part, 'waiting');
  reveal(part);
  if (entry.kind === 'unsafe') { // an answer leads to another page; until then nobody may have heard
    const call = part.querySelector('a[href^="tel:"]')?.getAttribute('href') ?? 'tel:110';
    note('还没有收到值班台的回应，值班台可能还不知道。请马上离开，有危险请直接打电话。', 'ask', call, '打电话');
  }
  await put(entry);
  count();
  return true;
}

export { number };

// What a "yes" opens is opened at once: the phone may be without network for hours.
function reveal(part) {
  const opened = part.dataset.reveals && document.getElementById(part.dataset.reveals);
  if (opened) opened.hidden = !part.querySelector('input[value="yes"]:checked');
}

// What cannot be is said at once, also where no server answers; it stays in the field and is not handed in.
function sound(part) {
  for (const one of controls(part)) {
    const { min, max, name: label } = one.dataset;
    if (min === undefined || one.value.trim() === '') continue;
    const value = numberOf(one.value);
    if (Number.isFinite(value) && value >= Number(min) && value <= Number(max)) continue;
    complain(part, [{ sentence: `请填写 ${min} 到 ${max} 之间的${label}。`, field: one.name }]);
    sketch(part);
    return false;
  }
  return true;
}

function owes(part) {
  const why = part.querySelector('[data-why]');
  return Boolean(why) && !why.hidden && !why.querySelector('input').value.trim();
}

document.addEventListener('change', (event) => {
  const part = event.target.closest('[data-entry="reading"]');
  if (part && !event.target.closest('[data-why]')) ask(part);
});

// Forms and presses wait for their button; every other part is handed in as soon as something else stands in it.
const waits = (part) => part.matches('form') || part.dataset.on === 'press';

// What was not done wants a reason.
const wonder = (doubt) => Object.assign(doubt, { hidden: false, open: true });

document.addEventListener('change', (event) => {
  const part = event.target.closest('[data-entry]');
  if (!part || waits(part) || event.target.type === 'file') return;
  const doubt = part.querySelector('[data-doubt]');
  if (doubt) {
    if (event.target.type !== 'checkbox') return; // the reason goes with its button
    if (!event.target.checked) {
      wonder(doubt);
      doubt.querySelector('input')?.focus();
      return;
    }
    Object.assign(doubt, { hidden: true, open: false });
  }
  if (uncounted(part)) sketch(part); // the number of bags comes next, and both are one word
  else keep(part);
});

const uncounted = (part) => part.dataset.entry === 'waste' && !part.querySelector('[name="waste_bags"]').value.trim()
  && Boolean(part.querySelector('[name="waste"]:checked:not([value="none"])'));

document.addEventListener('input', (event) => {
  const part = event.target.closest('[data-entry]');
  if (!part) return;
  pressed.delete(nameOf(part)); // after another word a press is no echo
  if (event.target.type === 'file' || event.target.type === 'hidden') return;
  clearTimeout(part.typing);
  part.typing = setTimeout(() => { part.typing = null; sketch(part); }, AFTER_TYPING);
});

document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-send]');
  const part = button?.closest('[data-entry]');
  if (!part) return;
  event.preventDefault();
  if (event.timeStamp - pressed.get(nameOf(part)) < AFTER_PRESSING) return;
  pressed.set(nameOf(part), event.timeStamp);
  const tick = part.querySelector('input[type="checkbox"][name="step"]');
  if (tick) tick.checked = false;
  const kept = await keep(part, await pictures(part));
  if (kept && ONE_MORE.has(part.dataset.entry)) {
    for (const one of ownWords(part)) one.value = '';
    registered(part);
  }
  for (const chosen of part.querySelectorAll('input[type="file"], [name="caption"]')) chosen.value = '';
});

// The next tube goes to the same place.
const ownWords = (part) => controls(part).filter((one) => one.name !== 'specimen_handed_to');

// One of these is on its way: the list of what is missing does not ask for it any more.
const registered = (part) => { part.dataset.has ??= '1'; };

// A step of the visit itself: the page goes on at once, whether or not anybody answers.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.hasAttribute('data-geo') && !form.dataset.located) return; // geo.js sends it again with the place
  const special = form.closest('[data-stages]') && LEAVES_AT_ONCE.has(form.dataset.step);
  if (form.dataset.entry !== 'take' && !special) return;
  if (special && state.reach === 'online') return; // with network the page itself answers
  event.preventDefault();
  if (special) Object.assign(form.dataset, { entry: 'take', key: form.dataset.step, label: form.closest('details')?.querySelector('summary')?.textContent.trim() ?? '', next: 'sent' });
  if (form.dataset.key === 'finish' && lacking().length) {
    note('还有几处需要填写或修改，您填写的内容都已保留。', 'ask', '#left', `看还差的 ${lacking().length} 项`);
    return;
  }
  go(form);
});

async function go(form) {
  if (form.dataset.going) return; // pressed twice
  const from = visit.dataset.now;
  form.dataset.going = '1';
  setTimeout(() => delete form.dataset.going, AFTER_PRESSING);
  delete form.dataset.sending; // what is kept cannot get lost on its way
  form.removeAttribute('aria-busy');
  await keep(form, [...form.querySelectorAll('input[type="file"]')].flatMap((one) => [...one.files].map((blob) => ({ name: one.name, blob, file: blob.name }))));
  form.dataset.from = from;
  show(form.dataset.next);
}

// --- the stages of this page ---

function show(stage) {
  if (stage === 'sent') {
    note('已记在这台手机上，有网络时会自动送出。', 'info', '/nurse/today/', '回到今天');
    return;
  }
  const stages = [...document.querySelectorAll('[data-stage]')].map((one) => one.dataset.stage);
  if (!stages.includes(stage)) return;
  visit.dataset.now = stage;
  const asking = document.getElementById('visit-state'); // which asks the server whether this is still the right page
  if (asking) asking.dataset.liveUrl = asking.dataset.liveUrl.replace(/state\/[\w-]+\//, `state/${stage}/`);
  for (const one of document.querySelectorAll('[data-stage]')) one.hidden = one.dataset.stage !== stage;
  for (const one of document.querySelectorAll('[data-stage-bar]')) one.hidden = one.dataset.stageBar !== stage;
  for (const one of document.querySelectorAll('[data-stages]')) one.hidden = !one.dataset.stages.split(' ').includes(stage);
  const now = { depart: 0, check_in: 1, record: 3, confirm: 4 }[stage];
  document.querySelectorAll('.steps > li').forEach((li, index) => {
    li.className = index < now ? 'is-done' : index === now ? 'is-now' : 'is-todo';
    if (index === now) li.setAttribute('aria-current', 'step'); else li.removeAttribute('aria-current');
  });
  if (stage === 'confirm') summarise();
  count();
  scrollTo(0, 0);
  const heading = document.querySelector(`[data-stage="${stage}"] :is(h2, [tabindex="-1"])`);
  if (heading) { heading.tabIndex = -1; heading.focus({ preventScroll: true }); }
}

// What she wrote, to be read by the patient before anything was sent.
function summarise() {
  const list = document.querySelector('[data-summary]');
  if (!list) return;
  list.replaceChildren(...parts().filter((part) => part.closest('[data-stage="record"]') && !part.matches('form') && !['step', 'moment'].includes(part.dataset.entry) && part.dataset.on !== 'press' && part.querySelector('[name="specimen_label"]')?.value.trim() !== '').flatMap((part) => {
    const said = words(part);
    if (!said) return [];
    const row = document.createElement('div');
    const [term, value] = [document.createElement('dt'), document.createElement('dd')];
    term.textContent = part.dataset.label;
    value.textContent = `${said} ${part.dataset.unit ?? ''}`.trim();
    row.append(term, value);
    return [row];
  }));
}

// The required parts that are still empty.
const lacking = () => parts().filter((part) => part.closest('[data-stage="record"]') && !part.matches('form') && !part.hidden && lacks(part));

// What is missing is listed here while the server cannot.
function count() {
  const left = document.getElementById('left');
  if (visit.dataset.now !== 'record' || state.reach === 'online' || !left) return;
  const empty = lacking();
  const title = document.createElement('h2');
  title.textContent = empty.length ? `还差 ${empty.length} 项` : '都填好了';
  const list = document.createElement('ul');
  for (const part of empty) {
    const link = document.createElement('a');
    link.href = `#${part.id}`;
    link.textContent = part.dataset.label;
    const item = document.createElement('li');
    item.append(link);
    list.append(item);
  }
  left.replaceChildren(title, list);
}

function lacks(part) {
  switch (part.dataset.entry) {
    case 'step': return !controls(part).some((one) => (one.type === 'checkbox' ? one.checked : one.value.trim()));
    case 'reading': return (part.hasAttribute('data-required') && !words(part)) || owes(part);
    case 'waste': return uncounted(part) || !controls(part).some((one) => one.type === 'radio' && one.checked);
    case 'note': return !part.querySelector('[name="note"]').value.trim() || !part.querySelector('[name="next_step"]:checked');
    case 'specimen': return !part.dataset.has && ['specimen_label', 'specimen_handed_to'].some((name) => !part.querySelector(`[name="${name}"]`).value.trim());
    case 'bag': case 'bagoff': return false;
    default: return part.hasAttribute('data-required') && !words(part);
  }
}

// --- marks and answers ---

const MARKS = { waiting: '仅在本机', stuck: '没有写进记录' };

function mark(part, how) {
  if (part.matches('form')) return;
  let sign = part.querySelector(':scope .kept');
  if (!how) { sign?.remove(); delete part.dataset.kept; heard(part); return; }
  part.dataset.kept = how;
  if (!sign) {
    sign = document.createElement('small');
    sign.className = 'kept';
    part.append(sign);
  }
  sign.textContent = MARKS[how];
}

function complain(part, reasons) {
  for (const old of part.querySelectorAll('.err[data-said]')) old.remove();
  for (const reason of reasons) {
    const control = controls(part).find((one) => one.name === reason.field) ?? controls(part).find((one) => one.type !== 'hidden');
    const said = document.createElement('div');
    said.className = 'err';
    said.dataset.said = '';
    said.setAttribute('role', 'alert');
    said.textContent = `${reason.sentence}${reason.clause ? `（依据 ${reason.clause}）` : ''}`;
    (control?.closest('.field') ?? part).append(said);
    control?.closest('.field')?.classList.add('field--bad');
  }
}

// A part that the server does not draw anew says that it was taken, and is folded up again.
function say(part) {
  part.querySelector('details[open]')?.removeAttribute('open');
  part.querySelector('form')?.reset();
  const said = document.createElement('p');
  said.className = 'small';
  said.setAttribute('role', 'status');
  said.textContent = part.dataset.done;
  part.querySelector(':scope > [data-said-done]')?.remove();
  said.dataset.saidDone = '';
  part.append(said);
}

function note(text, look = 'ask', href = '', label = '') {
  const box = document.getElementById('visit-note');
  box.replaceChildren();
  const line = document.createElement('div');
  line.className = `note note--${look}`;
  line.append(text);
  if (href) {
    const link = document.createElement('a');
    Object.assign(link, { href, textContent: label });
    line.append(' ', link);
  }
  box.append(line);
  box.hidden = false;
  scrollTo(0, 0);
}

// Another word stands in the field than the one that was answered. Drawn anew, the field would not say that it was changed.
const goesOn = (field, row) => field.matches('textarea, [type="text"]') && field.value !== field.defaultValue
  && !row.fields.some(([name, value]) => name === field.name && value === field.value);

showsWhen((row) => row.order === number && Boolean(partOf(row)));
on('answer', async ({ row, answer }) => {
  if (row.order !== number) return;
  const part = partOf(row);
  if (!part) return;
  const typing = part.contains(document.activeElement) && (part.typing || (!waits(part) && goesOn(document.activeElement, row)));
  if (answer.result === 'taken') part.dataset.base = answer.base;
  const more = (await all()).some((one) => one.order === number && one.kind === row.kind && one.key === row.key && one.state === 'waiting');
  const next = ONE_MORE.has(row.kind) && ownWords(part).some((one) => one.value) && fieldsOf(part); // she is at the next one already
  if (next && answer.result !== 'taken') { mark(part, 'stuck'); return; }
  if (ONE_MORE.has(row.kind)) { if (answer.result !== 'taken') fill(part, row.fields); }
  // What a press has registered is no longer somebody's unfinished word.
  else if (answer.result === 'taken' && part.dataset.on === 'press') for (const one of controls(part)) if (['text', 'textarea', 'number'].includes(one.type)) one.value = one.defaultValue;
  if (answer.html && !typing && !more) renew(answer.html);
  const fresh = partOf(row) ?? part;
  if (next && fresh !== part) fill(fresh, next);
  if (!more) mark(fresh, answer.result === 'taken' ? '' : 'stuck');
  if (row.kind === 'take') return took(row, answer, fresh);
  if (row.kind === 'unsafe' && answer.result === 'taken') { location.assign('/nurse/sos/'); return undefined; }
  if (answer.result === 'taken' && !answer.html && fresh.dataset.done) say(fresh);
  if (answer.result !== 'taken' && !answer.html) complain(fresh, answer.reasons);
});

// The server has judged a step of the visit: what it refuses here and now is said in the form that asked for it.
async function took(row, answer, form) {
  const later = (await all()).some((one) => one.order === number && one.seq > row.seq);
  if (answer.result === 'taken') {
    if (['finish', 'confirm', 'sign'].includes(row.key) || LEAVES_AT_ONCE.has(row.key)) { if (!later) location.assign(row.key === 'give_back' ? '/nurse/today/' : `/nurse/visit/${number}/`); }
    return;
  }
  if (later) { note('这一单有一步没有被接受，后面的内容还在这台手机上。', 'ask', '/nurse/outbox/', '去处理'); return; }
  await remove(row.seq);
  delete form.dataset.going;
  if (form.dataset.from) show(form.dataset.from);
  complain(form, answer.reasons.filter((reason) => controls(form).some((one) => one.name === reason.field)));
  const rest = answer.reasons.filter((reason) => !controls(form).some((one) => one.name === reason.field));
  if (rest.length) note(rest.map((reason) => `${reason.sentence}${reason.clause ? `（依据 ${reason.clause}）` : ''}`).join(' '));
  form.querySelector('.field--bad input, .field--bad textarea')?.focus();
}

// --- a page that is opened again ---

// What she had typed when the page was closed. What needs no button is handed in now: no field will say that it was changed.
async function resume(part, typed, row) {
  const seen = row ? row.basis : part.dataset.base || null;
  const known = JSON.stringify(row?.fields ?? fieldsOf(part, true)) === JSON.stringify(typed.fields) && seen === (typed.basis ?? null);
  if (row?.at > typed.at || (known && !waits(part))) { await draft.drop(of(part)); return; }
  fill(part, typed.fields);
  part.dataset.kept ??= 'draft';
  if (waits(part)) return;
  part.dataset.base = typed.basis ?? ''; // what another phone wrote meanwhile she has not seen
  ask(part);
  const doubt = part.querySelector('[data-doubt]');
  if (doubt && !part.querySelector('input[type="checkbox"]:checked')) wonder(doubt); // its reason waits for a button
  else if (!part.hidden && !uncounted(part)) await keep(part);
}

const touched = new Set(); // parts that a hand was at since the page stands: what was kept before is older
document.addEventListener('input', ({ target }) => {
  const part = target.closest('[data-entry]');
  if (part) touched.add(nameOf(part));
}, true);

async function restore() {
  const began = visit.dataset.now;
  let stage = began;
  const newest = new Map();
  const asked = parts().map(of);
  const [rows, drafts] = await Promise.all([all(), Promise.all(asked.map(draft.get))]);
  for (const row of rows) {
    if (row.order !== number) continue;
    const part = partOf(row);
    if (!part) continue;
    mark(part, row.state);
    if (row.kind === 'take' && row.state === 'waiting' && part.dataset.next) stage = part.dataset.next;
    if (ONE_MORE.has(row.kind) && row.state === 'waiting') { registered(part); continue; }
    if (!touched.has(nameOf(part)) && !(newest.get(part)?.at > row.at)) {
      fill(part, row.fields);
      if (row.kind === 'reading') ask(part);
      newest.set(part, row);
    }
    reveal(part);
    if (row.state === 'stuck' && row.kind !== 'take') complain(part, row.reasons);
  }
  for (const [n, one] of asked.entries()) {
    const part = drafts[n] && partOf(one);
    if (part && !touched.has(nameOf(part))) await resume(part, drafts[n], newest.get(part));
  }
  if (stage !== began && visit.dataset.now === began) show(stage); // a step taken meanwhile is further on
  else count();
}

if (visit) {
  document.documentElement.dataset.outbox = 'restoring';
  restore().finally(() => { document.documentElement.dataset.outbox = 'ready'; });
  on('change', count);
  on('full', () => note('这台手机的存储空间不够，刚才写的还没有存下。请不要关闭这个页面，尽快连上网络，或先导出。', 'ask', '/nurse/outbox/', '去导出'));
}
