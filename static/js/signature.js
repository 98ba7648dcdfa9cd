// Signature on glass: strokes as JSON and a picture as SVG go into two hidden fields. components/signature.html has the markup.
const INK = '#16211f';

async function start(box) {
  // The address comes from the page: only the server knows the file's hashed name.
  const { default: Pad } = await import(box.dataset.pad);
  const canvas = box.querySelector('canvas');
  const form = box.closest('form');
  if (!canvas || !form) return;
  const name = box.dataset.name;
  const strokes = form.elements.namedItem(`${name}_strokes`);
  const picture = form.elements.namedItem(`${name}_svg`);
  const error = box.querySelector('[data-signature-error]');
  const hint = box.querySelector('[data-signature-hint]');
  const pad = new Pad(canvas, { minWidth: 1.1, maxWidth: 3, penColor: INK });

  const fit = () => {
    const ratio = Math.max(devicePixelRatio || 1, 1);
    if (canvas.width === Math.round(canvas.offsetWidth * ratio)) return;
    const drawn = pad.toData();
    canvas.width = Math.round(canvas.offsetWidth * ratio);
    canvas.height = Math.round(canvas.offsetHeight * ratio);
    canvas.getContext('2d').scale(ratio, ratio);
    pad.clear();
    pad.fromData(drawn);
  };
  const keep = () => {
    const blank = pad.isEmpty();
    strokes.value = blank ? '' : JSON.stringify(pad.toData());
    picture.value = blank ? '' : pad.toSVG();
    if (hint) hint.hidden = !blank;
    if (error && !blank) error.hidden = true;
  };

  fit();
  addEventListener('resize', fit);
  pad.addEventListener('endStroke', keep);
  box.querySelector('[data-signature-clear]').addEventListener('click', () => {
    pad.clear();
    keep();
  });
  form.addEventListener('submit', (event) => {
    keep();
    if (!pad.isEmpty() || event.submitter?.formNoValidate || form.dataset.signature === 'optional') return;
    event.preventDefault();
    event.stopPropagation();
    delete form.dataset.sending;
    form.removeAttribute('aria-busy');
    error.hidden = false;
    canvas.focus();
  });
}

document.querySelectorAll('[data-signature]').forEach(start);
