// What happened, said in a corner; failures stay until they are closed.
//
//     import { toast } from "./toasts.js";
//     toast("success", button.dataset.done);

const LASTS = 6000;

function box() {
  return document.querySelector(".toasts");
}

// Leave after a while, unless one is reading it.
function leaveInTime(element, lasts) {
  let timer;
  const start = () => {
    timer = setTimeout(() => element.remove(), lasts);
  };
  const stop = () => clearTimeout(timer);
  for (const name of ["mouseenter", "focusin"]) {
    element.addEventListener(name, stop);
  }
  for (const name of ["mouseleave", "focusout"]) {
    element.addEventListener(name, start);
  }
  start();
}

function arm(element, lasts = LASTS) {
  const close = element.querySelector(".toast-close");
  close.hidden = false;
  close.addEventListener("click", () => element.remove());
  if (!["danger", "warning"].includes(element.dataset.toast)) {
    leaveInTime(element, lasts);
  }
}

// tone: "success", "info", "warning" or "danger"; nothing to say shows nothing.
export function toast(tone, text, lasts = LASTS) {
  if (typeof text !== "string" || !text.trim() || text.trim() === "{}") {
    return null;
  }
  const template =
    document.querySelector(`[data-toast-template="${CSS.escape(tone)}"]`) ??
    document.querySelector('[data-toast-template="info"]');
  const element = template.content.cloneNode(true).querySelector(".toast");
  element.querySelector(".toast-text").textContent = text;
  box().append(element);
  arm(element, lasts);
  return element;
}

// Those of the server were there before the region was watched: written again, they are read aloud.
for (const element of document.querySelectorAll(".toasts > .toast")) {
  arm(element);
  const text = element.querySelector(".toast-text");
  setTimeout(() => text.replaceChildren(...text.childNodes), 100);
}
