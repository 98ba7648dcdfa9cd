// 朗读: a button with data-read="<id>" reads that element; inside it, the parts marked data-readable if there are any.
const speech = window.speechSynthesis;

function words(element) {
  const parts = element.matches('[data-readable]') ? [element] : [...element.querySelectorAll('[data-readable]')];
  const chosen = parts.filter((part) => !parts.some((other) => other !== part && other.contains(part)));
  const heading = chosen.length && !element.matches('[data-readable]') ? [element.querySelector('h1')] : [];
  return [...heading, ...(chosen.length ? chosen : [element])]
    .filter(Boolean)
    .map((part) => {
      const copy = part.cloneNode(true);
      for (const silent of copy.querySelectorAll('button, script, svg, input, select, textarea, .sr, [hidden]')) silent.remove();
      for (const block of copy.querySelectorAll('p, li, dt, h1, h2, h3, b, time, small')) block.append('，');
      return copy.textContent.replace(/\s+/g, ' ').replace(/(，\s*)+/g, '，').trim();
    })
    .join('。');
}

function mark(button, reading) {
  for (const other of document.querySelectorAll('[data-read]')) {
    other.setAttribute('aria-pressed', String(reading && other === button));
    const word = other.querySelector('span');
    if (word) word.textContent = reading && other === button ? '停止' : '朗读';
  }
}

if (!speech) {
  for (const button of document.querySelectorAll('[data-read]')) button.hidden = true;
} else {
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-read]');
    if (!button) return;
    const again = button.getAttribute('aria-pressed') === 'true';
    speech.cancel();
    mark(button, false);
    const element = document.getElementById(button.dataset.read);
    if (again || !element) return;
    const said = new SpeechSynthesisUtterance(words(element));
    said.lang = 'zh-CN';
    said.rate = 0.85;
    said.onend = said.onerror = () => mark(button, false);
    mark(button, true);
    speech.speak(said);
  });
  addEventListener('pagehide', () => speech.cancel());
}
