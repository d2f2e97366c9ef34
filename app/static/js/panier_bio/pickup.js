// The sheet of a distribution: what is ticked counts at once, and reaches the site when it can.
//
// What the site has not answered yet is kept on the device, by order and by what is ticked: the
// last one counts. It is sent one after the other, again and again until the site answers.

import { send } from "../http.js";

const KEPT = "panier_bio.pickup";
const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 60000;
const PATIENCE_MS = 15000;
const FLAGS = ["taken", "payment"];

// Where no storage is to be had, or it is full, ticks last as long as the page.
let memory = null;

// What was stored, without what is no tick.
function parse(text) {
  try {
    const kept = Object.entries(JSON.parse(text ?? "{}") ?? {});
    return Object.fromEntries(kept.filter(([, tick]) => typeof tick?.url === "string"));
  } catch {
    return {};
  }
}

function read() {
  if (memory) {
    return memory;
  }
  try {
    return parse(localStorage.getItem(KEPT));
  } catch {
    return {};
  }
}

function write(kept) {
  try {
    localStorage.setItem(KEPT, JSON.stringify(kept));
    memory = null;
  } catch {
    memory = kept;
  }
}

// A queue of ticks: {"12/taken": {url, value, stamp}}.
export const queue = {
  all: read,
  get: (key) => read()[key],
  put(key, url, value) {
    write({ ...read(), [key]: { url, value, stamp: `${Date.now()}.${Math.random()}` } });
  },
  // Unless it was ticked again meanwhile.
  drop(key, stamp) {
    const { [key]: tick, ...others } = read();
    if (tick?.stamp !== stamp) {
      return false;
    }
    write(others);
    return true;
  },
  get size() {
    return Object.keys(read()).length;
  },
};

// What came of sending one: "done" with what the site says, "refused" for good, "later", or
// "away": whoever holds the device has to open the page again.
export async function deliver({ url, value }) {
  let response;
  try {
    response = await send(url, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams({ value: value ? "1" : "0" }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch {
    return { outcome: "later" };
  }
  const body = await response.json().catch(() => null);
  if (response.ok && typeof body?.taken === "boolean") {
    return { outcome: "done", body };
  }
  if (response.status >= 500 || response.status === 429 || response.status === 408) {
    return { outcome: "later" };
  }
  return body?.error ? { outcome: "refused", message: body.error.message } : { outcome: "away" };
}

// What people type and how names are written compare without accents nor capitals.
export function plain(text) {
  return text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .trim();
}

class Sheet {
  constructor(root) {
    this.root = root;
    this.rows = [...root.querySelectorAll("[data-order]")];
    this.wait = FIRST_WAIT_MS;
    this.timer = null;
    this.isSending = false;
    this.isAway = false;
    for (const row of this.rows) {
      this.arm(row);
    }
    this.armSearch();
    window.addEventListener("online", () => this.retry());
    window.addEventListener("offline", () => this.showState());
    window.addEventListener("storage", (event) => this.follow(event));
    root.querySelector("[data-send]")?.addEventListener("click", () => this.retry());
    this.takeOver();
    this.flush();
  }

  key(row, flag) {
    return `${row.dataset.order}/${flag}`;
  }

  // Another page of this device has sent something: the site knows what this one does not.
  follow({ key, oldValue, newValue }) {
    const left = parse(newValue);
    for (const [name, tick] of Object.entries(key === KEPT ? parse(oldValue) : {})) {
      const [number, flag] = name.split("/");
      const row = this.rows.find((one) => one.dataset.order === number);
      if (row && !(name in left)) {
        row.dataset[`${flag}Known`] = tick.value ? "1" : "0";
      }
    }
    this.takeOver();
  }

  // The site's own answer, unless this device has something newer to say.
  takeOver() {
    for (const row of this.rows) {
      for (const flag of FLAGS) {
        const kept = queue.get(this.key(row, flag));
        this.show(row, flag, kept ? kept.value : row.dataset[`${flag}Known`] === "1");
      }
    }
    this.count();
  }

  arm(row) {
    for (const flag of FLAGS) {
      row.dataset[`${flag}Known`] = row.dataset[flag];
      const form = row.querySelector(`[data-flag="${flag}"]`);
      form?.addEventListener("submit", (event) => {
        event.preventDefault();
        this.tick(row, flag, row.dataset[flag] !== "1", form.action);
      });
    }
  }

  tick(row, flag, value, url) {
    this.say(row, "");
    this.show(row, flag, value);
    queue.put(this.key(row, flag), new URL(url).pathname, value);
    this.count();
    this.retry();
  }

  show(row, flag, value) {
    row.dataset[flag] = value ? "1" : "0";
    const form = row.querySelector(`[data-flag="${flag}"]`);
    if (!form) {
      return;
    }
    const button = form.querySelector("button");
    button.setAttribute("aria-pressed", String(value));
    button.value = value ? "0" : "1";
    form.nextElementSibling.textContent = value ? "✓" : ""; // on paper
  }

  say(row, sentence) {
    const said = row.querySelector("[data-refusal]");
    said.textContent = sentence;
    said.hidden = !sentence;
  }

  // How many are taken, how much is left to take in cash, how much waits to be sent.
  count() {
    const taken = this.rows.filter((row) => row.dataset.taken === "1").length;
    const left = this.rows
      .filter((row) => row.dataset.cash === "1" && row.dataset.payment !== "1")
      .reduce((sum, row) => sum + Number(row.dataset.price), 0);
    this.write("[data-taken-count]", String(taken));
    const money = this.root.querySelector("[data-cash-left]");
    if (money) {
      money.textContent = new Intl.NumberFormat(document.documentElement.lang, {
        style: "currency",
        currency: "EUR",
      }).format(left / 100);
    }
    const bar = this.root.querySelector("[data-taken-bar]");
    if (bar) {
      bar.value = taken;
    }
    const kept = queue.all();
    for (const row of this.rows) {
      row.classList.toggle("is-unsent", FLAGS.some((flag) => this.key(row, flag) in kept));
    }
    this.showState();
  }

  write(selector, text) {
    const element = this.root.querySelector(selector);
    if (element && element.textContent !== text) {
      element.textContent = text;
    }
  }

  showState() {
    const state = this.root.querySelector("[data-unsent]");
    const size = queue.size;
    state.hidden = size === 0;
    this.write("[data-unsent-count]", state.dataset.words.replace("{n}", String(size)));
    const why = this.isAway ? "away" : navigator.onLine ? "slow" : "offline";
    this.write("[data-unsent-why]", state.dataset[why]);
  }

  retry() {
    this.wait = FIRST_WAIT_MS;
    clearTimeout(this.timer);
    this.flush();
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), this.wait);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
  }

  // One page of this device sends at a time.
  async flush() {
    if (this.isSending) {
      return;
    }
    this.isSending = true;
    const work = () => this.sendAll();
    try {
      await (navigator.locks ? navigator.locks.request(KEPT, work) : work());
    } finally {
      this.isSending = false;
      this.count();
      if (queue.size) {
        this.later(); // what could not be sent, and what came meanwhile
      }
    }
  }

  // Until nothing is left, or the site cannot be asked.
  async sendAll() {
    let kept = Object.entries(queue.all());
    while (kept.length) {
      const [key, tick] = kept[0];
      const { outcome, body, message } = await deliver(tick);
      this.isAway = outcome === "away";
      if (outcome === "later" || outcome === "away") {
        return;
      }
      this.settle(key, tick, { body, message });
      kept = Object.entries(queue.all());
    }
  }

  settle(key, tick, { body, message }) {
    const isLast = queue.drop(key, tick.stamp);
    const [number, flag] = key.split("/");
    const row = this.rows.find((one) => one.dataset.order === number);
    if (row && body) {
      row.dataset.takenKnown = body.taken ? "1" : "0";
      row.dataset.paymentKnown = body.payment_made ? "1" : "0";
    }
    if (row && isLast) {
      if (message) {
        this.say(row, message);
      }
      this.show(row, flag, row.dataset[`${flag}Known`] === "1");
    }
    this.count();
  }

  armSearch() {
    const box = this.root.querySelector("[data-search]");
    box.hidden = false;
    const field = box.querySelector("input");
    const none = this.root.querySelector("[data-none]");
    const names = new Map(this.rows.map((row) => [row, plain(row.dataset.name)]));
    const filter = () => {
      const words = plain(field.value).split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of this.rows) {
        row.hidden = !words.every((word) => names.get(row).includes(word));
        shown += row.hidden ? 0 : 1;
      }
      none.hidden = shown > 0;
    };
    field.addEventListener("input", filter);
    filter();
  }
}

const root = document.querySelector("[data-pickup]");
if (root) {
  new Sheet(root);
}
