// The usual amounts, written at a press; without this, each is a link that does the same.

const amount = document.querySelector('input[name="amount"]');

for (const link of document.querySelectorAll("[data-preset]")) {
  link.addEventListener("click", (event) => {
    if (!amount || event.metaKey || event.ctrlKey || event.shiftKey) {
      return;
    }
    event.preventDefault();
    amount.value = link.dataset.preset;
    amount.focus();
  });
}
