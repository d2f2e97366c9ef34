// The date that one looks at is in sight in the list of the dates.

for (const list of document.querySelectorAll("[data-dates]")) {
  const here = list.querySelector("[aria-current]");
  if (here) {
    list.scrollLeft = here.offsetLeft - (list.clientWidth - here.offsetWidth) / 2;
    list.scrollTop = here.offsetTop - (list.clientHeight - here.offsetHeight) / 2;
  }
}
