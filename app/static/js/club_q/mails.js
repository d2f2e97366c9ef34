// Mails that leave: ask the site every two seconds how far it is, until it is over.

import { json } from "../http.js";

const EVERY_MS = 2000;

export function show(root, said) {
  const bar = root.querySelector("progress");
  bar.max = said.total;
  bar.value = said.over;
  bar.setAttribute("aria-label", said.label);
  const count = root.querySelector(".progress-count");
  if (count.textContent !== said.label) {
    count.textContent = said.label;
  }
}

async function follow(root) {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    if (document.hidden) {
      continue;
    }
    const said = await json(root.dataset.campaign).catch(() => null);
    if (said?.is_over) {
      window.location.reload();
      return;
    }
    if (said) {
      show(root, said);
    }
  }
}

const root = document.querySelector("[data-campaign]");
if (root) {
  follow(root);
}
