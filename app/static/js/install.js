// The service worker of the site, and the button that installs it: on full pages, for who is logged
// in. Pages on the way in from the captive network stay light, and the device may be anybody's.

async function register() {
  const { serviceWorker } = navigator;
  await serviceWorker.register("/sw.js", { updateViaCache: "none" });
  const { active } = await serviceWorker.ready;
  active.postMessage({ kind: "language", language: document.documentElement.lang });
}

// <div data-install hidden>, with a button; elsewhere browsers offer it in their own way.
function offer(box) {
  let asking = null;
  window.addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    asking = event;
    box.hidden = false;
  });
  box.querySelector("button").addEventListener("click", async () => {
    const { outcome } = (await asking?.prompt()) ?? {};
    box.hidden = outcome === "accepted";
  });
  window.addEventListener("appinstalled", () => {
    box.hidden = true;
  });
}

const box = document.querySelector("[data-install]");
if (box) {
  offer(box);
}
if ("serviceWorker" in navigator) {
  const start = () => register().catch(() => null); // the site does without
  if (document.readyState === "complete") {
    start();
  } else {
    window.addEventListener("load", start); // once the page has what it shows
  }
}
