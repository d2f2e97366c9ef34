// The buttons that copy a value (components/copy.html): shown where the browser can.

const SHOWN_MS = 2000;

async function copy(button) {
  const done = button.parentElement.querySelector(".copy-done");
  await navigator.clipboard.writeText(button.dataset.copy);
  done.textContent = button.dataset.copied;
  setTimeout(() => {
    done.textContent = "";
  }, SHOWN_MS);
}

if (navigator.clipboard) {
  document.querySelectorAll("[data-copy]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  });
}
