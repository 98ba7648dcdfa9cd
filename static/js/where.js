// Tells the centre where she is, once a minute, while this page is open and in front: from setting out to the end of the
// visit. A page behind others is asleep on most telephones; nothing pretends otherwise.
const EVERY = 60000;
const box = document.querySelector('[data-where]');
let last = 0;
let over = false;

const two = (number) => String(number).padStart(2, '0');
const clock = (at) => `${two(at.getHours())}:${two(at.getMinutes())}`;

function say(text) {
  const line = box.querySelector('[data-where-said]');
  line.dataset.first ??= line.textContent;
  line.textContent = text ? `${text}${line.dataset.first}` : line.dataset.first;
}

function place() {
  return new Promise((resolve) => {
    if (!navigator.geolocation) resolve(null);
    else navigator.geolocation.getCurrentPosition(resolve, () => resolve(null), { enableHighAccuracy: true, timeout: 20000, maximumAge: 15000 });
  });
}

async function share() {
  if (over || document.visibilityState !== 'visible' || Date.now() - last < EVERY) return;
  last = Date.now();
  const found = await place();
  if (!found) {
    say('手机现在没有给出位置。');
    return;
  }
  const { coords, timestamp } = found;
  const body = new URLSearchParams({
    order: box.dataset.order, lon: coords.longitude.toFixed(6), lat: coords.latitude.toFixed(6),
    accuracy: Math.round(coords.accuracy), at: new Date(timestamp).toISOString(),
  });
  try {
    const token = box.querySelector('[name="csrfmiddlewaretoken"]').value;
    const answer = await fetch(box.dataset.where, { method: 'POST', body, headers: { 'X-CSRFToken': token } });
    if (!answer.ok) throw new Error(answer.status);
    const { stop, said } = await answer.json();
    over = stop;
    say(stop ? said : `${clock(new Date())} 已共享一次。`);
  } catch {
    say('现在没有网络，位置没有送出。');
  }
}

if (box) {
  share();
  setInterval(share, 5000);
  document.addEventListener('visibilitychange', share);
}
