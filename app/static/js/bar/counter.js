// The counter: one tap sells, another takes it back. Nothing is sold twice, whatever the network does.
// Without this, the same buttons send the form of the menu (templates/bar/counter/_menu.html).

import { json, Refused } from "../http.js";
import { relative } from "../times.js";
import { toast } from "../toasts.js";
import { ask, newKey, Unsure } from "./ledger.js";
import { shortcuts } from "./shortcuts.js";

// How long a sale may be undone from its message; within how long two taps are one.
const UNDO_FOR = 10_000;
const SAME_TAP = 350;
const LINES = 5;
// What only the site knows of someone, and what follows from their money; the order is the menu's.
const FIXED = ["closed", "deposit", "age"];
const REASONS = ["closed", "deposit", "funds", "age", "alcohol", "stock"];

const root = document.querySelector("[data-counter]");
const texts = root.dataset;
const menus = [...root.querySelectorAll("[data-menu-of-bar]")];
const list = root.querySelector("[data-lines]");
const template = root.querySelector("[data-line-template]");
const result = root.querySelector("[data-result]");
const undo = root.querySelector("[data-undo-sale]");

const language = document.documentElement.lang;
const euros = new Intl.NumberFormat(language, { style: "currency", currency: "EUR" });
const plain = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });

const account = {
  balance: Number(texts.balanceCents),
  alcohol: Number(texts.alcoholToday),
  cap: Number(texts.cap),
  // the number of the last line that is told: answers may come in another order
  last: 0,
};
const busy = new Set();
// The keys of what nobody answered: sent again as they are.
const unsure = new Map();
// The sales that may still be undone at once, the last one at the end.
const undoable = [];

function filled(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

function money(cents) {
  return euros.format(cents / 100);
}

function grams(mass) {
  return `${plain.format(mass)}\u00a0g`;
}

function tenths(mass) {
  return Math.round(mass * 10);
}

// The card

function toneOf(cents) {
  if (root.querySelector("[data-now]").dataset.deposit !== "yes") {
    return "grey";
  }
  if (cents <= 100) {
    return "red";
  }
  return cents <= 500 ? "orange" : "normal";
}

function showAccount() {
  const card = root.querySelector("[data-now]");
  card.classList.remove("is-grey", "is-red", "is-orange", "is-normal");
  const tone = toneOf(account.balance);
  card.classList.add(`is-${tone}`);
  const isUrgent = tone !== "normal";
  const top = card.querySelector("[data-money] .btn");
  top?.classList.toggle("btn-primary", isUrgent);
  top?.classList.toggle("btn-secondary", !isUrgent);
  card.querySelector("[data-balance]").textContent = money(account.balance);
  card.querySelector("[data-balance-bar]").value = account.balance;
  const bar = card.querySelector("[data-alcohol-bar]");
  if (bar) {
    bar.value = account.alcohol;
    card.querySelector("[data-alcohol]").textContent = filled(texts.grams, {
      grams: grams(account.alcohol),
      cap: grams(account.cap),
    });
  }
}

// The menu

function buttons() {
  return menus.flatMap((menu) => [...menu.querySelectorAll("button.sell")]);
}

function numberOf(button) {
  return button.value.split("-")[0];
}

function priceOf(button) {
  return Number(button.value.split("-")[1]);
}

function nameOf(button) {
  return button.querySelector("span").textContent;
}

function reasonsOf(button) {
  const mass = Number(button.dataset.grams ?? 0);
  const fixed = (button.dataset.fixed ?? "").split(" ");
  const over = tenths(account.alcohol) + tenths(mass) > tenths(account.cap);
  const holds = {
    funds: account.balance < priceOf(button),
    alcohol: mass > 0 && (account.cap <= 0 || over),
    stock: "left" in button.dataset && Number(button.dataset.left) <= 0,
  };
  return REASONS.filter((reason) => holds[reason] ?? fixed.includes(reason));
}

function showReasons(button) {
  const reasons = reasonsOf(button);
  button.disabled = reasons.length > 0;
  button.querySelector("small")?.remove();
  if (reasons.length) {
    const words = document.createElement("small");
    const said = reasons.map((reason) => texts[`why${reason[0].toUpperCase()}${reason.slice(1)}`]);
    words.textContent = said.join(", ");
    button.append(" ", words);
  }
}

function showMenu() {
  const focused = document.activeElement;
  for (const button of buttons()) {
    showReasons(button);
  }
  if (focused?.disabled) {
    root.querySelector("[data-now]").focus({ preventScroll: true });
  }
}

function mark(number, isBusy) {
  for (const button of buttons().filter((one) => numberOf(one) === number)) {
    button.classList.toggle("is-busy", isBusy);
    if (isBusy) {
      button.setAttribute("aria-disabled", "true");
    } else {
      button.removeAttribute("aria-disabled");
    }
  }
}

// What the site answered to a change: the account as it was then, unless later news came first.
function learn(body, number = null) {
  if (body.transaction.id < account.last) {
    return;
  }
  account.last = body.transaction.id;
  account.balance = body.balance_cents;
  account.alcohol = body.alcohol_today;
  for (const button of buttons()) {
    if (numberOf(button) === number && body.stock !== null) {
      button.dataset.left = body.stock;
    }
  }
  showAccount();
  showMenu();
}

// The lines

function timeOf(instant) {
  const time = document.createElement("time");
  time.dateTime = instant;
  time.dataset.relative = "";
  time.textContent = relative(Date.parse(instant), Date.now(), language);
  return time;
}

function lineOf(one) {
  const line = template.content.cloneNode(true).querySelector("li");
  line.dataset.line = one.id;
  line.querySelector("[data-what]").textContent = one.text;
  const sign = one.amount_cents > 0 ? "+" : "";
  line.querySelector("[data-amount]").textContent = sign + money(one.amount_cents);
  const note = line.querySelector("[data-note]");
  note.replaceChildren(timeOf(one.at), one.reason ? `, ${one.reason}` : "");
  const form = line.querySelector("[data-undo]");
  form.action = form.action.replace("/0/", `/${one.id}/`);
  const button = form.querySelector("button");
  button.title = filled(button.dataset.undoLabel, { what: one.text });
  button.setAttribute("aria-label", button.title);
  const link = line.querySelector("[data-undo-link]");
  link.querySelector("a").href = form.action;
  if (one.undo !== "press") {
    form.remove();
  }
  if (one.undo === "reason") {
    link.hidden = false;
  } else {
    link.remove();
  }
  if (one.undone) {
    strike(line, one.undone, one.undone_at);
  }
  return line;
}

function strike(line, undone, at) {
  line.classList.add("is-undone");
  line.querySelector("[data-amount]")?.remove();
  line.querySelector(".line-undo")?.remove();
  line.querySelector("[data-note]").replaceChildren(`${undone}, `, timeOf(at));
}

function showLines(lines) {
  if ("latest" in list.dataset) {
    list.replaceChildren(...lines.map(lineOf));
    root.querySelector("[data-no-line]").hidden = lines.length > 0;
  }
}

function addLine(one) {
  if (!("latest" in list.dataset) || list.querySelector(`[data-line="${one.id}"]`)) {
    return;
  }
  const later = [...list.children].find((line) => Number(line.dataset.line) < one.id);
  list.insertBefore(lineOf(one), later ?? null);
  while (list.children.length > LINES) {
    list.lastElementChild.remove();
  }
  root.querySelector("[data-no-line]").hidden = true;
}

// All anew: something else changed meanwhile.

async function refresh() {
  const { last } = account;
  const body = await json(texts.read).catch(() => null);
  if (!body) {
    return;
  }
  if (account.last !== last) {
    await refresh(); // something was sold while it came
    return;
  }
  const known = new Set(buttons().map(numberOf));
  const sold = new Set(body.menu.map((item) => String(item.id)));
  const isSame = known.size === sold.size && [...known].every((number) => sold.has(number));
  const isKnown = (root.querySelector("[data-now]").dataset.deposit === "yes") === body.has_deposit;
  if (!isKnown || (menus.length && !isSame)) {
    location.reload();
    return;
  }
  account.balance = body.balance_cents;
  account.alcohol = body.alcohol_today;
  account.cap = body.alcohol_cap;
  for (const item of body.menu) {
    for (const button of buttons().filter((one) => numberOf(one) === String(item.id))) {
      showItem(button, item);
    }
  }
  showAccount();
  showMenu();
  showLines(body.transactions);
}

function showItem(button, item) {
  button.value = `${item.id}-${item.price_cents}`;
  button.querySelector("span").textContent = item.name;
  button.querySelector("b").textContent = money(item.price_cents);
  button.dataset.grams = item.alcohol_mass;
  button.dataset.fixed = item.reasons.filter((reason) => FIXED.includes(reason)).join(" ");
  if (item.quantity === null) {
    delete button.dataset.left;
  } else {
    button.dataset.left = item.quantity;
  }
}

// Selling

function refused(error, unsureText) {
  if (error instanceof Unsure) {
    toast("danger", unsureText);
  } else if (error instanceof Refused) {
    toast("danger", error.message);
  } else {
    throw error;
  }
}

// Ask with the key of what nobody answered, if that is it again; say once that it takes long.
async function askOnce(url, about, data) {
  const key = unsure.get(about) ?? newKey();
  unsure.set(about, key);
  let waiting = null;
  try {
    const body = await ask(url, key, data, {
      onWait: () => {
        waiting ??= toast("warning", texts.waits);
      },
    });
    unsure.delete(about);
    return body;
  } catch (error) {
    if (!(error instanceof Unsure)) {
      unsure.delete(about);
    }
    throw error;
  } finally {
    waiting?.remove();
  }
}

async function sell(button) {
  const number = numberOf(button);
  const name = nameOf(button);
  const price = priceOf(button);
  if (button.disabled || busy.has(number)) {
    return;
  }
  busy.add(number);
  mark(number, true);
  const begun = Date.now();
  try {
    const url = texts.pay.replace(/0$/, number);
    const body = await askOnce(url, `sale ${button.value}`, { expected_price: price });
    sold(body, { number, name, price });
  } catch (error) {
    refused(error, filled(texts.unsure, { item: name }));
    if (error instanceof Refused) {
      await refresh();
    }
  } finally {
    const left = SAME_TAP - (Date.now() - begun);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, left)));
    busy.delete(number);
    mark(number, false);
  }
}

function sold(body, { number, name, price }) {
  learn(body, number);
  const sale = { id: body.transaction.id, number, name };
  addLine({
    id: sale.id,
    text: name,
    amount_cents: body.transaction.balance_change_cents,
    at: new Date().toISOString(),
    undo: texts.mine === "yes" ? null : "press",
  });
  const said = { item: name, price: money(price), balance: money(body.balance_cents) };
  result.textContent = filled(texts.sold, said);
  if (texts.mine !== "yes") {
    undoable.push(sale);
    undo.hidden = false;
    expire(sale);
  }
}

// So long, or longer for who is about to press.
function expire(sale) {
  setTimeout(() => {
    if (!undo.hidden && undo.matches(":focus, :hover")) {
      expire(sale);
    } else {
      forget(sale.id);
    }
  }, UNDO_FOR);
}

// Undoing

async function reverse(number, name, item = null) {
  const about = `undo ${number}`;
  if (busy.has(about)) {
    return false;
  }
  busy.add(about);
  try {
    const url = texts.undo.replace(/0$/, number);
    const body = await askOnce(url, about, {});
    learn(body, item);
    const line = list.querySelector(`[data-line="${number}"]`);
    if (line) {
      strike(line, texts.undoneByMe, new Date().toISOString());
    }
    result.textContent = filled(texts.undone, { item: name, balance: money(body.balance_cents) });
    return true;
  } catch (error) {
    refused(error, texts.unsureUndo);
    if (error instanceof Refused) {
      await refresh();
    }
    return false;
  } finally {
    busy.delete(about);
  }
}

async function takeBack(sale) {
  undo.setAttribute("aria-disabled", "true");
  if (await reverse(sale.id, sale.name, sale.number)) {
    forget(sale.id);
  }
  undo.removeAttribute("aria-disabled");
}

function forget(id) {
  const index = undoable.findIndex((sale) => sale.id === id);
  if (index >= 0) {
    undoable.splice(index, 1);
  }
  if (!undoable.length && !undo.hidden) {
    const isFocused = document.activeElement === undo;
    undo.hidden = true;
    if (isFocused) {
      root.querySelector("[data-now]").focus({ preventScroll: true });
    }
  }
}

async function undoLine(form) {
  const line = form.closest("[data-line]");
  const id = Number(line.dataset.line);
  const sale = undoable.find((one) => one.id === id);
  const button = form.querySelector("button");
  button.setAttribute("aria-disabled", "true");
  const isDone = await reverse(
    id,
    line.querySelector("[data-what]").textContent,
    sale?.number ?? null,
  );
  button.removeAttribute("aria-disabled");
  if (isDone) {
    forget(id);
    if (!sale) {
      await refresh(); // what stock came back is not told by the answer
    }
  }
}

function undoLast() {
  const sale = undoable.at(-1);
  if (sale) {
    takeBack(sale);
  } else {
    toast("info", texts.nothing);
  }
}

// Arming

for (const button of buttons()) {
  const said = (button.dataset.why ?? "").split(" ");
  button.dataset.fixed = said.filter((reason) => FIXED.includes(reason)).join(" ");
}

for (const menu of menus) {
  menu.addEventListener("submit", (event) => {
    event.preventDefault();
    if (event.submitter?.matches("button.sell")) {
      sell(event.submitter);
    }
  });
}

undo.addEventListener("click", undoLast);

list.addEventListener("submit", (event) => {
  if ("undo" in event.target.dataset) {
    event.preventDefault();
    undoLine(event.target);
  }
});

const actions = {
  "/": () => document.getElementById("customer-search").focus(),
  u: undoLast,
  "?": () => document.getElementById("shortcuts").showModal(),
};
for (let rank = 1; rank <= 9; rank += 1) {
  actions[rank] = () => {
    const button = root.querySelectorAll(".sell-quick, .favourites .sell")[rank - 1];
    if (button) {
      sell(button);
    }
  };
}
shortcuts(actions);
root.querySelector(".counter-help").hidden = false;

// Looking for an item among many

function plainly(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

const filter = root.querySelector("[data-filter]");
filter?.addEventListener("input", () => {
  const wanted = plainly(filter.value.trim());
  let shown = 0;
  for (const entry of root.querySelectorAll("#other-items > li")) {
    entry.hidden = !plainly(nameOf(entry)).includes(wanted);
    shown += entry.hidden ? 0 : 1;
  }
  const status = root.querySelector("[data-filtered]");
  status.textContent = shown ? "" : status.dataset.none;
});

// Back on the page: others may have sold meanwhile.
let left = 0;
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    left = Date.now();
  } else if (left && Date.now() - left > 30_000) {
    refresh();
  }
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) {
    refresh();
  }
});
