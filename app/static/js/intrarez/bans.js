// The buttons that add an hour, a day, a week or a month to the end of a ban.

// The same day a month later; the last one of a month that is too short.
function addMonth(date) {
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + 1);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
}

// What the field shows is a clock, not an instant: it is counted on without time zones.
export function later(shown, step) {
  const date = new Date(`${shown}Z`);
  if (Number.isNaN(date.getTime())) {
    return shown;
  }
  if (step === "month") {
    addMonth(date);
  } else {
    date.setUTCHours(date.getUTCHours() + { hour: 1, day: 24, week: 168 }[step]);
  }
  return date.toISOString().slice(0, 16);
}

function now() {
  const date = new Date();
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

document.querySelectorAll("[data-later]").forEach((group) => {
  const form = group.closest("form");
  const end = form.querySelector("[name=ends_at]");
  const unlimited = form.querySelector("[name=unlimited]");
  group.hidden = false;
  group.addEventListener("click", (event) => {
    const button = event.target.closest("[data-step]");
    if (button) {
      end.value = later(end.value || now(), button.dataset.step);
      unlimited.checked = false;
    }
  });
});
