// Light, dark or automatic, without a reload: the forms of [data-modes].

import { send } from "./http.js";

function show(group, mode) {
  document.documentElement.dataset.bsTheme = mode;
  for (const button of group.querySelectorAll("[data-mode]")) {
    button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
  }
}

for (const group of document.querySelectorAll("[data-modes]")) {
  group.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    const before = document.documentElement.dataset.bsTheme;
    show(group, form.querySelector("[data-mode]").dataset.mode);
    try {
      await send(form.action, { method: "POST", redirect: "manual" });
    } catch {
      show(group, before);
    }
  });
}
