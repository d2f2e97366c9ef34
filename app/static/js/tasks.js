// A task that runs: ask the site every two seconds how far it is, until it is over.

import { json } from "./http.js";

const EVERY_MS = 2000;

export function show(root, run) {
  const text = root.querySelector("[data-run-state] .state");
  if (text.textContent !== run.label) {
    text.textContent = run.label;
  }
  const label = run.message || `${run.progress} %`;
  const bar = root.querySelector("[data-run-progress] progress");
  bar.value = run.progress;
  bar.setAttribute("aria-label", label);
  root.querySelector("[data-run-progress] .progress-count").textContent = label;
  const output = root.querySelector("[data-run-output]");
  if (output.textContent !== run.output) {
    const atEnd = output.scrollTop + output.clientHeight >= output.scrollHeight - 4;
    output.textContent = run.output;
    if (atEnd) {
      output.scrollTop = output.scrollHeight;
    }
  }
}

async function follow(root) {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    if (document.hidden) {
      continue;
    }
    const run = await json(root.dataset.run).catch(() => null);
    if (run?.is_over) {
      window.location.reload();
      return;
    }
    if (run) {
      show(root, run);
    }
  }
}

const root = document.querySelector("[data-run]");
if (root) {
  follow(root);
}
