// Look for a customer as one types: the field of templates/bar/counter/_search.html.

import { json, Refused } from "../http.js";

const WAITS = 150;

function filled(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

function picture(one) {
  if (one.avatar) {
    const image = document.createElement("img");
    image.src = one.avatar;
    image.alt = "";
    image.width = 32;
    image.height = 40;
    image.className = "found-picture";
    return image;
  }
  const initials = document.createElement("span");
  initials.className = `avatar avatar-sm avatar-${one.color}`;
  initials.setAttribute("aria-hidden", "true");
  initials.textContent = one.initials;
  return initials;
}

function choice(one, index) {
  const link = document.createElement("a");
  link.className = "found-one";
  link.id = `found-${index}`;
  link.href = one.url;
  link.setAttribute("role", "option");
  link.setAttribute("aria-selected", "false");
  link.tabIndex = -1;
  const name = document.createElement("span");
  name.className = "found-name";
  name.textContent = one.name;
  if (one.nickname) {
    const nickname = document.createElement("em");
    nickname.textContent = one.nickname;
    name.append(" ", nickname);
  }
  const promo = document.createElement("span");
  promo.className = "found-promo";
  promo.textContent = one.promo;
  link.append(picture(one), name, promo);
  return link;
}

function arm(box) {
  const texts = box.dataset;
  const field = box.querySelector("input[type=search]");
  const list = document.createElement("div");
  list.className = "found";
  list.id = "found";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.labels[0].textContent);
  list.hidden = true;
  const status = document.createElement("p");
  status.className = "found-status";
  status.setAttribute("role", "status");
  box.append(list, status);
  for (const [name, value] of Object.entries({
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-controls": "found",
    "aria-expanded": "false",
  })) {
    field.setAttribute(name, value);
  }
  let timer;
  let asked = 0;
  let chosen = -1;

  function choose(index) {
    const options = [...list.children];
    chosen = options.length ? (index + options.length) % options.length : -1;
    options.forEach((one, i) => one.setAttribute("aria-selected", String(i === chosen)));
    if (chosen >= 0) {
      field.setAttribute("aria-activedescendant", options[chosen].id);
      options[chosen].scrollIntoView({ block: "nearest" });
    } else {
      field.removeAttribute("aria-activedescendant");
    }
  }

  function close() {
    asked += 1;
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
    list.replaceChildren();
    choose(-1);
  }

  function show(people) {
    list.replaceChildren(...people.map(choice));
    list.hidden = people.length === 0;
    field.setAttribute("aria-expanded", String(people.length > 0));
    choose(people.length === 1 ? 0 : -1);
    say(people.length ? filled(texts.many, { count: people.length }) : texts.none, people.length > 0);
  }

  function say(sentence, isQuiet = false) {
    status.textContent = sentence;
    status.classList.toggle("visually-hidden", isQuiet);
  }

  async function look() {
    const text = field.value.trim();
    if (!text) {
      close();
      say("");
      return;
    }
    asked += 1;
    const mine = asked;
    try {
      const body = await json(`${texts.customers}?${new URLSearchParams({ q: text })}`);
      if (mine === asked) {
        show(body.customers);
      }
    } catch (error) {
      if (mine === asked) {
        say(error instanceof Refused && error.body ? error.message : texts.failed);
      }
    }
  }

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, WAITS);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if (["ArrowDown", "ArrowUp"].includes(event.key) && !list.hidden) {
      event.preventDefault();
      choose(event.key === "ArrowDown" ? chosen + 1 : Math.max(chosen, 0) - 1);
    } else if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      location.assign(list.children[chosen].href);
    }
  });
  document.addEventListener("click", (event) => {
    if (!box.contains(event.target)) {
      close();
    }
  });
  box.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !box.contains(event.relatedTarget)) {
      close();
    }
  });
}

const box = document.querySelector("[data-customers]");
if (box) {
  arm(box);
}
