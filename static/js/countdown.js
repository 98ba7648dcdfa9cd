// <time data-countdown datetime="2026-11-21T10:04:00+08:00">还剩 12 分钟</time>: the words stay right while the page is open.
function span(ms) {
  const minutes = Math.max(1, Math.floor(ms / 60000));
  if (minutes < 60) return `${minutes} 分钟`;
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.floor(hours / 24)} 天`;
  return minutes % 60 && hours < 6 ? `${hours} 小时 ${minutes % 60} 分钟` : `${hours} 小时`;
}

function tick() {
  for (const element of document.querySelectorAll('[data-countdown]')) {
    const rest = Date.parse(element.dateTime || element.dataset.countdown) - Date.now();
    if (Number.isNaN(rest)) continue;
    const text = rest > 0 ? `还剩 ${span(rest)}` : `已超时 ${span(-rest)}`;
    if (element.textContent !== text) element.textContent = text;
    element.classList.toggle('hot', rest < 600000);
  }
}

tick();
setInterval(tick, 15000);
document.addEventListener('htmx:after:swap', tick);
document.addEventListener('live:swapped', tick);
