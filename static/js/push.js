// Lets this browser be called when there is news: <form data-push="our public key" data-worker data-scope>, with fields for
// what the browser answers. Each open device stands as <form data-device="digest of its address">.
const form = document.querySelector('[data-push]');
const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0));
const plain = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
const able = 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;

function say(text) {
  const line = document.querySelector('[data-push-said]');
  line.textContent = text;
  line.hidden = !text;
}

async function registered() {
  const worker = await navigator.serviceWorker.register(form.dataset.worker, { scope: form.dataset.scope });
  const fresh = worker.installing ?? worker.waiting;
  if (!worker.active && fresh) await new Promise((resolve) => {
    fresh.addEventListener('statechange', () => { if (['activated', 'redundant'].includes(fresh.state)) resolve(); });
  });
  return worker;
}

const held = async () => (await navigator.serviceWorker.getRegistration(form.dataset.scope))?.pushManager.getSubscription();

async function open() {
  if (await Notification.requestPermission() !== 'granted') {
    say('浏览器没有允许通知。请在浏览器的网站设置里把“通知”改为允许，再按一次。');
    return;
  }
  const { pushManager } = await registered();
  const before = await pushManager.getSubscription();
  const key = bytes(form.dataset.push);
  if (before && plain(before.options.applicationServerKey) !== form.dataset.push) await before.unsubscribe();
  const given = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  form.elements.endpoint.value = given.endpoint;
  for (const name of ['p256dh', 'auth']) form.elements[name].value = plain(given.getKey(name));
  form.submit();
}

async function digest(text) {
  const made = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(made)].map((one) => one.toString(16).padStart(2, '0')).join('');
}

// Which of the open ones this browser is; taken back here, it forgets its address as well.
async function mark() {
  const mine = await held();
  const here = mine && document.querySelector(`[data-device="${await digest(mine.endpoint)}"]`);
  if (!here) return;
  here.querySelector('[data-device-here]').hidden = false;
  form.hidden = true;
  here.addEventListener('submit', async (event) => {
    event.preventDefault();
    await mine.unsubscribe().catch(() => false);
    here.submit();
  });
}

if (form && able) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const button = form.querySelector('button');
    button.disabled = true;
    say('');
    try {
      await open();
    } catch {
      say('这台设备现在连不上它的通知服务，没有打开。请稍后再试，或继续用短信、电话。');
    } finally {
      button.disabled = false;
    }
  });
  mark().catch(() => { /* without it the list still stands */ });
} else if (form) {
  form.querySelector('button').hidden = true;
  say('这个浏览器不支持通知。苹果手机请先用“分享”里的“添加到主屏幕”，再从主屏幕打开护到家。');
}
