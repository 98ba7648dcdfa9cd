// Keeps the page that checks a nurse's badge, so that a family without network can still ask it.
const KEPT = 'badge-1';
const FILES = [{% for file in files %}'{{ file|escapejs }}', {% endfor %}'{% url "public:badge" %}'];

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

// The network first, so that a new key reaches the page; what is kept only when there is none.
self.addEventListener('fetch', (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== 'GET' || origin !== location.origin || !FILES.includes(pathname)) return;
  event.respondWith(
    fetch(event.request)
      .then((answer) => {
        if (answer.ok) {
          const copy = answer.clone();
          event.waitUntil(caches.open(KEPT).then((cache) => cache.put(pathname, copy)));
        }
        return answer;
      })
      .catch(() => caches.match(pathname)),
  );
});
