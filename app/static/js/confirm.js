// Ask before sending: <form data-confirm="Annuler cet achat ?">

export function confirmForms(root = document, ask = (question) => window.confirm(question)) {
  root.addEventListener("submit", (event) => {
    const question = event.target.dataset.confirm;
    if (question && !ask(question)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  });
}

confirmForms();
