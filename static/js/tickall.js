// A form of many lines: one press ticks or unticks all, and the button says how many are chosen.
function count(form) {
  const boxes = [...form.querySelectorAll('input[type="checkbox"][name="line"]')];
  const button = form.querySelector('button[name="which"]');
  if (!button || !boxes.length) return;
  button.dataset.plain ??= button.textContent; // what the server wrote, for whoever compares
  const chosen = boxes.filter((box) => box.checked).length;
  button.textContent = chosen === boxes.length ? `派出全部 ${chosen} 单` : `派出勾选的 ${chosen} 单`;
  button.disabled = !chosen;
  let all = form.querySelector('[data-all]');
  if (!all) {
    all = document.createElement('button');
    all.type = 'button';
    all.className = 'btn';
    Object.assign(all.dataset, { all: '', scripted: '' });
    all.addEventListener('click', () => {
      const on = boxes.some((box) => !box.checked);
      boxes.forEach((box) => { box.checked = on; });
      count(form);
    });
    button.after(all);
  }
  all.textContent = chosen === boxes.length ? '全部不选' : '全部勾选';
}

const every = () => document.querySelectorAll('form[data-tickall]').forEach(count);
document.addEventListener('change', (event) => event.target.form?.matches('[data-tickall]') && count(event.target.form));
document.addEventListener('htmx:after:swap', every);
document.addEventListener('live:swapped', every);
every();
