// Signature on glass: strokes as JSON and a picture as SVG go into two hidden fields. components/signature.html has the markup.
const INK = '#16211f';

const MOST = 1500; // points; what is signed without network waits on the phone and should be light

// The strokes as bare pairs of whole numbers, at even distances where there are too many.
function few(drawn) {
  const each = Math.ceil(drawn.reduce((sum, { points }) => sum + points.length, 0) / MOST);
  return drawn.map(({ points }) => points
    .filter((_, index) => index % each === 0 || index === points.length - 1)
    .map(({ x, y }) => [Math.round(x), Math.round(y)]));
}

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
    strokes.value = blank ? '' : JSON.stringify(form.hasAttribute('data-sign') ? few(pad.toData()) : pad.toData());
    picture.value = blank || form.hasAttribute('data-sign') ? '' : pad.toSVG();
    if (hint) hint.hidden = !blank;
    if (error && !blank) error.hidden = true;
  };

  fit();
  new ResizeObserver(fit).observe(canvas); // a pad may be shown only later
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

// A pad that waits in a hidden part of the page is fetched when that part is shown.
function whenShown(box) {
  if (box.offsetParent) { start(box); return; }
  const shown = new ResizeObserver(() => {
    if (!box.offsetParent) return;
    shown.disconnect();
    start(box);
  });
  shown.observe(box);
}

document.querySelectorAll('[data-signature][data-pad]').forEach(whenShown);
