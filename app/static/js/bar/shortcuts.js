// The keyboard of a desktop: shortcuts of one key, that one may switch off.
//
//     shortcuts({ u: undoLast, "?": showHelp });

const STORED = "bar-shortcuts";
const FIELDS = "input, textarea, select, [contenteditable]";

function areOn() {
  try {
    return localStorage.getItem(STORED) !== "off";
  } catch {
    return true; // a browser that keeps nothing
  }
}

function armSwitch(box) {
  box.checked = areOn();
  box.addEventListener("change", () => {
    try {
      localStorage.setItem(STORED, box.checked ? "on" : "off");
    } catch {
      box.checked = true;
    }
  });
}

export function shortcuts(actions) {
  const box = document.querySelector("[data-shortcuts]");
  if (box) {
    armSwitch(box);
  }
  document.addEventListener("keydown", (event) => {
    const act = actions[event.key];
    const typing = event.target.closest?.(FIELDS);
    const meant = event.ctrlKey || event.metaKey || event.altKey || event.repeat;
    if (!act || typing || meant || document.querySelector("dialog[open]") || !areOn()) {
      return;
    }
    event.preventDefault();
    act();
  });
}
