// Looking at a page, or changing what it shows, without loading it again: the address says which.

function show(isEditing) {
  for (const element of document.querySelectorAll("[data-edit-only]")) {
    element.hidden = !isEditing;
  }
  for (const element of document.querySelectorAll("[data-view-only]")) {
    element.hidden = isEditing;
  }
  document.dispatchEvent(new CustomEvent("photos:edit", { detail: { isEditing } }));
}

export function isEditing(address = location) {
  return new URLSearchParams(address.search).has("edit");
}

function follow(event) {
  const link = event.target.closest("[data-edit-toggle]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) {
    return;
  }
  event.preventDefault();
  const there = new URL(link.href);
  history.replaceState(history.state, "", there.pathname + there.search + location.hash);
  show(isEditing(there));
  // what was pressed is gone: the focus goes to what replaces it
  document.querySelector("[data-edit-toggle]:not([hidden])")?.focus();
}

document.addEventListener("click", follow);
