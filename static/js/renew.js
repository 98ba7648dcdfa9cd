// Parts of the page as the server answers them take the place of those shown. What a hand is at stays as it is: typed and not
// yet handed in, a chosen file, an opened fold, the cursor.
export function renew(html) {
  const answer = document.createElement('template');
  answer.innerHTML = html;
  for (const fresh of answer.content.querySelectorAll('[hx-swap-oob]')) {
    fresh.removeAttribute('hx-swap-oob');
    const old = document.getElementById(fresh.id);
    if (old) exchange(old, fresh);
  }
  document.dispatchEvent(new CustomEvent('live:added'));
}

function exchange(old, fresh) {
  const at = old.contains(document.activeElement) ? document.activeElement : null;
  const cursor = at && 'selectionStart' in at ? [at.selectionStart, at.selectionEnd] : null;
  for (const field of old.querySelectorAll('input, textarea, select')) carry(field, field.id && fresh.querySelector(`#${CSS.escape(field.id)}`));
  const folds = [...fresh.querySelectorAll('details:not([data-doubt])')];
  const before = [...old.querySelectorAll('details:not([data-doubt])')];
  if (folds.length === before.length) folds.forEach((fold, n) => { fold.open ||= before[n].open; });
  old.replaceWith(fresh);
  const again = at?.id && document.getElementById(at.id);
  if (!again) return;
  again.focus({ preventScroll: true });
  try { if (cursor) again.setSelectionRange(...cursor); } catch { /* numbers and dates have no cursor to set */ }
}

// A field that says something else than the server knew when it was drawn is somebody's work.
function carry(from, to) {
  if (!to) return;
  if (from.type === 'file') { if (from.files.length) to.replaceWith(from); return; }
  if (from.type === 'checkbox' || from.type === 'radio') { if (from === document.activeElement && from.checked !== from.defaultChecked) to.checked = from.checked; return; }
  if (from.tagName === 'SELECT') return;
  if (from.value !== from.defaultValue && to.value === from.defaultValue) to.value = from.value;
}
