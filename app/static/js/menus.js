// Menus and dialogs close as one expects; they open without scripts.

// <details data-menu>
function closeMenus() {
  const open = () => document.querySelectorAll("details[data-menu][open]");

  document.addEventListener("click", (event) => {
    for (const menu of open()) {
      if (!menu.contains(event.target)) {
        menu.open = false;
      }
    }
  });
  document.addEventListener("focusin", (event) => {
    for (const menu of open()) {
      if (!menu.contains(event.target)) {
        menu.open = false;
      }
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") {
      return;
    }
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}

// <a href="#ban" data-dialog>, <dialog id="ban">, <a href="#" data-dialog-close>
function openDialogs() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-dialog], [data-dialog-close]");
    if (link && "dialog" in link.dataset) {
      event.preventDefault();
      document.getElementById(link.hash.slice(1)).showModal();
    } else if (link) {
      event.preventDefault();
      const dialog = link.closest("dialog");
      dialog.close();
      if (location.hash === `#${dialog.id}`) {
        location.hash = "";
      }
    } else if (event.target instanceof HTMLDialogElement) {
      event.target.close(); // its backdrop
    }
  });
}

closeMenus();
openDialogs();
