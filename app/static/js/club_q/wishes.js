// The form of the wishes: rank by dragging or by arrows, know at once what is wrong, lose nothing.
// The fields are what counts: without this, one writes in them, and the site checks the same.

const AMOUNT = /^\s*(\d{1,9})(?:[.,](\d{1,2}))?\s*€?\s*$/;
const KEPT_DAYS = 60;

// An amount that is typed, in cents; null for what is none.
export function cents(text) {
  const read = AMOUNT.exec(text.replace(/(\d)\s(?=\d{3})/g, "$1"));
  return read ? Number(read[1]) * 100 + Number((read[2] ?? "").padEnd(2, "0")) : null;
}

function number(text) {
  return /^[0-9]{1,12}$/.test(text) ? Number(text) : null;
}

// What is wrong with rows of {name, priority, places, minimum, most}: [row, field, fault, values].
export function faults(rows) {
  const found = [];
  const wished = rows.filter((row) => row.priority !== "" || row.places !== "");
  const ranks = new Map();
  for (const row of wished) {
    const rank = number(row.priority);
    if (rank !== null) {
      ranks.set(rank, [...(ranks.get(rank) ?? []), row]);
    }
  }
  for (const row of wished) {
    const [rank, places] = [number(row.priority), number(row.places)];
    if (row.priority === "") {
      found.push([row, "priority", "rank", {}]);
    } else if (rank === null) {
      found.push([row, "priority", "number", {}]);
    } else if (rank < 1) {
      found.push([row, "priority", "first", {}]);
    } else if (ranks.get(rank).length > 1) {
      const other = ranks.get(rank).find((one) => one !== row);
      found.push([row, "priority", "same", { name: other.name }]);
    } else if (rank > wished.length) {
      found.push([row, "priority", "hole", { count: wished.length }]);
    }
    if (row.places === "") {
      found.push([row, "places", "places", {}]);
    } else if (places === null) {
      found.push([row, "places", "number", {}]);
    } else if (places < 1 || places > row.most) {
      found.push([row, "places", "bounds", { most: row.most }]);
    } else if (row.minimum !== "all" && Number(row.minimum) > places) {
      found.push([row, "minimum", "minimum", {}]);
    }
  }
  return found;
}

// The most that may be billed: the budget bounds it, and the number of shows.
export function mostBilled(rows, budget, shows) {
  const costs = rows.map((row) => row.price * (number(row.places) ?? 0)).sort((a, b) => b - a);
  const most = costs.slice(0, shows ?? costs.length).reduce((sum, cost) => sum + cost, 0);
  return budget === null ? most : Math.min(most, budget);
}

function filled(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

function by(compare) {
  return (a, b) => compare(a) - compare(b);
}

class Row {
  constructor(element) {
    this.element = element;
    this.id = element.dataset.wish;
    this.name = element.dataset.name;
    this.price = Number(element.dataset.price);
    this.most = Number(element.dataset.places);
    this.fields = {
      priority: element.querySelector("[name^=priorite_]"),
      places: element.querySelector("[name^=places_]"),
      minimum: element.querySelector("[name^=minimum_]"),
    };
    // What the site refused stays said until the row changes.
    this.isRefused = element.querySelector(".field-errors") !== null;
    element.addEventListener("input", () => this.change());
  }

  change() {
    this.isRefused = false;
    for (const said of this.element.querySelectorAll(".field-errors")) {
      said.remove();
    }
  }

  set rank(value) {
    if (this.priority !== value) {
      this.fields.priority.value = value;
      this.change();
    }
  }

  get priority() {
    return this.fields.priority.value.trim();
  }

  get places() {
    return this.fields.places.value.trim();
  }

  get minimum() {
    return this.fields.minimum.value;
  }

  get isWished() {
    return this.priority !== "" || this.places !== "";
  }

  // Where it stands by rank: those without one come last.
  get order() {
    return number(this.priority) ?? Number.MAX_SAFE_INTEGER;
  }
}

class Form {
  constructor(form) {
    this.form = form;
    this.texts = form.dataset;
    this.rows = [...form.querySelectorAll("[data-wish]")].map((element) => new Row(element));
    this.list = form.querySelector("[data-order]");
    this.template = form.querySelector("template[data-ranked]");
    this.said = form.querySelector("[data-said]");
    const language = document.documentElement.lang;
    this.euros = new Intl.NumberFormat(language, { style: "currency", currency: "EUR" });
    this.plural = new Intl.PluralRules(language);
    for (const row of this.rows) {
      this.arm(row);
    }
    form.addEventListener("input", () => this.told());
    form.addEventListener("change", () => this.show());
    form.querySelector("[data-renumber]").addEventListener("click", () => {
      this.number(this.ranked());
      this.show();
    });
    this.armDragging();
    this.show();
  }

  // The rows that are wished for, what is wanted most first.
  ranked() {
    return this.rows.filter((row) => row.isWished).sort(by((row) => row.order));
  }

  number(rows) {
    for (const [rank, row] of rows.entries()) {
      row.rank = String(rank + 1);
    }
  }

  arm(row) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-sm btn-secondary wish-toggle";
    button.addEventListener("click", () => {
      if (row.isWished) {
        this.take(row);
      } else {
        row.rank = String(this.ranked().length + 1);
        row.fields.places.value = "1";
        this.show();
        row.fields.places.focus();
        row.fields.places.select();
      }
    });
    row.button = button;
    const place = row.element.querySelector(".wish-fields, [data-toggle-place]");
    place.append(button);
    const note = document.createElement("p");
    note.className = "wish-wrong";
    note.id = `wrong_${row.id}`;
    note.hidden = true;
    (row.element.cells ? row.element.cells[6] : row.element).append(note);
    row.note = note;
  }

  take(row) {
    const others = this.ranked().filter((one) => one !== row);
    row.rank = "";
    row.fields.places.value = "";
    this.number(others);
    this.show();
    this.say(this.texts.taken, { name: row.name });
  }

  move(row, to) {
    const others = this.ranked().filter((one) => one !== row);
    const rank = Math.max(0, Math.min(others.length, to));
    others.splice(rank, 0, row);
    this.number(others);
    this.show();
    this.say(this.texts.moved, { name: row.name, rank: rank + 1 });
  }

  say(sentence, values) {
    this.said.textContent = filled(sentence, values);
  }

  counted(count, one, many) {
    return this.plural.select(count) === "one" && count > 0 ? one : filled(many, { n: count });
  }

  // The list, made anew.
  show() {
    const ranked = this.ranked();
    this.list.replaceChildren(...ranked.map((row, rank) => this.line(row, rank, ranked.length)));
    this.form.querySelector("[data-none]").hidden = ranked.length > 0;
    this.form.querySelector("[data-help]").hidden = ranked.length < 2;
    this.told();
  }

  line(row, rank, count) {
    const line = this.template.content.cloneNode(true).querySelector("li");
    line.dataset.row = row.id;
    line.querySelector("[data-rank]").textContent = row.priority || "–";
    line.querySelector("[data-name]").textContent = row.name;
    for (const [name, act, isOff] of [
      ["up", () => this.move(row, rank - 1), rank === 0],
      ["down", () => this.move(row, rank + 1), rank === count - 1],
      ["out", () => this.take(row), false],
    ]) {
      const button = line.querySelector(`[data-${name}]`);
      const label = filled(button.getAttribute("aria-label"), { name: row.name });
      button.setAttribute("aria-label", label);
      button.title = label;
      button.disabled = isOff;
      button.addEventListener("click", () => {
        act();
        const again = this.list.querySelector(`[data-row="${row.id}"] [data-${name}]`);
        const near = this.list.querySelector(`[data-row="${row.id}"] button:not(:disabled)`);
        (again && !again.disabled ? again : near)?.focus();
      });
    }
    return line;
  }

  // What is wrong, and what it comes to: at each key.
  told() {
    const { form, texts } = this;
    const ranked = this.ranked();
    const wrong = faults(this.rows);
    for (const row of this.rows) {
      row.element.classList.toggle("is-wished", row.isWished);
      row.button.textContent = row.isWished ? texts.remove : texts.add;
      if (row.isRefused) {
        continue;
      }
      const mine = wrong.filter(([one]) => one === row);
      const said = mine.map(([, , kind, values]) => {
        const key = `w${kind[0].toUpperCase()}${kind.slice(1)}`;
        return filled(texts[key], values);
      });
      row.note.textContent = said.join(" ");
      row.note.hidden = said.length === 0;
      for (const [name, field] of Object.entries(row.fields)) {
        const isWrong = mine.some(([, one]) => one === name);
        field.classList.toggle("is-invalid", isWrong);
        if (isWrong) {
          field.setAttribute("aria-invalid", "true");
          field.setAttribute("aria-describedby", row.note.id);
        } else {
          field.removeAttribute("aria-invalid");
          field.removeAttribute("aria-describedby");
        }
      }
    }
    for (const [rank, line] of [...this.list.children].entries()) {
      const row = ranked[rank];
      if (row) {
        const count = number(row.places);
        line.querySelector("[data-count]").textContent =
          count === null ? "" : this.counted(count, texts.onePlace, texts.manyPlaces);
        line.classList.toggle("is-wrong", wrong.some(([one]) => one === row));
      }
    }
    form.querySelector("[data-renumber]").hidden = !wrong.some(([, field]) => field === "priority");
    this.total(ranked);
  }

  total(ranked) {
    const { form, texts } = this;
    if (ranked.length === 0) {
      form.querySelector("[data-live]").textContent = texts.nothing;
      return;
    }
    const places = ranked.reduce((sum, row) => sum + (number(row.places) ?? 0), 0);
    const budget = cents(form.elements.budget.value);
    const most = mostBilled(ranked, budget, number(form.elements.max_shows.value.trim()));
    form.querySelector("[data-live]").textContent = [
      this.counted(ranked.length, texts.oneWish, texts.manyWishes),
      this.counted(places, texts.onePlace, texts.manyPlaces),
      filled(texts.most, { amount: this.euros.format(most / 100) }),
    ].join(" · ");
  }

  armDragging() {
    const { list } = this;
    let dragged = null;
    list.addEventListener("pointerdown", (event) => {
      if (!event.target.closest("[data-handle]") || event.button > 0) {
        return;
      }
      event.preventDefault();
      dragged = event.target.closest("li");
      dragged.classList.add("is-dragged");
      list.setPointerCapture(event.pointerId);
    });
    list.addEventListener("pointermove", (event) => {
      if (!dragged) {
        return;
      }
      const next = [...list.children].find((line) => {
        const box = line.getBoundingClientRect();
        return line !== dragged && event.clientY < box.top + box.height / 2;
      });
      if (next) {
        if (dragged.nextElementSibling !== next) {
          next.before(dragged);
        }
      } else if (list.lastElementChild !== dragged) {
        list.append(dragged);
      }
    });
    const drop = () => {
      if (dragged) {
        const [id, to] = [dragged.dataset.row, [...list.children].indexOf(dragged)];
        dragged = null;
        this.move(
          this.rows.find((row) => row.id === id),
          to,
        );
        this.form.dispatchEvent(new Event("change"));
      }
    };
    list.addEventListener("pointerup", drop);
    list.addEventListener("pointercancel", drop);
  }
}

// The draft: what is typed and not saved, on this device alone.

class Draft {
  constructor(shown) {
    this.shown = shown;
    this.form = shown.form;
    const { season, pceen, version } = this.form.dataset;
    this.key = `club_q_wishes_${season}_${pceen}`;
    this.version = version;
    this.place = this.form.querySelector("[data-draft]");
    this.text = this.form.querySelector("[data-draft-text]");
    this.take = this.form.querySelector("[data-draft-take]");
    this.drop = this.form.querySelector("[data-draft-drop]");
    this.saved = this.values();
    this.take.addEventListener("click", () => this.fill(this.read(), "found"));
    this.drop.addEventListener("click", () => this.forget());
    this.begin();
    this.form.addEventListener("input", () => this.later());
    this.form.addEventListener("change", () => this.later());
    this.form.addEventListener("click", () => this.later());
    this.form.addEventListener("submit", () => this.keep());
    window.addEventListener("pagehide", () => this.keep());
  }

  values() {
    const found = {};
    for (const field of this.form.elements) {
      if (field.name && !["csrf_token", "version", "send_copy"].includes(field.name)) {
        found[field.name] = field.type === "checkbox" ? field.checked : field.value;
      }
    }
    return found;
  }

  // What was kept; null for nothing, for what is too old, and where a browser keeps nothing.
  read() {
    try {
      const draft = JSON.parse(localStorage.getItem(this.key));
      return draft && Date.now() - draft.at < KEPT_DAYS * 86400000 ? draft : null;
    } catch {
      return null;
    }
  }

  begin() {
    const draft = this.read();
    if (this.form.dataset.refused) {
      this.saved = null;
      this.keep();
    } else if (this.form.dataset.saved || (draft && this.same(draft.values))) {
      this.remove();
    } else if (draft && draft.version === this.version) {
      this.fill(draft, "found");
    } else if (draft) {
      this.say("other", draft.at);
      this.take.hidden = false;
    }
  }

  // Whether that is what the site has: another layout of it sends the same fields.
  same(values) {
    const saved = Object.entries(this.saved ?? {});
    return saved.length > 0 && saved.every(([name, value]) => (values[name] ?? value) === value);
  }

  fill(draft, said) {
    if (!draft) {
      return;
    }
    for (const [name, value] of Object.entries(draft.values)) {
      const field = this.form.elements[name];
      if (field && field.type === "checkbox") {
        field.checked = value;
      } else if (field) {
        field.value = value;
      }
    }
    this.shown.show();
    this.take.hidden = true;
    this.say(said, draft.at);
  }

  say(kind, at = Date.now()) {
    const format = { dateStyle: "medium", timeStyle: "short", timeZone: "Europe/Paris" };
    const when = new Intl.DateTimeFormat(document.documentElement.lang, format).format(at);
    this.text.textContent = filled(this.text.dataset[kind], { when });
    this.place.hidden = false;
    this.drop.hidden = false;
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), 300);
  }

  keep() {
    clearTimeout(this.timer);
    const values = this.values();
    if (this.isGone || (this.same(values) && !this.take.hidden)) {
      return;
    }
    if (this.same(values)) {
      this.remove();
      this.place.hidden = true;
      return;
    }
    if (JSON.stringify(this.read()?.values) === JSON.stringify(values)) {
      return;
    }
    try {
      const draft = { version: this.version, at: Date.now(), values };
      localStorage.setItem(this.key, JSON.stringify(draft));
      this.take.hidden = true;
      this.say("kept");
    } catch {
      // where a browser keeps nothing, there is no draft
    }
  }

  remove() {
    try {
      localStorage.removeItem(this.key);
    } catch {
      // there was none
    }
  }

  // Throw it away: what the site has is shown again.
  forget() {
    this.isGone = true;
    this.remove();
    location.assign(this.form.action);
  }
}

const form = document.querySelector("[data-wishes]");
if (form) {
  new Draft(new Form(form));
}
