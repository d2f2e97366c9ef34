// The calendar as a grid: month, week, list. Without this, the page is the list of a month.
//
// All times are those of Paris, whatever the clock of the device: dates carry what it shows there.

import { json, post } from "../http.js";
import { toast } from "../toasts.js";

const PHONE = window.matchMedia("(max-width: 767.98px)");
const VIEWS = ["dayGridMonth", "timeGridWeek", "listMonth"];
const KEPT = "calendar-view";
const UNDO_MS = 10_000;
const SWIPE_PX = 60;
const STILL = window.matchMedia("(prefers-reduced-motion: reduce)");

const pad = (number) => String(number).padStart(2, "0");
const dayOf = (date) => `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
const minuteOf = (date) => `${dayOf(date)}T${pad(date.getHours())}:${pad(date.getMinutes())}`;

function dayBefore(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() - 1);
}

// When something is, as the site reads it: the last day of what is all day is one of its days.
export function sent({ allDay, start, end }) {
  return allDay
    ? { all_day: true, start: dayOf(start), end: dayOf(dayBefore(end)) }
    : { all_day: false, start: minuteOf(start), end: minuteOf(end) };
}

// What the site says of something, as the grid shows it: by the clock of Paris.
export function shown(item) {
  const props = { ...item.extendedProps, version: item.version, can_edit: item.can_edit };
  return {
    id: item.id,
    title: item.title,
    start: item.start.slice(0, 19),
    end: item.end.slice(0, 19),
    allDay: item.allDay,
    backgroundColor: item.color,
    textColor: props.contrast_color,
    editable: item.can_edit,
    className: props.cancelled ? ["is-cancelled"] : [],
    extendedProps: props,
  };
}

// A sentence of the site, with what it is about.
function filled(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// A time of the clock, as the site writes it.
export function hour(date, pattern) {
  const parts = { H: date.getHours(), HH: pad(date.getHours()), mm: pad(date.getMinutes()) };
  return pattern.replace(/'([^']*)'|HH?|mm/g, (part, said) => said ?? parts[part]);
}

// When a part of something is, on its day: it may have begun before, and end later.
export function hours({ start, end, extendedProps }, from, words) {
  const day = new Date(from);
  const midnight = new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1);
  const begins = minuteOf(start) === from;
  const ends = minuteOf(end) <= minuteOf(midnight) && extendedProps.has_end;
  const time = hour(begins ? start : end, words.hour);
  if (begins && ends) {
    return `${time} – ${hour(end, words.hour)}`;
  }
  if (begins) {
    return extendedProps.has_end ? filled(words.from, { time }) : time;
  }
  return ends ? filled(words.until, { time }) : words.whole;
}

// Where a month shows when something begins, the days after say nothing.
function begun({ event, timeText, view }, words) {
  if (view.type !== "dayGridMonth") {
    return hours(event, timeText, words);
  }
  return timeText === minuteOf(event.start) ? hour(event.start, words.hour) : "";
}

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

// A link to its page, which says all that one sees; as text, whatever it holds.
function content(info, words, language) {
  const { event, view } = info;
  const { cancelled, club, location, url } = event.extendedProps;
  const link = element("a", "ec-event-link", "");
  link.href = url;
  link.draggable = false; // it is the whole that is moved
  const day = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long" });
  link.append(element("span", "visually-hidden", `${day.format(event.start)} `));
  if (!event.allDay) {
    link.append(element("span", "ec-event-time", begun(info, words)));
  }
  link.append(element("span", "ec-event-title", event.title));
  if (cancelled) {
    link.append(element("span", "ec-event-off", words.cancelled));
  }
  const note = [club, location].filter(Boolean).join(" · ");
  if (view.type === "listMonth" && note) {
    link.append(element("span", "ec-event-note", note));
  }
  return { domNodes: [link] };
}

// The grid says that it is a table, which it is not made as: days and events are read in order.
function asItReads(grid) {
  const roles = ["table", "row", "rowgroup", "cell", "columnheader"];
  const wrong = roles.map((role) => `[role="${role}"]`).join(", ");
  const correct = () => {
    for (const part of grid.querySelectorAll(wrong)) {
      part.removeAttribute("role");
      part.removeAttribute("aria-colindex");
    }
    for (const heading of grid.querySelectorAll("h4.ec-day-head:not([aria-level])")) {
      heading.setAttribute("aria-level", "3");
    }
  };
  correct();
  new MutationObserver(correct).observe(grid, { childList: true, subtree: true });
}

// Without room on the device, nothing is kept.
function kept() {
  try {
    return window.localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

function keep(view) {
  try {
    window.localStorage.setItem(KEPT, view);
  } catch {
    // it is chosen for this page
  }
}

function initialView() {
  const view = kept();
  if (VIEWS.includes(view)) {
    return view;
  }
  return PHONE.matches ? "listMonth" : "dayGridMonth";
}

class Agenda {
  constructor(root, words) {
    this.root = root;
    this.words = words;
    this.language = document.documentElement.lang;
    this.dialog = document.getElementById("agenda-event");
    this.today = root.dataset.today;
    this.grid = root.querySelector("[data-grid]");
    this.isSought = this.today.startsWith(root.dataset.month);
    this.calendar = window.EventCalendar.create(this.grid, this.options());
    asItReads(this.grid);
    this.drawBar();
    this.listenToPresses();
    this.listenToSwipes();
    this.dialog.querySelector("[data-delete]").addEventListener("click", () => this.remove());
    root.classList.add("is-drawn");
  }

  options() {
    const { month, events } = this.root.dataset;
    const inMonth = this.today.startsWith(month);
    return {
      view: initialView(),
      date: inMonth ? this.today : `${month}-01`,
      locale: this.language,
      firstDay: 1,
      headerToolbar: { start: "", center: "", end: "" },
      buttonText: { close: this.words.close },
      allDayContent: this.words.allDay,
      noEventsContent: this.words.nothing,
      moreLinkContent: ({ num }) => this.words.more.replace("{count}", num),
      highlightedDates: [this.today],
      dayMaxEvents: true,
      editable: false,
      eventStartEditable: true,
      eventDurationEditable: true,
      longPressDelay: 500,
      lazyFetching: false,
      scrollTime: "08:00:00",
      eventTimeFormat: minuteOf, // what is written of it is said below
      slotLabelFormat: (date) => hour(date, this.words.hour),
      views: {
        dayGridMonth: { dayHeaderFormat: { weekday: PHONE.matches ? "short" : "long" } },
        timeGridWeek: {
          dayHeaderFormat: { weekday: "short", day: "numeric" },
        },
        listMonth: {
          listDayFormat: { weekday: "long", day: "numeric", month: "long" },
          listDaySideFormat: () => "",
        },
      },
      eventSources: [{ events: (asked) => this.load(events, asked) }],
      eventContent: (info) => content(info, this.words, this.language),
      eventDidMount: ({ el, event }) => {
        el.dataset.key = event.id;
      },
      eventAllUpdated: () => this.toToday(),
      eventDragStart: () => this.hold(),
      eventResizeStart: () => this.hold(),
      eventDragStop: () => this.release(),
      eventResizeStop: () => this.release(),
      eventDrop: (info) => this.move(info),
      eventResize: (info) => this.move(info),
      dateClick: (info) => this.create(info),
      datesSet: ({ view }) => this.say(view),
    };
  }

  async load(url, { startStr, endStr }) {
    const query = new URLSearchParams({ start: startStr, end: endStr });
    try {
      const { events, is_cut: isCut } = await json(`${url}?${query}`);
      this.root.querySelector("[data-cut]").hidden = !isCut;
      this.calendar.setOption("noEventsContent", this.words.nothing);
      return events.map(shown);
    } catch {
      this.calendar.setOption("noEventsContent", this.words.failed);
      toast("danger", this.words.failed);
      return [];
    }
  }

  // The bar of the page moves the grid, rather than opening another page.
  drawBar() {
    this.root.querySelector("[data-views]").hidden = false;
    for (const button of this.root.querySelectorAll("[data-view]")) {
      button.addEventListener("click", () => {
        keep(button.dataset.view);
        this.calendar.setOption("view", button.dataset.view);
        setTimeout(() => this.toToday());
      });
    }
    for (const link of this.root.querySelectorAll("[data-move]")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        this.go(link.dataset.move);
      });
    }
  }

  go(where) {
    this.isSought = where === "today";
    if (this.isSought) {
      this.calendar.setOption("date", this.today);
      setTimeout(() => this.toToday()); // what is there already is not loaded again
    } else {
      this.calendar[where]();
    }
  }

  // In a list, once it is there, the first day to come is the one to read.
  toToday() {
    const days = [...this.grid.querySelectorAll(".ec-list .ec-day")];
    const next = days.find((day) => day.querySelector("time").dateTime >= this.today);
    if (this.isSought && next) {
      this.isSought = false;
      next.scrollIntoView({ behavior: STILL.matches ? "auto" : "smooth" });
    }
  }

  say(view) {
    this.root.querySelector("[data-title]").textContent = view.title;
    for (const button of this.root.querySelectorAll("[data-view]")) {
      button.setAttribute("aria-pressed", String(button.dataset.view === view.type));
    }
    const middle = new Date(view.currentStart);
    middle.setDate(middle.getDate() + 3); // a week is of the month that has most of it
    const month = dayOf(middle).slice(0, 7);
    window.history.replaceState(null, "", `?month=${month}`);
  }

  // An event opens over the page; its link leads to its own as any link does.
  listenToPresses() {
    this.grid.addEventListener("click", (pressed) => {
      const found = pressed.target.closest?.("[data-key]");
      const event = found && this.calendar.getEventById(found.dataset.key);
      if (!event || pressed.ctrlKey || pressed.metaKey || pressed.shiftKey) {
        return;
      }
      pressed.preventDefault();
      if (!this.isHeld) {
        this.open(event);
      }
    });
  }

  // What is let go after it was moved is not pressed.
  hold() {
    this.isHeld = true;
  }

  release() {
    setTimeout(() => {
      this.isHeld = false;
    }, 100);
  }

  listenToSwipes() {
    let from = null;
    this.grid.addEventListener(
      "touchstart",
      (event) => {
        const [touch] = event.touches;
        from = event.touches.length === 1 ? { x: touch.clientX, y: touch.clientY } : null;
      },
      { passive: true },
    );
    this.grid.addEventListener("touchend", (event) => {
      const [touch] = event.changedTouches;
      const x = from ? touch.clientX - from.x : 0;
      const y = from ? touch.clientY - from.y : 0;
      from = null;
      if (Math.abs(x) > SWIPE_PX && Math.abs(x) > 2 * Math.abs(y) && !this.isHeld) {
        this.go(x < 0 ? "next" : "prev");
      }
    });
  }

  // What one writes in: only where one may.

  create({ date, allDay }) {
    if (this.root.dataset.new) {
      const start = allDay ? dayOf(date) : minuteOf(date);
      window.location.assign(`${this.root.dataset.new}?${new URLSearchParams({ start })}`);
    }
  }

  // All that the site keeps of an event, as it wants it.
  said(event) {
    const { club_id, location, description, version } = event.extendedProps;
    return { title: event.title, club_id, location, description, version, ...sent(event) };
  }

  async move({ event, revert }) {
    try {
      const { version } = (await post(this.at("edit", event), this.said(event))).event;
      const extendedProps = { ...event.extendedProps, version };
      this.calendar.updateEvent({ ...event, extendedProps });
      toast("success", this.words.moved);
    } catch (refusal) {
      revert();
      toast("danger", this.why(refusal));
      this.calendar.refetchEvents();
    }
  }

  async remove() {
    const event = this.opened;
    this.dialog.close();
    try {
      await post(this.at("delete", event), { version: event.extendedProps.version });
    } catch (refusal) {
      toast("danger", this.why(refusal));
      return;
    }
    this.calendar.removeEventById(event.id);
    const said = toast("success", this.words.deleted, UNDO_MS);
    const undo = element("button", "btn btn-secondary btn-sm", this.words.undo);
    undo.type = "button";
    undo.addEventListener("click", () => {
      said.remove();
      this.restore(event);
    });
    said.querySelector(".toast-text").after(undo);
    undo.focus();
  }

  async restore(event) {
    const { uid } = event.extendedProps;
    try {
      await post(this.at("create"), { ...this.said(event), uid });
      toast("success", this.words.restored);
    } catch (refusal) {
      toast("danger", this.why(refusal));
    }
    this.calendar.refetchEvents();
  }

  at(what, event) {
    return `${this.root.dataset.events}/${what}${event ? `/${event.id}` : ""}`;
  }

  // The sentence of a refusal, and what it says of each field.
  why(refusal) {
    const detail = refusal.body?.error?.detail;
    const fields = detail && typeof detail === "object" ? Object.values(detail).flat() : [];
    const said = fields.filter((field) => typeof field === "string");
    return said.length ? said.join(" ") : refusal.status ? refusal.message : this.words.failed;
  }

  // One event, over the page.

  open(event) {
    const { club, location, description, url, cancelled, can_edit: canEdit } = event.extendedProps;
    this.opened = event;
    const title = this.dialog.querySelector(".dialog-head h2");
    title.textContent = event.title;
    title.classList.toggle("is-cancelled", cancelled);
    const words = cancelled ? [this.words.cancelled] : [];
    this.dialog.querySelector("[data-when]").textContent = [this.when(event), ...words].join(" · ");
    for (const [name, said] of Object.entries({ club, location })) {
      const fact = this.dialog.querySelector(`[data-fact="${name}"]`);
      fact.hidden = !said;
      fact.querySelector("dd").textContent = said ?? "";
    }
    this.dialog.querySelector("[data-facts]").hidden = !club && !location;
    this.describe(event.id, description);
    this.dialog.querySelector("[data-go]").href = url;
    const edit = this.dialog.querySelector("[data-edit]");
    edit.hidden = !canEdit;
    edit.href = `${url}/edit`;
    this.dialog.querySelector("[data-delete]").hidden = !canEdit;
    this.dialog.showModal();
  }

  // As it was typed, until the site says what its marks are.
  async describe(id, description) {
    const frame = this.dialog.querySelector("[data-text]");
    frame.hidden = !description;
    frame.textContent = description;
    const told = description
      ? await post(this.root.dataset.preview, { text: description }).catch(() => null)
      : null;
    if (told && this.opened.id === id) {
      const page = new DOMParser().parseFromString(told.html, "text/html");
      frame.replaceChildren(...page.body.childNodes);
    }
  }

  // In the words of its page.
  when({ allDay, start, end, extendedProps }) {
    const options = { weekday: "long", day: "numeric", month: "long", year: "numeric" };
    const format = new Intl.DateTimeFormat(this.language, options);
    const [day, last] = [start, allDay ? dayBefore(end) : end].map((date) => format.format(date));
    if (allDay) {
      const { wholeDay: one, wholeDays: many } = this.words;
      return filled(day === last ? one : many, { day, first: day, last });
    }
    const [from, to] = [start, end].map((date) => hour(date, this.words.hour));
    const at = (on, time) => filled(this.words.at, { day: on, time });
    if (!extendedProps.has_end) {
      return at(day, from);
    }
    return day === last
      ? filled(this.words.sameDay, { day, start: from, end: to })
      : filled(this.words.span, { start: at(day, from), end: at(last, to) });
  }
}

const root = document.querySelector("[data-agenda]");
if (root && window.EventCalendar) {
  new Agenda(root, JSON.parse(root.dataset.words));
}
