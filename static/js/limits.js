// What a reading's own field knows of its limits, so that a phone without network asks for a word and says whom to call.
// The words are the server's (catalog/measurements.py), which judges every value again.
import { state } from './outbox.js';

const UNHEARD = 3000; // ms in which an answer comes where there is network
const SPOKEN = { yes: '是', no: '否' };

export const numberOf = (text) => Number(text.replace(/[０-９．]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0)));

// What a value calls for: nothing, or whether it is red, and the sentence that says so.
function judged({ label, unit, below, from, unusual, redBelow, redFrom, red }, given) {
  const of = unit ? ` ${unit}` : '';
  for (const [name, low, high, words, advice] of [['危急值', redBelow, redFrom, red, '请立即联系医生'], ['报警值', below, from, unusual, '请关注']]) {
    for (const one of given) {
      const value = numberOf(one);
      const grave = name === '危急值';
      if (words?.split('|').includes(one)) return { grave, sentence: `${label}为「${SPOKEN[one] ?? one}」，${advice}。` };
      if (value < low) return { grave, sentence: `${label} ${value}${of}，低于${name} ${low}${of}，${advice}。` };
      if (value >= high) return { grave, sentence: `${label} ${value}${of}，达到${name} ${high}${of}，${advice}。` };
    }
  }
  return null;
}

// A value that is unusual asks for a word at once; one that is red says at once what to do, and that nobody knows of it yet.
export function ask(part) {
  const fields = [...part.querySelectorAll('input, select, textarea')].filter((one) => !one.closest('[data-why]') && (one.type !== 'radio' || one.checked));
  const found = judged(part.dataset, fields.map((one) => one.value.trim()).filter(Boolean));
  const why = part.querySelector('[data-why]');
  if (why) why.hidden = !found;
  for (const old of part.querySelectorAll('[id$="_advice"], [data-limit]')) old.remove();
  const possible = fields.every(({ value, dataset: { min, max } }) => min === undefined || (numberOf(value) >= min && numberOf(value) <= max));
  if (!found || !possible) return; // what cannot be is said beside the field
  const said = Object.assign(document.createElement('p'), { className: 'hint hint--ask', textContent: found.sentence });
  said.dataset.limit = '';
  said.setAttribute('role', 'alert');
  if (why) why.before(said); else part.append(said);
  if (found.grave) setTimeout(unheard, state.reach === 'online' ? UNHEARD : 0, part, said);
}

// The server's answer takes the place of the sentence; where it still stands, no doctor was asked to call.
function unheard(part, said) {
  if (!said.isConnected || !part.dataset.kept) return;
  const [far, calls] = [document.createElement('div'), document.createElement('div')];
  far.className = 'stack';
  far.dataset.limit = far.dataset.far = '';
  far.innerHTML = '<p class="err" role="alert">医生和值班台还没有收到。请先停下操作，马上打电话；紧急时请直接拨打 120。</p>';
  calls.className = 'btns';
  for (const call of document.querySelectorAll('#sos a[href^="tel:"]:not([href="tel:110"])')) calls.append(call.cloneNode(true));
  far.append(calls);
  said.after(far);
}

export const heard = (part) => part.querySelector('[data-far]')?.remove();
