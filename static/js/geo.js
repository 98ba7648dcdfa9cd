// Place of a check-in: <form data-geo> with hidden lat, lon, accuracy, located_at. It never keeps the nurse from going on:
// after six seconds, or when the phone refuses, the form goes without a place and the server marks that.
const WAIT = 6000;

function fill(form, values) {
  for (const [name, value] of Object.entries(values)) {
    let input = form.elements.namedItem(name);
    if (!input) {
      input = document.createElement('input');
      input.type = 'hidden';
      input.name = name;
      form.append(input);
    }
    input.value = value;
  }
}

function locate() {
  return new Promise((resolve) => {
    const give = (values) => resolve(values);
    setTimeout(() => give({ location_problem: 'timeout' }), WAIT);
    if (!navigator.geolocation) {
      give({ location_problem: 'unsupported' });
      return;
    }
    navigator.geolocation.getCurrentPosition(
      ({ coords, timestamp }) => give({
        lat: coords.latitude.toFixed(6),
        lon: coords.longitude.toFixed(6),
        accuracy: Math.round(coords.accuracy),
        located_at: new Date(timestamp).toISOString(),
      }),
      (problem) => give({ location_problem: problem.code === 1 ? 'refused' : problem.code === 3 ? 'timeout' : 'unavailable' }),
      { enableHighAccuracy: true, timeout: WAIT - 200, maximumAge: 30000 },
    );
  });
}

document.addEventListener('submit', async (event) => {
  const form = event.target;
  if (!form.matches('[data-geo]') || form.dataset.located) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (form.dataset.locating) return;
  form.dataset.locating = '1';
  const status = form.querySelector('[data-geo-status]') || document.querySelector('[data-status]');
  if (status) status.textContent = '正在读取位置，最多 6 秒。读不到也会照常提交。';
  const submitter = event.submitter;
  fill(form, await locate());
  form.dataset.located = '1';
  delete form.dataset.locating;
  form.requestSubmit(submitter);
  // Should the server send the form back, the next try reads the place again.
  setTimeout(() => delete form.dataset.located, 1000);
}, true);
