// A payment that waits: ask the site every five seconds where it stands, until it is known.

import { send } from "../http.js";

const EVERY_MS = 5000;

// Replace the part of the page that says it; return whether it still waits.
export async function refresh(root, ask = fetch) {
  const response = await ask(window.location.href, { credentials: "same-origin" });
  if (!response.ok) {
    return root;
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.querySelector("#content > .narrow");
  if (fresh && fresh.innerHTML !== root.innerHTML) {
    root.replaceWith(fresh);
    return fresh;
  }
  return root;
}

async function watch(root) {
  if (root.dataset.check) {
    await send(root.dataset.check, {
      method: "POST",
      headers: { Accept: "application/json" },
    }).catch(() => null);
  }
  let shown = root;
  while (shown.hasAttribute("data-watch")) {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    if (!document.hidden) {
      shown = await refresh(shown).catch(() => shown);
    }
  }
}

const root = document.querySelector("[data-watch]");
if (root) {
  watch(root);
}
