// Forms: focus on what is wrong, one sending at a time, a receipt per form, no typed word lost by accident.
const SENDING_FOR = 8000; // an answer that never comes must not lock the form for ever
const dirty = new Set();

function receipt() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}

function focusSummary(within) {
  const summary = within.querySelector('[data-error-summary]');
  if (summary) summary.focus();
}

function release(form) {
  delete form.dataset.sending;
  form.removeAttribute('aria-busy');
}

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.method !== 'post') return;
  if (form.dataset.sending) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  if (form.hasAttribute('data-geo') && !form.dataset.located) return; // geo.js sends it again
  if (!form.elements.namedItem('receipt')) {
    const input = document.createElement('input');
    Object.assign(input, { type: 'hidden', name: 'receipt', value: receipt() });
    form.append(input);
  }
  form.dataset.sending = '1';
  form.setAttribute('aria-busy', 'true');
  dirty.delete(form);
  setTimeout(() => release(form), SENDING_FOR);
}, true);

// A capturing listener above runs before those that may still refuse the sending (an empty signature, say), and the
// window hears of it after all of them, in whatever order they were loaded.
addEventListener('submit', (event) => {
  if (event.defaultPrevented && !event.target.matches('[hx-post], [data-hx-post]')) release(event.target);
});

document.addEventListener('htmx:finally:request', (event) => {
  const form = event.target.closest && event.target.closest('form');
  if (form) release(form);
});
// The part that an answer belongs to may have been renewed while the answer was on its way. What a part that is gone had
// asked for by itself is older than what stands in its place.
document.addEventListener('htmx:before:response', (event) => {
  const { ctx } = event.detail;
  if (ctx.sourceEvent?.type === 'every' && !ctx.sourceElement.isConnected) { event.preventDefault(); return; }
  if (ctx.target?.id && !ctx.target.isConnected) ctx.target = document.getElementById(ctx.target.id) ?? ctx.target;
});
// A form that keeps itself while one types has nothing to lose once the answer says that it is kept.
document.addEventListener('htmx:after:swap', () => {
  if (document.querySelector('[data-kept]')) for (const form of dirty) if (form.hasAttribute('data-keeps')) dirty.delete(form);
});
document.addEventListener('htmx:after:swap', (event) => focusSummary(event.target instanceof Element ? event.target : document));

document.addEventListener('input', (event) => {
  const form = event.target.form;
  if (form && form.hasAttribute('data-unsaved') && event.target.type !== 'hidden') dirty.add(form);
  const turn = form?.elements.namedItem('turn'); // which of what this screen saves is the newer
  if (turn) turn.value = Number(turn.value) + 1;
  const field = event.target.closest('.field--bad');
  if (field && event.target.value) field.classList.remove('field--bad');
});
addEventListener('beforeunload', (event) => {
  for (const form of dirty) if (!form.isConnected) dirty.delete(form);
  if (dirty.size) event.preventDefault();
});
addEventListener('pageshow', () => document.querySelectorAll('form[data-sending]').forEach(release));

// A filter that is changed asks at once; without script its button does.
document.addEventListener('change', (event) => {
  const form = event.target.form;
  if (form && form.hasAttribute('data-auto')) form.requestSubmit();
});
focusSummary(document);
