// Who logs out takes their notifications along: this device rings for them no more.

import { send } from "./http.js";

const LOG_OUT = "/logout";
const UNSUBSCRIBE = "/api/push/unsubscribe";
// How long that may take, in milliseconds: one leaves all the same.
const PATIENCE = 2000;

async function stop() {
  const registration = await navigator.serviceWorker.getRegistration();
  const given = await registration?.pushManager?.getSubscription();
  if (given) {
    await send(UNSUBSCRIBE, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ endpoint: given.endpoint }),
      keepalive: true,
    });
    await given.unsubscribe();
  }
}

function mayRing() {
  return "serviceWorker" in navigator && window.Notification?.permission === "granted";
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const { pathname } = new URL(form.getAttribute("action") ?? "", location.href);
  if (event.defaultPrevented || pathname !== LOG_OUT || !mayRing()) {
    return;
  }
  event.preventDefault();
  const late = new Promise((go) => {
    setTimeout(go, PATIENCE);
  });
  await Promise.race([stop().catch(() => null), late]);
  form.submit();
});
