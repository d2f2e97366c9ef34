// The figures of the day that goes on: ask the site every thirty seconds, while someone looks.

import { json } from "../http.js";

const EVERY_MS = 30000;

export function show(root, day) {
  for (const place of root.querySelectorAll("[data-figure]")) {
    const text = day.shown[place.dataset.figure];
    if (text !== undefined && place.textContent !== text) {
      place.textContent = text;
    }
  }
}

// Ask, now and then; return what stops it.
export function follow(root, ask = json) {
  let timer = null;

  async function refresh() {
    const day = await ask(root.dataset.stats).catch(() => null);
    if (day) {
      show(root, day);
    }
  }

  function stop() {
    clearInterval(timer);
    timer = null;
  }

  function start() {
    if (timer === null) {
      timer = setInterval(refresh, EVERY_MS);
    }
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      stop();
    } else {
      refresh();
      start();
    }
  });
  if (!document.hidden) {
    start();
  }
  return stop;
}

const root = document.querySelector("[data-stats]");
if (root) {
  follow(root);
}
