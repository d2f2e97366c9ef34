// A page that is shown without a network, as it was: the service worker says since when on <html>
// (sw/pages.js). How old it is, nothing that changed since, nothing to send.

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

export function age(at, now, language) {
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? UNITS.at(-1);
  const format = new Intl.RelativeTimeFormat(language, { numeric: "always" });
  return format.format(-Math.floor(seconds / size), unit);
}

function showAge(root, at) {
  const said = age(at, Date.now(), root.lang);
  for (const element of document.querySelectorAll("[data-kept-age]")) {
    element.textContent = ` (${said})`;
  }
}

function empty() {
  for (const element of document.querySelectorAll("[data-live]")) {
    element.textContent = "—";
  }
  for (const element of document.querySelectorAll(".toasts > .toast")) {
    element.remove(); // what was said then
  }
}

function disable() {
  for (const form of document.querySelectorAll("form[method='post']:not([data-works-offline])")) {
    for (const element of form.elements) {
      element.disabled = true;
    }
  }
}

const root = document.documentElement;
const at = Date.parse(root.dataset.keptAt ?? "");
if (!Number.isNaN(at)) {
  showAge(root, at);
  setInterval(() => showAge(root, at), 60_000);
  empty();
  disable();
  root.dataset.keptShown = "";
}
