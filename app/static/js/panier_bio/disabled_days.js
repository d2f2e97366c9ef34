// The days of a period without a distribution: a calendar that writes in the text area.

const DAY_MS = 86400000;
const WRITTEN = /^\d{4}-\d{2}-\d{2}$/;

export function days(text) {
  return [...new Set(text.split(/[\s,;]+/).filter((word) => WRITTEN.test(word)))].sort();
}

// Dates alone: UTC is the same everywhere.
export function month(year, index) {
  const first = Date.UTC(year, index, 1);
  const count = new Date(Date.UTC(year, index + 1, 0)).getUTCDate();
  const before = (new Date(first).getUTCDay() + 6) % 7;
  const dates = Array.from({ length: count }, (_, rank) => new Date(first + rank * DAY_MS));
  return { before, dates };
}

const iso = (day) => day.toISOString().slice(0, 10);

class Calendar {
  constructor(root) {
    this.root = root;
    this.area = document.getElementById(root.dataset.disabledDays);
    this.start = document.getElementById(root.dataset.start);
    this.end = document.getElementById(root.dataset.end);
    this.weekday = Number(root.dataset.weekday);
    this.grid = root.querySelector("[data-grid]");
    this.title = root.querySelector("[data-title]");
    const lang = document.documentElement.lang;
    const format = (options) => new Intl.DateTimeFormat(lang, { timeZone: "UTC", ...options });
    this.named = format({ month: "long", year: "numeric" });
    this.told = format({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
    this.short = format({ weekday: "narrow" });
    root.querySelector("[data-previous]").addEventListener("click", () => this.turn(-1));
    root.querySelector("[data-next]").addEventListener("click", () => this.turn(1));
    this.area.addEventListener("input", () => this.draw());
    for (const field of [this.start, this.end]) {
      field.addEventListener("change", () => this.begin());
    }
    this.begin();
    root.hidden = false;
  }

  begin() {
    const first = WRITTEN.test(this.start.value) ? this.start.value : iso(new Date());
    this.year = Number(first.slice(0, 4));
    this.index = Number(first.slice(5, 7)) - 1;
    this.draw();
  }

  turn(by) {
    const moved = new Date(Date.UTC(this.year, this.index + by, 1));
    this.year = moved.getUTCFullYear();
    this.index = moved.getUTCMonth();
    this.draw();
  }

  isWithin(day) {
    return (!this.start.value || day >= this.start.value) && (!this.end.value || day <= this.end.value);
  }

  draw() {
    const focused = document.activeElement?.dataset?.day;
    const chosen = new Set(days(this.area.value));
    const { before, dates } = month(this.year, this.index);
    this.title.textContent = this.named.format(dates[0]);
    const heads = month(2024, 0).dates.slice(0, 7).map((day) => {
      const head = document.createElement("span");
      head.className = "calendar-head";
      head.setAttribute("aria-hidden", "true");
      head.textContent = this.short.format(day);
      return head;
    });
    const gaps = Array.from({ length: before }, () => document.createElement("span"));
    this.grid.replaceChildren(...heads, ...gaps, ...dates.map((day) => this.button(day, chosen)));
    if (focused) {
      this.grid.querySelector(`[data-day="${focused}"]`)?.focus();
    }
  }

  button(day, chosen) {
    const name = iso(day);
    const button = document.createElement("button");
    button.type = "button";
    button.className = "calendar-day";
    button.dataset.day = name;
    button.textContent = String(day.getUTCDate());
    button.setAttribute("aria-label", this.told.format(day));
    button.setAttribute("aria-pressed", String(chosen.has(name)));
    button.disabled = !this.isWithin(name) && !chosen.has(name);
    button.classList.toggle("is-distribution", (day.getUTCDay() || 7) === this.weekday);
    button.addEventListener("click", () => this.toggle(name));
    return button;
  }

  toggle(name) {
    const chosen = new Set(days(this.area.value));
    if (!chosen.delete(name)) {
      chosen.add(name);
    }
    this.area.value = [...chosen].sort().join("\n");
    this.draw();
  }
}

for (const root of document.querySelectorAll("[data-disabled-days]")) {
  new Calendar(root);
}
