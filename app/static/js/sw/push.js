// What the service worker does of what is pushed to it: show it, mark it as read, follow it.
// The site seals it for this device (modules/notifications): { id, title, body, url, image, quiet,
// tag, lang }.

(() => {
  const WORDS = {
    fr: { read: "Marquer comme lue", news: "Il y a du nouveau." },
    en: { read: "Mark as read", news: "There is something new." },
  };
  const SITE_NAME = "PC est magique";
  const ICON = "/static/img/icon-192.png";
  const KEY = "/api/push/vapid_public_key";
  // Where the pages of the site agree on what is read (static/js/bell.js).
  const CHANNEL = "notifications";

  // What came; of what cannot be read, that something did: a browser wants it shown.
  function read(data) {
    try {
      const { title, ...said } = data.json();
      return { title: String(title), ...said };
    } catch {
      return { title: SITE_NAME, body: WORDS.fr.news, tag: "news", lang: "fr", url: "/" };
    }
  }

  function tellPages() {
    const pages = new BroadcastChannel(CHANNEL);
    pages.postMessage({});
    pages.close();
  }

  async function show({ title, body, url, image, quiet, tag, lang, id }) {
    const words = WORDS[lang] ?? WORDS.fr;
    const options = {
      body,
      tag,
      lang,
      icon: ICON,
      silent: Boolean(quiet),
      requireInteraction: !quiet,
      data: { id, url },
    };
    if (image) {
      options.image = image;
    }
    if (!quiet) {
      options.vibrate = [200, 100, 200]; // what is silent must not have it
    }
    if (id) {
      options.actions = [{ action: "read", title: words.read }];
    }
    await self.registration.showNotification(title, options);
    tellPages();
  }

  // What the site wants with what it is sent: the token of its forms, and the key of its pushes.
  async function site() {
    const answer = await fetch(KEY, { credentials: "same-origin" });
    if (!answer.ok) {
      throw new Error(`HTTP ${answer.status}`);
    }
    return answer.json();
  }

  function post(url, csrf, body) {
    return fetch(url, {
      method: "POST",
      credentials: "same-origin",
      headers: { "X-CSRFToken": csrf, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  }

  async function markAsRead(id) {
    const { csrf } = await site();
    await post(`/api/push/notifications/${encodeURIComponent(id)}/read`, csrf, {});
    tellPages();
  }

  // Where a notification leads: a page that is open already, or a new one.
  async function open(url) {
    const address = new URL(url ?? "/", self.location.origin);
    if (address.protocol !== "https:" && address.origin !== self.location.origin) {
      return;
    }
    const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const there = pages.find((page) => page.url === address.href);
    await (there ? there.focus() : self.clients.openWindow(address.href));
  }

  // A browser changed what it gave: the site is given the new one, and takes back the other.
  async function renew({ oldSubscription, newSubscription }) {
    const { public_key: key, csrf } = await site();
    const options = { userVisibleOnly: true, applicationServerKey: key };
    const given = newSubscription ?? (await self.registration.pushManager.subscribe(options));
    await post("/api/push/subscribe", csrf, given.toJSON());
    if (oldSubscription && oldSubscription.endpoint !== given.endpoint) {
      await post("/api/push/unsubscribe", csrf, { endpoint: oldSubscription.endpoint });
    }
  }

  self.addEventListener("push", (event) => {
    event.waitUntil(show(read(event.data)));
  });

  self.addEventListener("notificationclick", (event) => {
    const { id, url } = event.notification.data ?? {};
    event.notification.close();
    const following = event.action === "read" ? null : open(url);
    const reading = id ? markAsRead(id).catch(() => null) : null; // they logged out since
    event.waitUntil(Promise.all([following, reading]));
  });

  self.addEventListener("pushsubscriptionchange", (event) => {
    event.waitUntil(renew(event));
  });
})();
