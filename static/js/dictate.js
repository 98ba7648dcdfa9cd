// 说话输入: beside each long text field of a family's page, where the browser itself turns speech into words.
// What was heard only goes into the field, to be read and corrected; nothing is sent by it.
const Recogniser = window.SpeechRecognition || window.webkitSpeechRecognition;
const NO_LEAVE = '没有使用麦克风的许可，请在手机设置里允许，或者直接打字。';
const TROUBLE = {
  'not-allowed': NO_LEAVE,
  'service-not-allowed': NO_LEAVE,
  'audio-capture': '没有找到麦克风，请直接打字。',
  network: '现在连不上语音识别服务，请稍后再试，或者直接打字。',
  'no-speech': '没有听到声音，请再按一次，靠近手机慢慢说。',
};
const OTHER = '这次没有听清，请再试一次，或者直接打字。';
let listening = null; // one field listens at a time

function put(field, heard) {
  const words = heard.trim();
  const room = field.maxLength > 0 ? field.maxLength : Infinity;
  const whole = field.value + words;
  field.value = whole.slice(0, room);
  field.dispatchEvent(new Event('input', { bubbles: true })); // whoever keeps or counts what is typed hears of it
  return whole.length <= room;
}

function offer(field) {
  const box = document.createElement('div');
  const button = document.createElement('button');
  const about = document.createElement('p');
  const state = document.createElement('p');
  box.className = 'stack';
  Object.assign(button, { type: 'button', className: 'btn', textContent: '说话输入' });
  const label = field.labels?.[0]?.firstChild?.textContent?.trim() ?? '';
  button.setAttribute('aria-pressed', 'false');
  if (label) button.setAttribute('aria-label', `说话输入：${label}`);
  Object.assign(about, {
    className: 'hint',
    textContent: '声音由手机厂商或浏览器的语音服务识别，本平台不录音。请不要说证件号码；文字可以改，提交以前请看一遍。',
  });
  Object.assign(state, { className: 'hint' });
  state.setAttribute('role', 'status');
  box.append(button, about, state);
  field.after(box);

  function rest(said) {
    button.textContent = '说话输入';
    button.setAttribute('aria-pressed', 'false');
    if (said !== undefined) state.textContent = said;
    if (listening?.button === button) listening = null;
  }

  button.addEventListener('click', () => {
    const again = listening?.button === button;
    listening?.ear.stop();
    if (again) return;
    const ear = new Recogniser();
    let said = '';
    Object.assign(ear, { lang: 'zh-CN', continuous: false, interimResults: false, maxAlternatives: 1 });
    ear.onresult = (event) => {
      const heard = [...event.results].slice(event.resultIndex).filter((one) => one.isFinal).map((one) => one[0].transcript);
      if (!heard.join('').trim()) { said = TROUBLE['no-speech']; return; }
      said = put(field, heard.join('')) ? '已写进上面的框里，请核对，可以再改。' : '框里写满了，后面的话没有写进去。';
    };
    ear.onerror = ({ error }) => { said = error === 'aborted' ? '' : TROUBLE[error] ?? OTHER; };
    ear.onend = () => rest(said);
    listening = { ear, button };
    button.textContent = '正在听，按一下停止';
    button.setAttribute('aria-pressed', 'true');
    state.textContent = '请说话。';
    try {
      ear.start();
    } catch {
      rest(OTHER);
    }
  });
}

if (Recogniser) {
  for (const field of document.querySelectorAll('main textarea:not([readonly], [disabled])')) offer(field);
  addEventListener('pagehide', () => listening?.ear.abort());
}
