// A run of the attribution: ask the site every two seconds how far it is, until it is over.

import { json } from "../http.js";

const EVERY_MS = 2000;

export function show(root, run) {
  const state = root.querySelector("[data-run-state] .state");
  if (state.textContent !== run.label) {
    state.textContent = run.label;
  }
  const label = run.message || `${run.progress} %`;
  const bar = root.querySelector("[data-run-progress] progress");
  bar.value = run.progress;
  bar.setAttribute("aria-label", label);
  root.querySelector("[data-run-progress] .progress-count").textContent = label;
}

// Ask, now and then; when it is over, show the page anew.
export async function follow(root, { ask = json, reload = () => window.location.reload() } = {}) {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    if (document.hidden) {
      continue;
    }
    const run = await ask(root.dataset.clubQRun).catch(() => null);
    if (run?.is_over) {
      reload();
      return;
    }
    if (run) {
      show(root, run);
    }
  }
}

const root = document.querySelector("[data-club-q-run]");
if (root) {
  follow(root);
}
