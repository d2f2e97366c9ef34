// A document, page by page: a book on wide screens, one page at once on phones.
// Only the pages that are open, and those next to them, are loaded. Without a page in the address
// (#page=12), it opens where one left off; with words in it (?q=café), they are looked for.

import { json } from "./http.js";

const WIDE = window.matchMedia("(min-width: 56rem)");
const ZOOMS = [100, 150, 200, 300, 400];
//: How far a finger goes to turn a page, in pixels; and how many pages a search shows.
const SWIPE = 50;
const MOST_FOUND = 50;
//: How many letters are shown around what was found.
const AROUND = 40;
const WORD = /[\p{L}\p{N}]/u;

const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);

// Letters that are compared as others.
const ALIKE = new Map([["œ", "oe"], ["æ", "ae"], ["ß", "ss"], ["’", "'"], ["\n", "\n"]]);

const letters = new Map();

// How a letter is compared.
function spelled(letter) {
  if (!letters.has(letter)) {
    const bare = letter.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    letters.set(letter, ALIKE.get(bare) ?? bare.replace(/\s/, " "));
  }
  return letters.get(letter);
}

// A text as it is compared, and where in it each letter of that comes from: without accents nor
// capitals, one blank where there are several, without the hyphens of words, which may be cut there
// at the end of a line (as app/modules/bekk/rules/search.py does).
export function fold(text) {
  let raw = "";
  let wasBlank = true;
  const from = [];
  let at = 0;
  for (const letter of text) {
    for (const one of spelled(letter)) {
      const isBlank = one === " " || one === "\n";
      if (!isBlank || !wasBlank) {
        raw += one;
        for (let unit = 0; unit < one.length; unit += 1) from.push(at);
      }
      wasBlank = isBlank;
    }
    at += letter.length;
  }
  let key = "";
  const starts = [];
  for (let place = 0; place < raw.length; place += 1) {
    if (raw[place] === "-" && isOfWord(raw, place)) {
      if (raw[place + 1] === "\n" && WORD.test(raw[place + 2] ?? "")) place += 1;
    } else {
      key += raw[place] === "\n" ? " " : raw[place];
      starts.push(from[place]);
    }
  }
  return { key, starts };
}

// Whether a hyphen touches a word.
const isOfWord = (raw, place) =>
  (place > 0 && WORD.test(raw[place - 1])) || WORD.test(raw[place + 1] ?? "");

// The first page that is open when page number is, in a document of so many pages.
export const firstOf = (number, isWide) => (isWide && number > 1 ? number - (number % 2) : number);

export const lastOf = (first, count, isWide) =>
  isWide && first > 1 ? Math.min(first + 1, count) : first;

// Where one left off in the document of this address, as this browser remembers it, if it does.
const bookmark = {
  key: `reader ${window.location.pathname}`,
  get page() {
    try {
      return window.localStorage.getItem(this.key);
    } catch {
      return null;
    }
  },
  set page(number) {
    try {
      if (number > 1) window.localStorage.setItem(this.key, number);
      else window.localStorage.removeItem(this.key);
    } catch {
      // it remembers nothing of anybody
    }
  },
};

const inAddress = () => /^#page=(\d{1,4})$/.exec(window.location.hash)?.[1];

class Reader {
  constructor(root) {
    this.root = root;
    this.words = root.dataset;
    this.pages = [...root.querySelectorAll("[data-page]")];
    this.count = this.pages.length;
    // What pages say is among them, unless it is long: then it is asked for.
    this.texts = this.words.texts ? null : Promise.resolve();
    this.stage = root.querySelector("[data-reader-stage]");
    this.strip = root.querySelector("[data-reader-strip]");
    this.buttons = new Map(
      Array.from(root.querySelectorAll("[data-reader-do]"), (one) => [one.dataset.readerDo, one]),
    );
    this.folded = new Map();
    this.zoom = 0;
    this.first = 1;
  }

  start() {
    this.root.classList.add("is-book");
    this.buttons.get("full").hidden = !document.fullscreenEnabled;
    for (const [name, button] of this.buttons) button.addEventListener("click", () => this.do(name));
    document.addEventListener("keydown", (event) => this.pressed(event));
    window.addEventListener("hashchange", () => this.open(Number(inAddress() ?? 1)));
    WIDE.addEventListener("change", () => this.open(this.first));
    this.root.addEventListener("fullscreenchange", () => {
      this.buttons.get("full").setAttribute("aria-pressed", document.fullscreenElement === this.root);
    });
    this.listenToFingers();
    this.root.querySelector("[data-reader-search]").addEventListener("submit", (event) => {
      event.preventDefault();
      this.search(event.target.querySelector("input").value.trim());
    });
    this.root.querySelector("[data-reader-go]").addEventListener("submit", (event) => {
      event.preventDefault();
      const number = Math.trunc(event.target.querySelector("input").valueAsNumber);
      if (number) this.turn(number);
    });
    this.open(Number(inAddress() ?? bookmark.page ?? 1) || 1);
    this.searchAsked();
    if (!this.texts) window.addEventListener("load", () => this.read().catch(() => {}));
  }

  // One came with words: they are looked for, on the page where one came.
  searchAsked() {
    const words = (new URLSearchParams(window.location.search).get("q") ?? "").trim().slice(0, 100);
    if (!words) return;
    this.root.querySelector("#reader-q").value = words;
    this.toggle("search", { takesFocus: false });
    this.search(words, { turns: !inAddress() });
  }

  // What all pages say, once it is there.
  read() {
    this.texts ??= json(this.words.texts).then(
      ({ texts }) => {
        for (const page of this.pages) {
          const text = texts[page.dataset.page] ?? "";
          page.querySelector("[data-reader-text]").textContent = text;
        }
      },
      (error) => {
        this.texts = null;
        throw error;
      },
    );
    return this.texts;
  }

  get last() {
    return lastOf(this.first, this.count, WIDE.matches);
  }

  // Open a page, with the one that faces it.
  open(number) {
    this.first = firstOf(Math.min(Math.max(number, 1), this.count), WIDE.matches);
    const { first, last } = this;
    for (const page of this.pages) {
      const number = Number(page.dataset.page);
      const isOpen = first <= number && number <= last;
      page.classList.toggle("is-open", isOpen);
      page.classList.toggle("is-left", isOpen && number > 1 && number === first);
      page.classList.toggle("is-right", isOpen && number > first);
      const image = page.querySelector("img");
      image.fetchPriority = isOpen ? "high" : "low";
      if (isOpen) image.loading = "eager";
    }
    this.bringNeighbours();
    this.stage.scrollTo(0, 0);
    this.say();
  }

  // Those next to what is open come once that is there.
  async bringNeighbours() {
    const { first, last } = this;
    const images = this.pages.map((page) => page.querySelector("img"));
    await Promise.allSettled(images.slice(first - 1, last).map((image) => image.decode()));
    if (first !== this.first) return;
    for (const image of images.slice(Math.max(first - 3, 0), last + 2)) image.loading = "eager";
  }

  // Turn to a page: the address follows, so that it can be shared.
  turn(number) {
    this.open(number);
    bookmark.page = this.first;
    window.history.replaceState(window.history.state, "", `#page=${this.first}`);
  }

  say() {
    const { first, last, words } = this;
    const where = this.root.querySelector("[data-reader-where]");
    where.textContent = fill(first === last ? words.one : words.two, { first, last });
    for (const name of ["first", "previous"]) this.disable(name, first === 1);
    for (const name of ["next", "last"]) this.disable(name, last === this.count);
    this.disable("out", this.zoom === 0);
    this.disable("in", this.zoom === ZOOMS.length - 1);
    for (const thumb of this.strip.querySelectorAll("button")) {
      const number = Number(thumb.dataset.number);
      thumb.setAttribute("aria-current", first <= number && number <= last);
    }
  }

  // A button that has just been pressed keeps the focus: the other way is next to it.
  disable(name, isOff) {
    const button = this.buttons.get(name);
    if (isOff && document.activeElement === button) this.stage.focus({ preventScroll: true });
    button.disabled = isOff;
  }

  do(name) {
    const acts = {
      first: () => this.turn(1),
      previous: () => this.first > 1 && this.turn(this.first - 1),
      next: () => this.last < this.count && this.turn(this.last + 1),
      last: () => this.turn(this.count),
      in: () => this.enlarge(this.zoom + 1),
      out: () => this.enlarge(this.zoom - 1),
      full: () => this.fill(),
      search: () => this.toggle("search"),
      thumbs: () => this.toggle("thumbs"),
    };
    acts[name]();
  }

  pressed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (event.target.closest("input, textarea, select, dialog")) return;
    const isHere = this.root.contains(event.target);
    const scrolls = isHere && this.zoom > 0 && this.stage.contains(event.target);
    const everywhere = { ArrowLeft: "previous", ArrowRight: "next" };
    const here = { Home: "first", End: "last", "+": "in", "=": "in", "-": "out", f: "full" };
    const name = (scrolls ? undefined : everywhere[event.key]) ?? (isHere ? here[event.key] : undefined);
    if (!name || this.buttons.get(name).disabled || this.buttons.get(name).hidden) return;
    event.preventDefault();
    this.do(name);
  }

  enlarge(zoom) {
    this.zoom = Math.min(Math.max(zoom, 0), ZOOMS.length - 1);
    const { stage } = this;
    const middle = [
      (stage.scrollLeft + stage.clientWidth / 2) / stage.scrollWidth,
      (stage.scrollTop + stage.clientHeight / 2) / stage.scrollHeight,
    ];
    this.root.classList.toggle("is-zoomed", this.zoom > 0);
    for (const one of ZOOMS) this.root.classList.toggle(`zoom-${one}`, one === ZOOMS[this.zoom]);
    // what is larger than the screen is looked at closely
    for (const page of this.pages) {
      const image = page.querySelector("img");
      image.dataset.sizes ??= image.sizes;
      image.sizes = this.zoom ? "200vw" : image.dataset.sizes;
    }
    stage.scrollTo(
      middle[0] * stage.scrollWidth - stage.clientWidth / 2,
      middle[1] * stage.scrollHeight - stage.clientHeight / 2,
    );
    this.say();
  }

  fill() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.root.requestFullscreen().catch(() => {});
  }

  toggle(name, { takesFocus = true } = {}) {
    const button = this.buttons.get(name);
    const panel = this.root.querySelector(`#reader-${name}`);
    panel.hidden = !panel.hidden;
    button.setAttribute("aria-expanded", !panel.hidden);
    if (panel.hidden) return;
    const other = name === "search" ? "thumbs" : "search"; // there is room for one
    this.root.querySelector(`#reader-${other}`).hidden = true;
    this.buttons.get(other).setAttribute("aria-expanded", "false");
    if (name === "thumbs") this.showThumbs();
    else if (takesFocus) panel.querySelector("input").focus();
  }

  showThumbs() {
    if (!this.strip.childElementCount) {
      this.strip.append(...this.pages.map((page) => this.thumb(page)));
    }
    this.say();
    this.strip.querySelector('[aria-current="true"]')?.scrollIntoView({ block: "nearest", inline: "center" });
  }

  thumb(page) {
    const number = Number(page.dataset.page);
    const shown = page.querySelector("img");
    const image = document.createElement("img");
    image.loading = "lazy";
    image.fetchPriority = "low"; // what is read comes first
    image.alt = "";
    image.width = 72;
    image.height = 96;
    [image.src] = shown.srcset.split(" ");
    const button = this.leading(number);
    button.append(image, fill(this.words.pageLabel, { number }));
    return this.row(button);
  }

  leading(number) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.number = number;
    button.addEventListener("click", () => this.turn(number));
    return button;
  }

  row(button) {
    const row = document.createElement("li");
    row.append(button);
    return row;
  }

  // Find words on pages, whatever their accents.
  async search(words, { turns = true } = {}) {
    const said = this.root.querySelector("[data-reader-said]");
    const list = this.root.querySelector("[data-reader-found]");
    list.replaceChildren();
    said.textContent = "";
    this.wanted = words;
    if (!words) return;
    try {
      await this.read();
    } catch {
      said.textContent = this.words.unread;
      return;
    }
    if (this.wanted !== words) return; // others were asked for meanwhile
    list.replaceChildren();
    const wanted = fold(words).key.trim();
    const found = this.pages.map((page) => this.look(page, wanted)).filter(Boolean);
    const { none, foundOne, foundMany } = this.words;
    const sentence = [none, foundOne][found.length] ?? foundMany;
    said.textContent = fill(sentence, { words, count: found.length });
    list.append(...found.slice(0, MOST_FOUND).map((one) => this.found(one)));
    if (found.length && turns) this.turn(found[0].number);
  }

  // Where a page has them first: from a letter of its text to another.
  look(page, wanted) {
    const text = page.querySelector("[data-reader-text]").textContent;
    if (this.folded.get(page)?.text !== text) this.folded.set(page, { text, ...fold(text) });
    const { key, starts } = this.folded.get(page);
    const place = wanted ? key.indexOf(wanted) : -1;
    if (place < 0) return null;
    const until = starts[place + wanted.length - 1] + 1;
    return { number: Number(page.dataset.page), text, at: starts[place], until };
  }

  found({ number, text, at, until }) {
    const start = Math.max(0, at - AROUND);
    const end = until + AROUND;
    const name = document.createElement("strong");
    name.textContent = fill(this.words.pageLabel, { number });
    const mark = document.createElement("mark");
    mark.textContent = text.slice(at, until);
    const button = this.leading(number);
    button.append(
      name,
      `${start ? "…" : ""}${text.slice(start, at)}`,
      mark,
      `${text.slice(until, end)}${end < text.length ? "…" : ""}`,
    );
    return this.row(button);
  }

  // A swipe turns the page; once it is enlarged, a finger or the mouse moves it.
  listenToFingers() {
    const { stage } = this;
    let begun = null;
    stage.addEventListener("pointerdown", (event) => {
      begun = event.isPrimary ? { x: event.clientX, y: event.clientY, left: stage.scrollLeft, top: stage.scrollTop } : null;
    });
    stage.addEventListener("pointermove", (event) => {
      if (!begun || !this.zoom || event.pointerType !== "mouse" || !event.buttons) return;
      stage.scrollTo(begun.left + begun.x - event.clientX, begun.top + begun.y - event.clientY);
    });
    stage.addEventListener("pointercancel", () => { begun = null; });
    stage.addEventListener("pointerup", (event) => {
      if (!begun || this.zoom) return;
      const [across, down] = [event.clientX - begun.x, event.clientY - begun.y];
      begun = null;
      if (Math.abs(across) < SWIPE || Math.abs(across) < 2 * Math.abs(down)) return;
      this.do(across < 0 ? "next" : "previous");
    });
    stage.addEventListener("dragstart", (event) => event.preventDefault());
  }
}

for (const root of document.querySelectorAll("[data-reader]")) new Reader(root).start();
