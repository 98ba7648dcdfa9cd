// What is only on this phone, and what needs a decision.
import { again, all, exported, flush, on, remove, state } from './outbox.js';

const $ = (name) => document.querySelector(`[data-outbox-${name}]`);
const clock = (iso) => {
  const at = new Date(iso);
  const two = (number) => String(number).padStart(2, '0');
  return `${at.getMonth() + 1}月${at.getDate()}日 ${two(at.getHours())}:${two(at.getMinutes())}`;
};
const element = (tag, className = '', text = '') => Object.assign(document.createElement(tag), { className, textContent: text });

function words(waiting, stuck) {
  if (state.reach === 'login') return '登录已失效。请重新登录，这些内容会接着发送。';
  if (state.reach === 'post') return '您在这家机构的岗位已结束，不能再发送。请导出后交给值班台。';
  if (state.reach === 'other') return '这台手机现在登录的是另一位护士。';
  if (!waiting && !stuck) return '都已发送，这台手机上没有待发送的内容。';
  const parts = [];
  if (waiting) parts.push(`${waiting} 条等待发送`);
  if (stuck) parts.push(`${stuck} 条需要您处理`);
  return `${parts.join('，')}。${state.reach === 'offline' ? '现在没有网络，连上后会自动发送。' : ''}`;
}

function button(label, press, look = '') {
  const one = element('button', `btn ${look}`, label);
  one.type = 'button';
  one.addEventListener('click', press);
  return one;
}

function card(row) {
  const box = element('article', 'card card__body stack');
  box.dataset.receipt = row.receipt;
  box.append(element('h3', '', row.label || '一条记录'));
  if (row.said && row.said !== row.label) box.append(element('p', '', row.said));
  box.append(element('p', 'small muted', `${clock(row.at)} 记于这台手机，${row.who ? `${row.who}，` : ''}订单 ${row.order}`));
  for (const reason of row.reasons) box.append(element('p', 'err', `${reason.sentence}${reason.clause ? `（依据 ${reason.clause}）` : ''}`));
  const buttons = element('div', 'btns');
  const open = element('a', 'btn', '打开这一单');
  open.href = `/nurse/visit/${row.order}/`;
  const code = row.reasons[0]?.code ?? '';
  if (code === 'entry.elsewhere') {
    buttons.append(button('用这台手机写的', () => again(row.seq, row.base), 'btn--main'), button('保留另一台的', () => remove(row.seq)));
  } else if (code === 'entry.gone') {
    buttons.append(button('打值班台', () => document.querySelector('main a[href^="tel:"]')?.click(), 'btn--main'), button('删除这一单的全部内容', () => askAll(row)));
  } else {
    buttons.append(open, button('再试一次', () => again(row.seq)), button('删除', () => ask(row)));
  }
  box.append(buttons);
  return box;
}

function ask(row) {
  const dialog = document.getElementById('delete');
  dialog.querySelector('[data-delete-words]').textContent = [row.label, row.said].filter(Boolean).join('：');
  dialog.querySelector('[data-delete]').onclick = async () => { await remove(row.seq); dialog.close(); };
  dialog.showModal();
}

// A visit that went elsewhere takes everything along that was written for it. What is stuck goes last: it holds back what
// waits behind it, which would else be sent between two deletions.
async function askAll(row) {
  const rows = (await all()).filter((one) => one.order === row.order).sort((one, other) => (one.state === 'stuck') - (other.state === 'stuck'));
  const dialog = document.getElementById('delete');
  dialog.querySelector('[data-delete-words]').textContent = `订单 ${row.order} 共 ${rows.length} 条：${rows.map((one) => one.label).slice(0, 6).join('、')}${rows.length > 6 ? '等' : ''}。`;
  dialog.querySelector('[data-delete]').onclick = async () => { for (const one of rows) await remove(one.seq); dialog.close(); };
  dialog.showModal();
}

function line(row) {
  const item = element('li');
  const link = element('a');
  link.href = `/nurse/visit/${row.order}/`;
  const text = element('span', '', row.label || '一条记录');
  if (row.said && row.said !== row.label) text.append(element('small', '', row.said));
  text.append(element('small', '', `${clock(row.at)}，${row.who || `订单 ${row.order}`}`));
  link.append(text);
  item.append(link);
  return item;
}

async function show() {
  const rows = await all();
  const [waiting, stuck] = [rows.filter((row) => row.state === 'waiting'), rows.filter((row) => row.state === 'stuck')];
  document.querySelector('[data-outbox-words]').textContent = words(waiting.length, stuck.length);
  $('export').hidden = !rows.length;
  $('stuck').hidden = !stuck.length;
  $('waiting').hidden = !waiting.length;
  $('stuck').querySelector('[data-list]').replaceChildren(...stuck.map(card));
  $('waiting').querySelector('[data-list]').replaceChildren(...waiting.map(line));
}

$('flush').addEventListener('click', () => flush());
$('export').addEventListener('click', async () => {
  const link = element('a');
  link.href = URL.createObjectURL(await exported());
  link.download = `护到家-未发送-${new Date().toISOString().slice(0, 16).replace(/[:T]/g, '')}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
});
if (matchMedia('(display-mode: standalone)').matches) $('install').hidden = true;
on('change', show);
show();
