// Forms: go to what is wrong, send once, show a password.

function focusSummary() {
  document.querySelector("[data-error-summary]")?.focus();
}

// <form data-once>: what was sent is not sent again while its answer is awaited.
function sendOnce() {
  const sent = new Set();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !("once" in form.dataset)) {
      return;
    }
    if (sent.has(form)) {
      event.preventDefault();
      return;
    }
    sent.add(form);
    for (const button of form.querySelectorAll('button[type="submit"]')) {
      button.setAttribute("aria-disabled", "true");
    }
  });
  // Back on the page by the browser's button: one may send again.
  window.addEventListener("pageshow", () => {
    for (const form of sent) {
      for (const button of form.querySelectorAll('button[type="submit"]')) {
        button.removeAttribute("aria-disabled");
      }
    }
    sent.clear();
  });
}

// <button data-reveal="id of the field" aria-pressed="false" hidden>
function revealPasswords() {
  for (const button of document.querySelectorAll("[data-reveal]")) {
    const field = document.getElementById(button.dataset.reveal);
    button.hidden = false;
    button.addEventListener("click", () => {
      const shown = field.type === "password";
      field.type = shown ? "text" : "password";
      button.setAttribute("aria-pressed", String(shown));
    });
    field.form?.addEventListener("submit", () => {
      field.type = "password";
    });
  }
}

focusSummary();
sendOnce();
revealPasswords();
