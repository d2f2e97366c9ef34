// Whether this device rings (modules/notifications/templates/_push.html): the switch, and the
// question that is asked once. Both are for the installed site; elsewhere, one is told how.

import { post, Refused } from "./http.js";
import { toast } from "./toasts.js";

// Where it is remembered that the question was answered.
const ASKED = "push-asked";
// How long the service worker may take to be there, in milliseconds.
const PATIENCE = 10_000;

const isInstalled = () =>
  window.matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;

const isSupported = () =>
  "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

// An iPad says that it is a Mac, but one that is touched.
const isApple = () =>
  /iPhone|iPad|iPod/.test(navigator.userAgent) ||
  (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

async function digest(text) {
  const made = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(made)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function manager() {
  const late = new Promise((_, refuse) => {
    setTimeout(() => refuse(new Error("no service worker")), PATIENCE);
  });
  return (await Promise.race([navigator.serviceWorker.ready, late])).pushManager;
}

// Whether a device was given to the site under another key than the one it has now.
function isForAnother(subscription, key) {
  const known = new Uint8Array(subscription.options.applicationServerKey ?? []);
  const wanted = bytes(key);
  return known.length !== wanted.length || known.some((byte, index) => byte !== wanted[index]);
}

function give(pushes, key) {
  return pushes.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
}

// Have this device ring; false when its owner does not let it.
async function start({ key, subscribe }) {
  if ((await Notification.requestPermission()) !== "granted") {
    return false;
  }
  const pushes = await manager();
  const known = await pushes.getSubscription();
  if (known && isForAnother(known, key)) {
    await known.unsubscribe();
  }
  const given = await give(pushes, key);
  try {
    await post(subscribe, given.toJSON());
  } catch (refusal) {
    if (refusal.status !== 409) {
      throw refusal;
    }
    // It was somebody else's, with other keys: it becomes another device.
    await given.unsubscribe();
    await post(subscribe, (await give(pushes, key)).toJSON());
  }
  return true;
}

// Have it ring no more.
async function stop({ unsubscribe }) {
  const given = await (await manager()).getSubscription();
  if (given) {
    await post(unsubscribe, { endpoint: given.endpoint });
    await given.unsubscribe();
  }
}

function say(error, { failed }) {
  toast("danger", error instanceof Refused ? error.message : failed);
}

// ---- The switch

function state() {
  if (!isInstalled()) {
    return isApple() ? "iphone" : "browser";
  }
  if (!isSupported()) {
    return "unsupported";
  }
  return Notification.permission === "denied" ? "denied" : "ready";
}

function show(box) {
  const now = state();
  for (const part of box.querySelectorAll("[data-push-state]")) {
    part.hidden = part.dataset.pushState !== now;
  }
  return now;
}

async function isKnown(box) {
  const given = await (await manager()).getSubscription();
  return Boolean(given) && box.dataset.known.split(" ").includes(await digest(given.endpoint));
}

async function listen(box) {
  const control = box.querySelector("input");
  control.addEventListener("change", async () => {
    const wanted = control.checked;
    control.disabled = true;
    try {
      const done = wanted ? await start(box.dataset) : (await stop(box.dataset), true);
      control.checked = wanted && done;
      if (done) {
        toast("success", wanted ? box.dataset.on : box.dataset.off);
      }
    } catch (error) {
      control.checked = !wanted;
      say(error, box.dataset);
    }
    control.disabled = false;
    show(box);
  });
  document.addEventListener("visibilitychange", () => show(box)); // back from the settings
  if (show(box) === "ready") {
    try {
      control.checked = Notification.permission === "granted" && (await isKnown(box));
    } catch {
      // it is off as far as the site knows: turning it on says more
    }
    control.disabled = false;
  }
}

// ---- The question

function remember() {
  try {
    localStorage.setItem(ASKED, "yes");
  } catch {
    // it is asked again another time
  }
}

function wasAsked() {
  try {
    return localStorage.getItem(ASKED) !== null;
  } catch {
    return true;
  }
}

function ask(box) {
  if (state() !== "ready" || Notification.permission !== "default" || wasAsked()) {
    return;
  }
  const [accept, dismiss] = ["accept", "dismiss"].map((name) =>
    box.querySelector(`[data-push-${name}]`),
  );
  accept.addEventListener("click", async () => {
    accept.disabled = true;
    try {
      if (await start(box.dataset)) {
        toast("success", box.dataset.on);
      }
      remember();
      box.hidden = true;
    } catch (error) {
      accept.disabled = false;
      say(error, box.dataset);
    }
  });
  dismiss.addEventListener("click", () => {
    remember();
    box.hidden = true;
  });
  box.hidden = false;
}

for (const box of document.querySelectorAll("[data-push]")) {
  listen(box);
}
for (const box of document.querySelectorAll("[data-push-prompt]")) {
  ask(box);
}
