// <form data-press>: a page whose one button is pressed by itself, as long as nobody came back to it.

const [arrival] = performance.getEntriesByType("navigation");

if (arrival?.type !== "back_forward") {
  document.querySelector("form[data-press]")?.requestSubmit();
}
