// Calls to this browser. It keeps no page and answers no request.
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

{% include "desks/_push.js" %}
