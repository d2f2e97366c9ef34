// The cash box: coins and notes add up as they are typed, and the difference is told.

const AMOUNT = /^\s*(\d{1,9})(?:[.,](\d{1,2}))?\s*€?\s*$/;

// An amount that is typed, in cents; null for what is none.
export function cents(text) {
  const read = AMOUNT.exec(text.replace(/(\d)\s(?=\d{3})/g, "$1"));
  return read ? Number(read[1]) * 100 + Number((read[2] ?? "").padEnd(2, "0")) : null;
}

// What coins and notes come to; null if none is typed.
export function total(fields) {
  const typed = [...fields].filter((field) => /^\d{1,6}$/.test(field.value.trim()));
  if (typed.length === 0) {
    return null;
  }
  return typed.reduce((sum, field) => sum + Number(field.dataset.piece) * Number(field.value), 0);
}

function euros(amount, options) {
  return new Intl.NumberFormat(document.documentElement.lang, options).format(amount / 100);
}

export function run(form) {
  const pieces = form.querySelectorAll("[data-piece]");
  const counted = form.querySelector("[name=counted]");
  const place = form.querySelector("[data-difference]");

  function tell() {
    const amount = cents(counted.value);
    place.hidden = amount === null;
    if (amount === null) {
      return;
    }
    const difference = amount - Number(form.dataset.cash);
    const kind = difference === 0 ? "right" : difference < 0 ? "missing" : "extra";
    const said = euros(Math.abs(difference), { style: "currency", currency: "EUR" });
    place.textContent = form.dataset[kind].replace("{amount}", said);
    place.className = `bar-difference is-${kind}`;
  }

  for (const field of pieces) {
    field.addEventListener("input", () => {
      const sum = total(pieces);
      counted.value =
        sum === null ? "" : euros(sum, { minimumFractionDigits: 2, useGrouping: false });
      tell();
    });
  }
  counted.addEventListener("input", tell);
  form.querySelector("[data-add]").hidden = true;
  tell();
}

const form = document.querySelector("[data-cash]");
if (form) {
  run(form);
}
