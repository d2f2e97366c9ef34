// Who is on a photo: the dialog of templates/photos/_tags.html.
//
//     import { peopleDialog } from "./tags.js";
//     const people = peopleDialog();       // null for who is not logged in
//     people?.open({ collection, album, photo: "0a1b.jpg", people: [{ id, name, removable }] },
//                  (left) => { … });       // told who is on it after each change

import { json, post, Refused, send } from "../http.js";

const WAITS = 200;

function filled(sentence, name) {
  return sentence.split("{name}").join(name);
}

const made = new WeakMap();

export function peopleDialog(dialog = document.querySelector("[data-people]")) {
  if (!dialog) {
    return null;
  }
  if (!made.has(dialog)) {
    made.set(dialog, armed(dialog));
  }
  return made.get(dialog);
}

function armed(dialog) {
  const texts = dialog.dataset;
  const list = dialog.querySelector("[data-people-list]");
  const none = dialog.querySelector("[data-people-none]");
  const found = dialog.querySelector("[data-people-found]");
  const status = dialog.querySelector("[data-people-status]");
  const field = dialog.querySelector("input[type=search]");
  const cross = dialog.querySelector("[data-people-cross]");
  let shown = null;
  let tell = () => {};
  let timer;
  let asked = 0;

  const where = () => ({
    collection: shown.collection,
    album: shown.album,
    photo: shown.photo,
  });

  // Said in the dialog: the rest of the page is out of reach while it is open.
  function refused(error) {
    status.textContent = error instanceof Refused && error.body ? error.message : texts.failed;
  }

  function line(person) {
    const item = document.createElement("li");
    item.className = "people-one";
    const name = document.createElement("span");
    name.textContent = person.name;
    item.append(name);
    if (person.removable !== false) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-quiet btn-sm btn-icon";
      button.setAttribute("aria-label", filled(texts.remove, person.name));
      button.append(cross.content.cloneNode(true));
      button.addEventListener("click", () => remove(person, button));
      item.append(button);
    }
    return item;
  }

  function showPeople() {
    list.replaceChildren(...shown.people.map(line));
    none.hidden = shown.people.length > 0;
  }

  function clearFound() {
    asked += 1;
    found.replaceChildren();
    status.textContent = "";
  }

  function showFound(people) {
    const there = new Set(shown.people.map((person) => person.id));
    const others = people.filter((person) => !there.has(person.id));
    found.replaceChildren(
      ...others.map((person) => {
        const item = document.createElement("li");
        const button = document.createElement("button");
        button.type = "button";
        button.className = "people-choice";
        button.textContent = person.promo ? `${person.name} (${person.promo})` : person.name;
        button.addEventListener("click", () => add(person, button));
        item.append(button);
        return item;
      }),
    );
    status.textContent = "";
    if (others.length === 0) {
      status.textContent = people.length ? filled(texts.added, people[0].name) : texts.nobody;
    }
  }

  async function search() {
    const text = field.value.trim();
    if (!text) {
      clearFound();
      return;
    }
    asked += 1;
    const mine = asked;
    try {
      const body = await json(`${texts.search}&${new URLSearchParams({ q: text })}`);
      if (mine === asked) {
        showFound(body.people);
      }
    } catch (error) {
      refused(error);
    }
  }

  async function add(person, button) {
    const mine = shown;
    button.disabled = true;
    try {
      const made = await post(texts.tag, { ...where(), pceen_id: person.id });
      mine.people = [...mine.people, { id: made.id, name: made.name, removable: true }];
      field.value = "";
      clearFound();
      field.focus();
      changed(mine, filled(texts.added, made.name));
    } catch (error) {
      button.disabled = false;
      refused(error);
    }
  }

  async function remove(person, button) {
    const mine = shown;
    button.disabled = true;
    try {
      const response = await send(texts.untag, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ ...where(), pceen_id: person.id }),
      });
      if (!response.ok) {
        throw new Refused(response.status, await response.json().catch(() => null));
      }
      mine.people = mine.people.filter((one) => one.id !== person.id);
      changed(mine, filled(texts.removed, person.name));
      field.focus();
    } catch (error) {
      button.disabled = false;
      refused(error);
    }
  }

  function changed(photo, sentence) {
    tell(photo.people);
    if (photo === shown) {
      status.textContent = sentence;
      showPeople();
    }
  }

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, WAITS);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      const buttons = found.querySelectorAll("button");
      if (buttons.length === 1) {
        buttons[0].click();
      }
    }
  });
  // What is typed here moves no photo of the viewer underneath.
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  dialog.querySelector("[data-people-close]").addEventListener("click", () => dialog.close());

  return {
    open(photo, onChange = () => {}) {
      shown = { ...photo, people: [...(photo.people ?? [])] };
      tell = onChange;
      field.value = "";
      clearFound();
      showPeople();
      dialog.showModal();
      field.focus();
    },
  };
}
