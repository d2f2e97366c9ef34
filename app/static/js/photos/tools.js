// Changing the photos of an album: tools on each tile while it is being edited, and a bar for those
// that are chosen. The dialogs are those of templates/photos/_tools.html.
//
// gallery.js tells of tiles that are new ("photos:tiles"), and is told what changed.

import { json, post, Refused, send } from "../http.js";
import { toast } from "../toasts.js";
import { isEditing } from "./edit.js";

const TOLD_AT_ONCE = 50;
const MOST = 500;
const TYPING = 250;
// How long after photos were to get other names one asks whether they have, each time.
const NAMED_WITHIN = 8000;
const NAMED_AFTER = [500, 1000, 1000, 2000, 2000, ...Array(30).fill(4000)];

const list = document.querySelector(".tiles[data-writes]");
const words = document.querySelector("[data-tools]")?.dataset;
const bar = document.querySelector("[data-bulk]");
const chosen = new Set();
let lastTicked = null;
// Done once the photos that were to get other names have them, or after a while.
let naming = Promise.resolve();

const where = () => ({ collection: list.dataset.collection, album: list.dataset.album });
const tiles = () => [...list.querySelectorAll(":scope > .tile[data-photo]")];
const tileOf = (name) => list.querySelector(`[data-photo="${CSS.escape(name)}"]`);

// Have the gallery show these as they are now.
function tell(names) {
  for (let i = 0; i < names.length; i += TOLD_AT_ONCE) {
    const detail = { names: names.slice(i, i + TOLD_AT_ONCE) };
    list.dispatchEvent(new CustomEvent("photos:changed", { detail }));
  }
}

function refused(error) {
  toast("danger", error instanceof Refused && error.body ? error.message : words.failed);
}

// Say how it went; what could not be done stays chosen.
function report(answer) {
  const wrong = answer.outcomes.filter((one) => one.message);
  toast(wrong.length ? "warning" : "success", answer.message);
  for (const message of new Set(wrong.slice(0, 3).map((one) => one.message))) {
    toast("warning", message);
  }
  if (answer.album_hidden) {
    toast("warning", words.hidden);
  }
  return answer.outcomes.filter((one) => !one.message).map((one) => one.photo);
}

// Tools on tiles

function nameOf(tile) {
  return tile.querySelector("a > img:last-child")?.alt || words.coming;
}

function decorate(tile) {
  if (tile.querySelector(".tile-tools")) {
    return;
  }
  const parts = document.querySelector("template[data-tile-tools]").content.cloneNode(true);
  const name = nameOf(tile);
  for (const element of parts.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", element.dataset.label.replace("{name}", name));
  }
  const isComing = tile.dataset.state !== undefined;
  for (const button of parts.querySelectorAll("[data-ready-only]")) {
    button.hidden = isComing;
  }
  const box = parts.querySelector("input");
  box.checked = chosen.has(tile.dataset.photo);
  tile.classList.toggle("is-chosen", box.checked);
  tile.append(parts);
}

function undress(tile) {
  tile.classList.remove("is-chosen");
  for (const part of tile.querySelectorAll(".tile-tools, .tile-box")) {
    part.remove();
  }
}

function dress(editing) {
  for (const tile of tiles()) {
    (editing ? decorate : undress)(tile);
  }
  if (!editing) {
    chosen.clear();
  }
  showBar();
}

function choose(tile, on) {
  const { photo } = tile.dataset;
  if (on && chosen.size >= MOST && !chosen.has(photo)) {
    toast("info", words.most);
    on = false;
  }
  (on ? (name) => chosen.add(name) : (name) => chosen.delete(name))(photo);
  tile.classList.toggle("is-chosen", on);
  const box = tile.querySelector(".tile-box input");
  if (box) {
    box.checked = on;
  }
  return on;
}

// With Shift, all those between the last box and this one.
function tick(event) {
  const tile = event.target.closest(".tile");
  const on = event.target.checked;
  const all = tiles();
  const from = all.indexOf(lastTicked);
  const to = all.indexOf(tile);
  const some = event.shiftKey && from >= 0 ? all.slice(Math.min(from, to), Math.max(from, to) + 1) : [tile];
  for (const one of some) {
    choose(one, on);
  }
  lastTicked = tile;
  showBar();
}

function showBar() {
  const count = chosen.size;
  bar.hidden = count === 0;
  const rules = new Intl.PluralRules(document.documentElement.lang);
  const form = rules.select(count) === "one" ? words.chosenOne : words.chosenMany;
  bar.querySelector("[role=status]").textContent = count ? form.replace("{n}", count) : "";
}

async function star(tile) {
  const before = list.querySelector("[data-featured]")?.dataset.photo;
  const answer = await post(words.star, { ...where(), photo: tile.dataset.photo });
  toast(answer.already ? "info" : "success", answer.message);
  tell([tile.dataset.photo, before].filter(Boolean));
}

async function bin(tile) {
  const { photo } = tile.dataset;
  if (!window.confirm(words.sure.replace("{name}", nameOf(tile)))) {
    return;
  }
  tile.classList.add("is-leaving");
  try {
    const next = tile.nextElementSibling ?? tile.previousElementSibling;
    const gone = report(await post(words.remove, { ...where(), photo }));
    leave(gone);
    next?.querySelector(".tile-tools button:not([hidden])")?.focus();
  } catch (error) {
    tile.classList.remove("is-leaving");
    throw error;
  }
}

function leave(names) {
  for (const name of names) {
    chosen.delete(name);
  }
  showBar();
  tell(names);
}

const acts = { star, bin, edit: (tile) => openEditor(tile) };

async function press(event) {
  const box = event.target.closest(".tile-box input");
  if (box) {
    tick(event);
    return;
  }
  const button = event.target.closest("[data-tool]");
  if (!button || button.disabled) {
    return;
  }
  button.disabled = true;
  try {
    await naming;
    await acts[button.dataset.tool](button.closest(".tile"));
  } catch (error) {
    refused(error);
  } finally {
    button.disabled = false;
  }
}

// Dialogs

function clearErrors(form) {
  for (const error of form.querySelectorAll(".field-errors")) {
    error.remove();
  }
  for (const field of form.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    field.classList.remove("is-invalid");
  }
  form.querySelector("[role=alert]").textContent = "";
}

// Say next to each field what is wrong with it.
function showErrors(form, error) {
  clearErrors(form);
  const wrong = error.body?.error?.detail ?? {};
  form.querySelector("[role=alert]").textContent = error.body ? error.message : words.failed;
  for (const [name, messages] of Object.entries(wrong)) {
    const field = form.elements[name];
    if (!(field instanceof HTMLElement) || !Array.isArray(messages)) {
      continue;
    }
    const box = document.createElement("div");
    box.className = "field-errors";
    box.id = `${field.id}-errors`;
    for (const message of messages) {
      const line = document.createElement("p");
      line.textContent = message;
      box.append(line);
    }
    field.after(box);
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", box.id);
    field.classList.add("is-invalid");
  }
  form.querySelector("[aria-invalid]")?.focus();
}

// Have a form of a dialog do something; what was typed stays if it is refused.
function onSubmit(dialog, act) {
  const form = dialog.querySelector("form");
  const button = form.querySelector("[type=submit]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-disabled") === "true") {
      return;
    }
    button.setAttribute("aria-disabled", "true");
    try {
      await act(form);
      dialog.close();
    } catch (error) {
      showErrors(form, error);
    } finally {
      button.removeAttribute("aria-disabled");
    }
  });
}

function show(dialog) {
  const form = dialog.querySelector("form");
  form.reset();
  clearErrors(form);
  dialog.showModal();
}

// The author: an account among those whose name begins so, or a name.
function armAuthor(form) {
  const field = form.elements.author_str;
  const options = document.getElementById(field.getAttribute("list"));
  const known = new Map();
  let timer;
  const match = () => {
    form.elements.author_id.value = known.get(field.value) ?? "";
  };
  field.addEventListener("input", () => {
    match();
    clearTimeout(timer);
    const text = field.value.trim();
    if (text.length < 2 || known.has(field.value)) {
      return;
    }
    timer = setTimeout(async () => {
      const { people } = await json(`${words.people}?q=${encodeURIComponent(text)}`).catch(() => ({
        people: [],
      }));
      options.replaceChildren(
        ...people.map((person) => {
          const label = person.promo ? `${person.name} (${person.promo})` : person.name;
          known.set(label, person.id);
          const option = document.createElement("option");
          option.value = label;
          return option;
        }),
      );
      match();
    }, TYPING);
  });
}

function sendForm(url, form, more) {
  const data = new FormData(form);
  for (const [name, value] of Object.entries(more)) {
    data.set(name, value);
  }
  if (data.get("author_id")) {
    data.delete("author_str"); // the account says it
  }
  return answered(url, data);
}

async function answered(url, body) {
  const response = await send(url, { method: "POST", body });
  const answer = await response.json().catch(() => null);
  if (!response.ok) {
    throw new Refused(response.status, answer);
  }
  return answer;
}

const editor = document.querySelector("[data-photo-editor]");
let edited = null;

// What the site says of a photo; nothing if it is gone.
async function told(name) {
  const address = new URL(list.dataset.more, window.location.href);
  address.searchParams.append("name", name);
  const { photos } = await json(address);
  return photos[0];
}

function valuesOf(photo) {
  const said = {
    version: photo.version,
    caption: photo.caption,
    author_str: photo.author,
    author_id: photo.author_id,
    date: photo.day,
    time: photo.time,
    lat: photo.lat,
    lng: photo.lng,
  };
  return Object.fromEntries(Object.entries(said).map(([name, value]) => [name, String(value ?? "")]));
}

async function openEditor(tile) {
  const name = tile.dataset.photo;
  edited = await told(name);
  if (!edited) {
    tell([name]);
    return;
  }
  show(editor);
  const { elements } = editor.querySelector("form");
  for (const [field, value] of Object.entries(valuesOf(edited))) {
    elements[field].value = value;
  }
  const image = editor.querySelector("img");
  image.hidden = !edited.thumb;
  if (edited.thumb) {
    image.src = edited.thumb;
  }
  editor.querySelector("[data-photo-name]").textContent = edited.download;
}

// What the photo says now, next to what was typed: saved again, the latter holds.
async function compare(form, refusal) {
  const now = await told(edited.name);
  if (!now) {
    return refusal;
  }
  edited = now;
  const { version, ...said } = valuesOf(now);
  form.elements.version.value = version;
  const detail = {};
  for (const [name, value] of Object.entries(said)) {
    const field = form.elements[name];
    if (field.type !== "hidden" && field.value !== value) {
      detail[name] = [words.now.replace("{value}", value || "–")];
    }
  }
  return new Refused(refusal.status, { error: { message: refusal.message, detail } });
}

async function saveOne(form) {
  const { name } = edited;
  try {
    await sendForm(words.edit, form, { ...where(), photo_name: name });
  } catch (error) {
    throw error instanceof Refused && error.status === 409 ? await compare(form, error) : error;
  }
  toast("success", words.saved);
  tell([name]);
}

// Many

async function bulk(action, more = {}) {
  await naming;
  const names = [...chosen];
  const answer = await post(words.bulkUrl, { ...where(), photos: names, action, ...more });
  const done = report(answer);
  if (["delete", "move"].includes(action)) {
    leave(done);
  } else {
    tell(done);
    expectNames(answer.renamed);
  }
  return done;
}

async function setMany(form) {
  const more = {};
  const { caption, author_str: author, author_id: account, date, time } = form.elements;
  if (caption.value.trim()) {
    more.caption = caption.value;
  }
  if (account.value) {
    more.author_id = account.value;
  } else if (author.value.trim()) {
    more.author_str = author.value;
  }
  if (date.value) {
    more.date = date.value;
    more.time = time.value;
  }
  if (Object.keys(more).length) {
    await bulk("set", more);
  }
}

async function shiftMany(form) {
  const { hours, minutes, way } = form.elements;
  const shift = 60 * Number(hours.value || 0) + Number(minutes.value || 0);
  if (shift) {
    await bulk("shift_time", { minutes: way.value === "earlier" ? -shift : shift });
  }
}

async function moveMany(form) {
  const option = form.elements.target.selectedOptions[0];
  await bulk("move", {
    target_collection: option.dataset.collection,
    target_album: option.dataset.album,
  });
}

// Where photos may go: asked for when it is needed.
async function fillTargets(select) {
  const { targets } = await json(words.targets);
  const { collection, album } = where();
  const groups = new Map();
  for (const target of targets) {
    if (target.collection === collection && target.album === album) {
      continue;
    }
    if (!groups.has(target.collection)) {
      const group = document.createElement("optgroup");
      group.label = target.collection_name;
      groups.set(target.collection, group);
    }
    const option = document.createElement("option");
    option.textContent = target.name;
    option.dataset.collection = target.collection;
    option.dataset.album = target.album;
    groups.get(target.collection).append(option);
  }
  select.replaceChildren(...groups.values());
  return groups.size > 0;
}

const dialogs = Object.fromEntries(
  [...document.querySelectorAll("[data-bulk-dialog]")].map((one) => [one.dataset.bulkDialog, one]),
);

const bulkActs = {
  all() {
    for (const tile of tiles().slice(0, MOST)) {
      choose(tile, true);
    }
    showBar();
  },
  none() {
    for (const tile of tiles()) {
      choose(tile, false);
    }
    chosen.clear();
    showBar();
  },
  set: () => show(dialogs.set),
  shift: () => show(dialogs.shift),
  async move() {
    if (await fillTargets(dialogs.move.querySelector("select"))) {
      show(dialogs.move);
    } else {
      toast("info", words.nowhere);
    }
  },
  hide: () => bulk("hide"),
  show: () => bulk("show"),
  left: () => turn(270),
  right: () => turn(90),
  async delete() {
    const rules = new Intl.PluralRules(document.documentElement.lang);
    const form = rules.select(chosen.size) === "one" ? words.sureOne : words.sureMany;
    if (!window.confirm(form.replace("{n}", chosen.size))) {
      return;
    }
    const leaving = [...chosen].map(tileOf).filter(Boolean);
    leaving.forEach((tile) => tile.classList.add("is-leaving"));
    try {
      await bulk("delete");
    } catch (error) {
      leaving.forEach((tile) => tile.classList.remove("is-leaving"));
      throw error;
    }
  },
};

// What is turned, or hidden, gets another name: its tile takes it once it is there.
function expectNames(renamed) {
  const expected = new Map(Object.entries(renamed));
  if (expected.size) {
    const patience = new Promise((resolve) => setTimeout(resolve, NAMED_WITHIN));
    naming = Promise.race([awaitNames(expected), patience]);
  }
}

async function turn(degrees) {
  await naming;
  const names = [...chosen];
  const answer = await post(words.bulkUrl, { ...where(), photos: names, action: "rotate", degrees });
  report(answer);
  for (const name of Object.keys(answer.renamed)) {
    tileOf(name)?.classList.add("is-leaving");
  }
  expectNames(answer.renamed);
}

async function awaitNames(expected) {
  for (const wait of NAMED_AFTER) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    const some = [...expected].slice(0, TOLD_AT_ONCE);
    const address = new URL(list.dataset.more, window.location.href);
    for (const [, name] of some) {
      address.searchParams.append("name", name);
    }
    const { photos } = await json(address).catch(() => ({ photos: [] }));
    const there = new Set(photos.map((photo) => photo.name));
    for (const [before, after] of some.filter(([, name]) => there.has(name))) {
      expected.delete(before);
      rename(before, after);
    }
    tell([...there]);
    if (!expected.size) {
      return;
    }
  }
}

function rename(before, after) {
  const tile = tileOf(before);
  if (tile) {
    tile.dataset.photo = after;
    tile.classList.remove("is-leaving");
  }
  if (chosen.delete(before)) {
    chosen.add(after);
  }
}

function armBar() {
  bar.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-act]");
    if (!button || bar.getAttribute("aria-busy") === "true") {
      return;
    }
    bar.setAttribute("aria-busy", "true");
    try {
      await bulkActs[button.dataset.act]();
    } catch (error) {
      refused(error);
    } finally {
      bar.removeAttribute("aria-busy");
    }
  });
  onSubmit(dialogs.set, setMany);
  onSubmit(dialogs.shift, shiftMany);
  onSubmit(dialogs.move, moveMany);
  armAuthor(dialogs.set.querySelector("form"));
}

if (list && words) {
  armBar();
  onSubmit(editor, saveOne);
  armAuthor(editor.querySelector("form"));
  list.addEventListener("click", press);
  list.addEventListener("photos:tiles", (event) => {
    if (isEditing()) {
      event.detail.tiles.forEach(decorate);
    }
  });
  document.addEventListener("photos:edit", (event) => dress(event.detail.isEditing));
  dress(isEditing());
}
