// Says that there is news, and nothing more; touched, it opens the messages. A second copy takes the place of the first.
self.addEventListener('push', (event) => {
  let said = {};
  try { said = event.data?.json() ?? {}; } catch { /* not ours to read */ }
  event.waitUntil(self.registration.showNotification('护到家', {
    body: said.text ?? '您有一条新消息', tag: said.key ?? 'news', icon: '/nurse/icon-192.png', lang: 'zh-CN',
  }));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil((async () => {
    const home = new URL('{{ home }}', location.origin).href;
    const open = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
    const there = open.find((one) => one.url === home);
    if (there) await there.focus();
    else await self.clients.openWindow(home);
  })());
});
