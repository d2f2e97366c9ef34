// Ask before sending: <form data-confirm="Annuler cet achat ?">, or one of its buttons.

export function confirmForms(root = document, ask = (question) => window.confirm(question)) {
  root.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
    if (question && !ask(question)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  });
}

confirmForms();
