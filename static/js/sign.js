// Signing for a visit: only a hand on glass is asked for strokes, and a page without network says which words it showed.
for (const form of document.querySelectorAll('form[data-sign]')) {
  const method = () => form.querySelector('[name="method"]:checked')?.value ?? 'glass';
  const fit = () => {
    if (method() === 'glass') delete form.dataset.signature;
    else form.dataset.signature = 'optional'; // signature.js then lets an empty pad pass
  };
  form.addEventListener('change', fit);
  fit();
  // Ahead of the listeners on the document, which keep what stands in the form.
  form.addEventListener('submit', () => {
    const summary = document.querySelector('[data-summary]');
    if (form.elements.shown.value || !summary) return;
    form.elements.shown_words.value = [...summary.children].map((row) => [...row.children].map((part) => part.textContent).join('：')).join('\n');
  }, true);
}
