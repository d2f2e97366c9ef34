// Put cards in order: drag one to its place, or press its arrows. Without this, arrows load the page.

import { Refused, send } from "../http.js";
import { toast } from "../toasts.js";

function cards(list) {
  return [...list.querySelectorAll(":scope > [data-named]")];
}

function refreshArrows(list) {
  const all = cards(list);
  for (const [rank, card] of all.entries()) {
    const [earlier, later] = card.querySelectorAll("[data-shift] button");
    if (earlier && later) {
      earlier.disabled = rank === 0;
      later.disabled = rank === all.length - 1;
    }
  }
}

async function save(list) {
  const { order, orderOf, orderIn, orderSaved } = list.dataset;
  const names = cards(list).map((card) => card.dataset.named);
  const said = orderIn ? { collection: orderIn, [orderOf]: names } : { [orderOf]: names };
  const response = await send(order, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(said),
  });
  if (!response.ok) {
    throw new Refused(response.status, await response.json().catch(() => null));
  }
  toast("success", orderSaved);
}

// Save what is shown; what is refused is undone.
async function settle(list, before) {
  refreshArrows(list);
  try {
    await save(list);
  } catch (error) {
    list.append(...before);
    refreshArrows(list);
    toast("danger", error.message);
  }
}

function shift(list, form) {
  const card = form.closest("[data-named]");
  const before = cards(list);
  const neighbour = before[before.indexOf(card) + Number(form.dataset.shift)];
  if (!neighbour) {
    return;
  }
  if (form.dataset.shift === "-1") {
    neighbour.before(card);
  } else {
    neighbour.after(card);
  }
  settle(list, before);
  const pressed = form.querySelector("button");
  const other = card.querySelector("[data-shift] button:not(:disabled)");
  (pressed.disabled ? other : pressed)?.focus();
}

function armDragging(list) {
  let dragged = null;
  let before = [];
  list.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("[data-named]");
    before = cards(list);
    event.dataTransfer.effectAllowed = "move";
    dragged?.classList.add("is-dragged");
  });
  list.addEventListener("dragover", (event) => {
    const over = event.target.closest("[data-named]");
    if (!dragged) {
      return;
    }
    event.preventDefault();
    if (over && over !== dragged) {
      const all = cards(list);
      over[all.indexOf(dragged) < all.indexOf(over) ? "after" : "before"](dragged);
    }
  });
  list.addEventListener("drop", (event) => event.preventDefault());
  list.addEventListener("dragend", () => {
    dragged?.classList.remove("is-dragged");
    dragged = null;
    if (cards(list).some((card, rank) => card !== before[rank])) {
      settle(list, before);
    }
  });
}

function arm(list) {
  list.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-shift]");
    if (form) {
      event.preventDefault();
      shift(list, form);
    }
  });
  armDragging(list);
  const set = (isEditing) => {
    for (const card of cards(list)) {
      card.draggable = isEditing;
    }
  };
  set(new URLSearchParams(location.search).has("edit"));
  document.addEventListener("photos:edit", (event) => set(event.detail.isEditing));
}

for (const list of document.querySelectorAll("[data-order]")) {
  arm(list);
}
