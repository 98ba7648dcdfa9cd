// The day's board: a visit is picked up, every row says at once whether and when it refuses, and a good place opens the
// drawer with nurse and time filled in. Nothing is decided here; each block is a link to the same drawer for everybody else.
const QUARTER = 15;
const FAR_ENOUGH = 6; // px before a press becomes a drag
const SVG = 'http://www.w3.org/2000/svg';
const board = document.querySelector('[data-planner]');
const say = document.querySelector('[data-dragsay]');
let drag = null;
let quiet = 0;

const lanesOf = (kind) => [...board.querySelectorAll('[data-row]')].filter((lane) => lane.dataset.row[0] === kind);
const clock = (minute) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
const hours = () => {
  const lanes = board.querySelector('[data-lanes]');
  return [Number(lanes.dataset.first), Number(lanes.dataset.last)];
};
const share = (minute) => { const [first, last] = hours(); return Math.min(Math.max((minute - first) / (last - first), 0), 1); };

function tell(text, seconds) {
  clearTimeout(quiet);
  if (say.textContent !== text) say.textContent = text;
  say.hidden = !text;
  if (seconds) quiet = setTimeout(() => { say.hidden = true; }, seconds * 1000);
}

function bar(begins, ends, look) {
  const rect = document.createElementNS(SVG, 'rect');
  rect.setAttribute('class', look);
  rect.setAttribute('x', `${share(begins) * 100}%`);
  rect.setAttribute('width', `${(share(ends) - share(begins)) * 100}%`);
  rect.setAttribute('height', '100%');
  return rect;
}

// --- what refuses ---

async function ask() {
  const mine = drag;
  try {
    const answer = await fetch(`${board.dataset.planner}where/${encodeURIComponent(mine.number)}/`, {
      credentials: 'same-origin', cache: 'no-store', headers: { Accept: 'application/json' },
    });
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    mine.answer = await answer.json();
  } catch {
    if (drag === mine) stop('没有取到护士的情况，请点开这次上门再选择。');
    return;
  }
  if (drag !== mine || !mine.moving) return;
  show();
  aim(mine.x, mine.y);
}

// A row in which it can begin at no quarter of the hours shown refuses as a whole.
function allDay(spans) {
  const [first, last] = hours();
  const why = new Set();
  for (let start = first; start < last; start += QUARTER) {
    const span = spans.find(([begins, ends, , soft]) => !soft && begins <= start && start < ends);
    if (!span) return [];
    why.add(span[2]);
  }
  return [...why];
}

function show() {
  const { answer, kind } = drag;
  for (const lane of lanesOf(kind === 'n' ? 'd' : 'n')) lane.classList.add('is-no');
  for (const lane of lanesOf(kind)) {
    const row = answer.rows[lane.dataset.row];
    const refused = answer.refused.concat(row ? row.refused : ['不能承担这次上门。'], row ? allDay(row.spans) : []);
    lane.classList.toggle('is-no', refused.length > 0);
    const why = lane.querySelector('[data-why]');
    why.textContent = refused.join('');
    why.hidden = !refused.length;
    const no = lane.querySelector('[data-no]');
    if (row) no.replaceChildren(...row.spans.map(([begins, ends, , soft]) => bar(begins, ends, soft ? 'no no--soft' : 'no')));
  }
}

// Where the pointer stands: the row, the quarter of an hour, and why not.
function place(x, y) {
  const lane = document.elementFromPoint(x, y)?.closest('[data-row]');
  if (!lane || !board.contains(lane)) return null;
  const track = lane.querySelector('[data-track]').getBoundingClientRect();
  const [first, last] = hours();
  const minute = first + ((x - drag.grip - track.left) / track.width) * (last - first);
  const start = Math.min(Math.max(Math.round(minute / QUARTER) * QUARTER, first), last - QUARTER);
  const name = lane.querySelector('b').textContent;
  if (lane.dataset.row[0] !== drag.kind) return { lane, name, start, why: [drag.kind === 'n' ? '护理上门只能派给护士。' : '首诊只能安排给家庭医生。'] };
  const row = drag.answer?.rows[lane.dataset.row];
  if (!row) return { lane, name, start, why: ['不能承担这次上门。'] };
  const spans = row.spans.filter(([begins, ends]) => begins <= start && start < ends);
  const hard = spans.filter(([, , , soft]) => !soft).map(([, , sentence]) => sentence);
  return { lane, name, start, why: [...drag.answer.refused, ...row.refused, ...hard], soft: spans.filter((s) => s[3]).map((s) => s[2]) };
}

function aim(x, y) {
  drag.ghost.style.transform = `translate(${x + 14}px, ${y + 12}px)`;
  for (const lane of board.querySelectorAll('.is-over')) lane.classList.remove('is-over');
  board.querySelectorAll('.slot').forEach((slot) => slot.remove());
  if (!drag.answer) { tell(`正在查看${drag.name}可以安排给谁`); return; }
  const at = place(x, y);
  if (!at) { tell(`${drag.name}，${drag.answer.minutes} 分钟：拖到一行上，按 Esc 放弃`); return; }
  at.lane.classList.add('is-over');
  const ends = at.start + drag.answer.minutes;
  at.lane.querySelector('[data-no]').append(bar(at.start, ends, at.why.length ? 'slot slot--no' : 'slot'));
  tell(`${at.name} ${clock(at.start)} 到 ${clock(ends)}${at.why.length ? `：不能。${at.why.join('')}` : at.soft.length ? `：可以，请注意。${at.soft.join('')}` : '：可以，松开后确认'}`);
}

// --- picking up, carrying, letting go ---

function begin() {
  drag.moving = true;
  drag.ghost = drag.link.cloneNode(true);
  drag.ghost.className = `${drag.link.className} is-carried`;
  drag.ghost.removeAttribute('href');
  drag.ghost.removeAttribute('data-drag');
  drag.ghost.setAttribute('aria-hidden', 'true');
  document.body.append(drag.ghost);
  ask();
}

function stop(words = '') {
  drag?.ghost?.remove();
  drag = null;
  for (const lane of board.querySelectorAll('[data-row]')) {
    lane.classList.remove('is-no', 'is-over');
    lane.querySelector('[data-why]').hidden = true;
    lane.querySelector('[data-no]').replaceChildren();
  }
  tell(words, words ? 8 : 0);
}

function drop(x, y) {
  if (!drag.answer) { stop('还没有查看完护士的情况，请再拖一次，或点开这次上门再选择。'); return; }
  const at = place(x, y);
  if (!at) { stop(); return; }
  if (at.why.length) { stop(`没有安排。${at.name} ${clock(at.start)}：${at.why.join('')}`); return; }
  const day = board.dataset.planner.match(/(\d{4}-\d\d-\d\d)\/$/)[1];
  const query = new URLSearchParams({ start: `${day}T${clock(at.start)}` });
  query.set(drag.kind === 'n' ? 'nurse' : 'doctor', at.lane.dataset.row.slice(1));
  const address = `${drag.link.getAttribute('href')}?${query}`;
  stop();
  location.assign(address);
}

// One's own act shows on the board at once; those of others come by the nudge.
async function renew() {
  const region = document.getElementById('board');
  const answer = await fetch(region.dataset.liveUrl, { credentials: 'same-origin', cache: 'no-store', headers: { 'HX-Request': 'true', 'X-Live': '1' } });
  if (!answer.ok || answer.redirected || drag) return;
  const holder = document.createElement('template');
  holder.innerHTML = await answer.text();
  region.innerHTML = holder.content.getElementById('board').innerHTML;
}

if (board) {
  document.addEventListener('htmx:after:swap', (event) => { if (event.target.closest?.('[data-drawer]')) renew().catch(() => {}); });
  board.addEventListener('pointerdown', (event) => {
    const link = event.target.closest('[data-drag]');
    if (!link || event.button !== 0 || event.pointerType === 'touch' || 'past' in board.dataset) return; // a finger scrolls, and opens the drawer
    const grip = link.matches('.visit') ? event.clientX - link.getBoundingClientRect().left : 0;
    const { drag: number, kind, name } = link.dataset;
    drag = { link, number, kind, name, grip, x: event.clientX, y: event.clientY, moving: false };
  });
  addEventListener('pointermove', (event) => {
    if (!drag) return;
    if (!drag.moving && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < FAR_ENOUGH) return;
    event.preventDefault();
    if (!drag.moving) begin();
    [drag.x, drag.y] = [event.clientX, event.clientY];
    aim(event.clientX, event.clientY);
  });
  addEventListener('pointerup', (event) => {
    if (!drag) return;
    if (!drag.moving) { drag = null; return; }
    // The press that ends a drag is no click on the link it began at.
    const still = (click) => { click.preventDefault(); click.stopPropagation(); };
    addEventListener('click', still, { capture: true, once: true });
    setTimeout(() => removeEventListener('click', still, { capture: true }), 50);
    drop(event.clientX, event.clientY);
  });
  addEventListener('pointercancel', () => stop());
  addEventListener('keydown', (event) => { if (event.key === 'Escape' && drag) stop('没有改动。'); });
  board.addEventListener('dragstart', (event) => event.preventDefault());
  setInterval(() => {
    const line = document.querySelector('[data-now]');
    if (!line) return;
    const now = new Date();
    const x = `${share(now.getHours() * 60 + now.getMinutes()) * 100}%`;
    for (const end of ['x1', 'x2']) line.firstElementChild.setAttribute(end, x);
  }, 30000);
}
