// 字号: 标准 → 大 → 特大, kept in a cookie so that the server renders the next page right from the first paint.
const SIZES = ['std', 'large', 'xlarge'];
const NEXT_WORD = { std: '大字', large: '特大字', xlarge: '标准字' };
const SAID = { std: '已换成标准字号', large: '已换成大字', xlarge: '已换成特大字' };
const root = document.documentElement;
const current = () => (SIZES.includes(root.dataset.size) ? root.dataset.size : 'std');

function choose(size) {
  root.dataset.size = size;
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  document.cookie = `size=${size}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  const status = document.querySelector('[data-status]');
  if (status) status.textContent = SAID[size];
  show();
}

function show() {
  for (const button of document.querySelectorAll('[data-size-next]')) {
    const word = button.querySelector('span') || button;
    word.textContent = NEXT_WORD[current()];
  }
  for (const button of document.querySelectorAll('[data-size-set]')) {
    button.setAttribute('aria-pressed', String(button.dataset.sizeSet === current()));
  }
}

document.addEventListener('click', (event) => {
  const next = event.target.closest('[data-size-next]');
  if (next) choose(SIZES[(SIZES.indexOf(current()) + 1) % SIZES.length]);
  const set = event.target.closest('[data-size-set]');
  if (set && SIZES.includes(set.dataset.sizeSet)) choose(set.dataset.sizeSet);
});
show();
