// Put banners in order by their arrows, which keep the focus. Without this, they load the page.

import { send } from "../http.js";
import { toast } from "../toasts.js";

function lines(list) {
  return [...list.querySelectorAll(":scope > [data-key]")];
}

function refresh(list) {
  const all = lines(list);
  for (const [rank, line] of all.entries()) {
    const [up, down] = line.querySelectorAll("[data-shift] button");
    up.disabled = rank === 0;
    down.disabled = rank === all.length - 1;
  }
}

async function save(list) {
  const keys = lines(list).map((line) => Number(line.dataset.key));
  const response = await send(list.dataset.order, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ banner_ids: keys }),
  });
  if (!response.ok) {
    throw new Error(list.dataset.failed);
  }
}

// One is sent after the other: the last one that is shown is the last one that is saved.
let saving = Promise.resolve();

async function settle(list, before) {
  refresh(list);
  const mine = saving.then(() => save(list));
  saving = mine.catch(() => null);
  try {
    await mine;
    toast("success", list.dataset.saved);
  } catch {
    list.append(...before);
    refresh(list);
    toast("danger", list.dataset.failed);
  }
}

function shift(list, form) {
  const line = form.closest("[data-key]");
  const before = lines(list);
  const by = Number(form.dataset.shift);
  const neighbour = before[before.indexOf(line) + by];
  if (!neighbour) {
    return;
  }
  neighbour[by < 0 ? "before" : "after"](line);
  settle(list, before);
  const pressed = form.querySelector("button");
  (pressed.disabled ? line.querySelector("[data-shift] button:not(:disabled)") : pressed)?.focus();
}

for (const list of document.querySelectorAll("[data-order]")) {
  list.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-shift]");
    if (form) {
      event.preventDefault();
      shift(list, form);
    }
  });
}
