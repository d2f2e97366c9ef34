// Issues that are being drawn: how far they are, every two seconds, until they can be read.

import { json } from "../http.js";

const EVERY_MS = 2000;

export function show(root, made) {
  const bar = root.querySelector("progress");
  bar.max = made.total;
  bar.value = made.done;
  bar.setAttribute("aria-label", made.message);
  root.querySelector(".progress-count").textContent = made.message;
}

// Nobody is interrupted: what is typed in a dialog would be lost.
const mayReload = () => !document.hidden && !document.querySelector("dialog[open]");

async function follow(root) {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    if (!mayReload()) {
      continue;
    }
    const made = await json(root.dataset.bekkProgress).catch(() => null);
    if (made?.is_over && mayReload()) {
      window.location.reload();
      return;
    }
    if (made) {
      show(root, made);
    }
  }
}

for (const root of document.querySelectorAll("[data-bekk-progress]")) {
  follow(root);
}
