// A nurse calls for help: two short tones every few seconds while nobody has answered, until somebody does or turns the
// sound off. The banner itself is a live region; this only makes it heard. The choice is kept in a cookie.
const EVERY = 4000;
const TONES = [[880, 0], [660, 0.22]]; // Hz, and when in seconds
const button = document.querySelector('[data-alarm-sound]');
const waiting = () => Boolean(document.querySelector('[data-alarms]'));
const muted = () => /(?:^|; )alarm_sound=off/.test(document.cookie);
const awake = () => navigator.userActivation?.hasBeenActive ?? true; // a browser gives no sound to a page nobody has touched

let context = null;

function sound() {
  if (!waiting() || muted() || !awake() || !('AudioContext' in window)) return;
  context ??= new AudioContext();
  if (context.state === 'suspended') context.resume();
  for (const [pitch, when] of TONES) {
    const [tone, loudness] = [context.createOscillator(), context.createGain()];
    const at = context.currentTime + when;
    tone.frequency.value = pitch;
    loudness.gain.setValueAtTime(0.0001, at);
    loudness.gain.exponentialRampToValueAtTime(0.3, at + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, at + 0.2);
    tone.connect(loudness).connect(context.destination);
    tone.start(at);
    tone.stop(at + 0.21);
  }
}

function show() {
  button.hidden = !waiting();
  button.textContent = muted() ? '打开提示音' : awake() ? '关掉提示音' : '按一下，打开提示音';
}

button.addEventListener('click', () => {
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  const off = !muted() && button.textContent === '关掉提示音';
  document.cookie = `alarm_sound=${off ? 'off' : 'on'}; Path=/; Max-Age=43200; SameSite=Lax${secure}`;
  show();
  sound();
});
document.addEventListener('live:swapped', (event) => { if (event.target.id === 'alarm-bar') { show(); sound(); } });
setInterval(() => { show(); sound(); }, EVERY);
show();
sound();
