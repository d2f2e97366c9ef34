// Panier Bio: the button says how many baskets are chosen, and what they cost.

const language = document.documentElement.lang;
const euros = new Intl.NumberFormat(language, { style: "currency", currency: "EUR" });
const plural = new Intl.PluralRules(language);

export function verb(words, { baskets, waiting, price }) {
  if (!baskets) {
    return waiting ? words.wait : words.none;
  }
  const said =
    plural.select(baskets) === "one" ? words.one : words.many.replace("{n}", String(baskets));
  return price ? `${said} · ${euros.format((baskets * price) / 100)}` : said;
}

function follow(form) {
  const send = form.querySelector("[data-basket-send] span");
  const told = form.querySelector("[data-basket-total]");
  const price = Number(form.dataset.price);
  const show = () => {
    const chosen = [...form.querySelectorAll('[name="dates[]"]:checked:not(:disabled)')];
    const waiting = chosen.filter((box) => "full" in box.dataset).length;
    send.textContent = verb(form.dataset, { baskets: chosen.length - waiting, waiting, price });
    told.textContent = ""; // the button says it
  };
  form.addEventListener("change", show);
  window.addEventListener("pageshow", show); // browsers keep what was chosen
}

for (const form of document.querySelectorAll("[data-basket-form]")) {
  follow(form);
}
