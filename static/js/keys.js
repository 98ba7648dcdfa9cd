// A list that is worked through by keyboard: <div data-keys>. J and K go down and up, Enter opens, A opens at the next
// step, / finds, ? shows the keys. Nothing happens while somebody types, nor with Ctrl, Alt or Meta held.
const list = document.querySelector('[data-keys]');
const rows = () => [...document.querySelectorAll('[data-keys] .queue a')].filter((link) => link.offsetParent !== null);
const typing = (element) => element.closest('input, select, textarea, [contenteditable]');

function step(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(document.activeElement);
  const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by));
  all[next].focus();
  all[next].scrollIntoView({ block: 'nearest' });
}

function act() {
  const link = document.activeElement;
  if (rows().includes(link)) location.assign(link.dataset.do);
}

const help = document.querySelector('[data-keys-help]');
const deeds = {
  j: () => step(1),
  k: () => step(-1),
  a: act,
  '/': () => document.querySelector('[data-keys-find]')?.focus(),
  '?': () => (help?.open ? help.close() : help?.showModal()),
};

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (event.key === 'Escape' && typing(event.target)) { event.target.blur(); return; }
  if (!list || typing(event.target) || (help?.open && event.key !== '?')) return;
  const deed = deeds[event.key.toLowerCase()];
  if (!deed) return;
  event.preventDefault();
  deed();
});
