// Give and take roles and permissions where they are shown. Without this, pages do it with forms.

import { json, post, Refused } from "./http.js";
import { toast } from "./toasts.js";

// "Retirer {role}" said of a role: what people typed is only ever text.
export function said(sentence, name, value) {
  return sentence.split(`{${name}}`).join(value);
}

function iconIn(texts, name) {
  return texts.querySelector(`[data-mark="${name}"]`).content.cloneNode(true);
}

function labelled(button, label) {
  button.setAttribute("aria-label", label);
  button.title = label;
}

function iconButton(texts, icon, label) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "role-cross";
  button.append(iconIn(texts, icon));
  labelled(button, label);
  return button;
}

// Do it once, and say what was refused; whoever must prove who they are is led there.
async function attempt(button, work) {
  button.disabled = true;
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof Refused)) {
      throw error;
    }
    if (error.body?.reauth) {
      location.assign(error.body.reauth);
    } else {
      toast("danger", error.message);
    }
    return false;
  } finally {
    button.disabled = false;
  }
}

// The roles of someone

const SVG = "http://www.w3.org/2000/svg";

function badge(role) {
  const element = document.createElement("span");
  element.className = role.dark ? "role is-dark" : "role";
  const svg = document.createElementNS(SVG, "svg");
  const rect = document.createElementNS(SVG, "rect");
  rect.setAttribute("fill", `#${role.color ?? "6c757d"}`);
  svg.append(rect);
  const name = document.createElement("span");
  name.textContent = role.name;
  element.append(svg, name);
  return element;
}

class TheirRoles {
  constructor(span, texts, roles) {
    this.span = span;
    this.texts = texts;
    this.roles = roles;
    this.url = `/api/gris/pceens/${span.dataset.pceen}/roles`;
    for (const shown of span.querySelectorAll("[data-role]")) {
      this.arm(shown);
    }
    if (roles.size) {
      this.span.append(this.menu());
    }
  }

  // The badge with the button that takes it, or gives it back.
  arm(shown) {
    const role = this.roles.get(shown.dataset.role);
    if (!role) {
      return;
    }
    let held = shown;
    if (!shown.classList.contains("role-held")) {
      held = document.createElement("span");
      held.className = "role-held";
      held.dataset.role = shown.dataset.role;
      shown.removeAttribute("data-role");
      shown.replaceWith(held);
      held.append(shown);
    }
    held.querySelector("form")?.remove();
    const { texts } = this;
    const button = iconButton(texts, "cross", said(texts.dataset.take, "role", role.name));
    button.addEventListener("click", () =>
      held.classList.contains("is-taken")
        ? this.give(role, button, held)
        : this.take(role, button, held),
    );
    held.append(button);
  }

  async take(role, button, held) {
    const work = () => json(`${this.url}/${role.id}`, { method: "DELETE" });
    if (await attempt(button, work)) {
      this.show(held, button, role, { taken: true });
    }
  }

  async give(role, button, held) {
    if (!(await attempt(button, () => post(this.url, { role: role.id })))) {
      return;
    }
    if (held) {
      this.show(held, button, role, { taken: false });
      return;
    }
    this.span.querySelector("[data-no-role]")?.remove();
    const added = document.createElement("span");
    added.className = "role-held";
    added.dataset.role = role.id;
    added.append(badge(role));
    this.span.insertBefore(added, this.span.querySelector(".role-menu"));
    this.arm(added);
    toast("success", said(this.texts.dataset.given, "role", role.name));
  }

  show(held, button, role, { taken }) {
    const words = this.texts.dataset;
    held.classList.toggle("is-taken", taken);
    button.replaceChildren(iconIn(this.texts, taken ? "undo" : "cross"));
    labelled(button, said(taken ? words.undo : words.take, "role", role.name));
    toast("success", said(taken ? words.taken : words.given, "role", role.name));
  }

  find(role) {
    return this.span.querySelector(`[data-role="${role.id}"]`);
  }

  menu() {
    const menu = document.createElement("details");
    menu.className = "menu role-menu";
    menu.dataset.menu = "";
    const summary = document.createElement("summary");
    summary.className = "role-add";
    summary.append(iconIn(this.texts, "plus"));
    labelled(summary, this.texts.dataset.add);
    const panel = document.createElement("div");
    panel.className = "menu-panel";
    menu.append(summary, panel);
    menu.addEventListener("toggle", () => {
      if (menu.open) {
        this.fill(menu, panel);
      }
    });
    return menu;
  }

  // What one may give, and is not held now.
  fill(menu, panel) {
    panel.replaceChildren();
    for (const role of this.roles.values()) {
      const held = this.find(role);
      if (held && !held.classList.contains("is-taken")) {
        continue;
      }
      const item = document.createElement("button");
      item.type = "button";
      item.className = "menu-item";
      item.append(badge(role));
      item.addEventListener("click", async () => {
        menu.open = false;
        menu.querySelector("summary").focus();
        await this.give(role, held?.querySelector(".role-cross") ?? item, held);
      });
      panel.append(item);
    }
    if (!panel.children.length) {
      const none = document.createElement("p");
      none.className = "menu-note";
      none.textContent = this.texts.dataset.none;
      panel.append(none);
    }
  }
}

function armRoles(texts) {
  const roles = new Map(JSON.parse(texts.dataset.roles).map((role) => [String(role.id), role]));
  for (const span of document.querySelectorAll("[data-pceen]")) {
    new TheirRoles(span, texts, roles);
  }
  for (const form of document.querySelectorAll(".give-role[data-without-script]")) {
    form.remove();
  }
}

// The permissions of a role

class Permissions {
  constructor(list, texts, dialog) {
    this.list = list;
    this.texts = texts;
    this.url = `/api/gris/roles/${list.dataset.permissions}/permissions`;
    for (const item of list.querySelectorAll("[data-permission]")) {
      if (item.querySelector("form") && !("orphan" in item.dataset)) {
        item.querySelector("form").remove();
        this.arm(item);
      }
    }
    const add = list.querySelector("[data-add-permission]");
    add?.addEventListener("click", (event) => {
      event.preventDefault();
      dialog.open(this, add.dataset.name);
    });
  }

  arm(item) {
    const label = item.querySelector("span").textContent;
    const words = this.texts.dataset;
    const button = iconButton(this.texts, "cross", said(words.remove, "right", label));
    button.addEventListener("click", async () => {
      const taken = !item.classList.contains("is-taken");
      if (!(await attempt(button, () => (taken ? this.remove(item) : this.restore(item))))) {
        return;
      }
      item.classList.toggle("is-taken", taken);
      button.replaceChildren(iconIn(this.texts, taken ? "undo" : "cross"));
      labelled(button, said(taken ? words.undo : words.remove, "right", label));
      toast("success", said(taken ? words.removed : words.added, "right", label));
    });
    item.append(button);
  }

  remove(item) {
    return json(`${this.url}/${item.dataset.permission}`, { method: "DELETE" });
  }

  // A new addition of exactly what was removed.
  async restore(item) {
    const { type, scope, ref } = item.dataset;
    const added = await post(this.url, { type, scope, ref_id: ref === "" ? null : Number(ref) });
    item.dataset.permission = added.id;
  }

  async add(right) {
    const added = await post(this.url, right);
    this.list.querySelector("[data-no-permission]")?.remove();
    // The same one, struck through: it is back, not there twice.
    this.list.querySelector(`.is-taken[data-permission="${added.id}"]`)?.remove();
    const item = document.createElement("li");
    item.className = "permission";
    item.dataset.permission = added.id;
    item.dataset.type = right.type;
    item.dataset.scope = right.scope;
    item.dataset.ref = right.ref_id ?? "";
    const label = document.createElement("span");
    label.textContent = added.label;
    item.append(label);
    const last = this.list.querySelector("[data-add-permission]").closest("li");
    this.list.insertBefore(item, last);
    this.arm(item);
    toast("success", said(this.texts.dataset.added, "right", added.label));
  }
}

class PermissionDialog {
  constructor(dialog, texts) {
    this.dialog = dialog;
    this.texts = texts;
    this.form = dialog.querySelector("[data-permission-form]");
    this.refusal = dialog.querySelector("[data-refusal]");
    this.elements = this.form.elements.ref_id;
    this.all = this.elements.querySelector("[data-all]");
    this.search = dialog.querySelector("[data-search]");
    this.more = dialog.querySelector("[data-more]");
    this.asked = 0;
    this.form.elements.scope.addEventListener("change", () => this.choose());
    this.search.addEventListener("input", () => this.load(1));
    this.search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") {
        event.preventDefault();
      }
    });
    this.more.addEventListener("click", () => this.load(this.page + 1));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
  }

  // Nothing is left of the last time: neither the role, nor the element, nor what was refused.
  open(permissions, name) {
    this.form.reset();
    this.permissions = permissions;
    this.dialog.querySelector("[data-about]").textContent = name;
    this.refuse("");
    this.choose();
    this.dialog.showModal();
  }

  refuse(sentence) {
    this.refusal.textContent = sentence;
    this.refusal.hidden = sentence === "";
  }

  get scope() {
    return this.form.elements.scope.selectedOptions[0];
  }

  choose() {
    const allowed = "allow" in this.scope.dataset;
    this.dialog.querySelector("[data-elements]").disabled = !allowed;
    this.dialog.querySelector("[data-without-elements]").hidden = allowed;
    this.dialog.querySelector("[data-with-elements]").hidden = !allowed;
    this.search.value = "";
    this.elements.replaceChildren();
    this.more.hidden = true;
    this.asked += 1;
    if (allowed) {
      this.load(1);
    }
  }

  async load(page) {
    this.asked += 1;
    const { asked } = this;
    const query = new URLSearchParams({ q: this.search.value, page });
    let found = { items: [], more: false };
    this.refuse("");
    try {
      found = await json(`/api/gris/scopes/${this.scope.value}/elements?${query}`);
    } catch (error) {
      if (!(error instanceof Refused)) {
        throw error;
      }
      if (asked === this.asked) {
        this.refuse(error.message);
      }
    }
    if (asked === this.asked) {
      this.list(found, page);
    }
  }

  list({ items, more }, page) {
    const chosen = this.elements.value;
    this.page = page;
    this.more.hidden = !more;
    if (page === 1) {
      const first = "need" in this.scope.dataset || this.search.value ? [] : [this.all];
      this.elements.replaceChildren(...first);
      this.all.selected = first.length > 0;
    }
    for (const { id, label } of items) {
      this.elements.append(new Option(label, id));
    }
    // What was chosen while the answer was on its way stays chosen, if it is still there.
    if (page === 1 && [...this.elements.options].some(({ value }) => value === chosen)) {
      this.elements.value = chosen;
    }
    if (!this.elements.options.length) {
      const none = new Option(this.texts.dataset.none, "");
      none.disabled = true;
      this.elements.append(none);
    }
  }

  async send() {
    const { type, scope, ref_id: element } = this.form.elements;
    const allowed = "allow" in this.scope.dataset;
    if (allowed && element.selectedIndex < 0) {
      element.focus();
      return;
    }
    const ref = allowed && element.value !== "" ? Number(element.value) : null;
    this.refuse("");
    const button = this.form.querySelector('[type="submit"]');
    button.disabled = true;
    try {
      await this.permissions.add({ type: type.value, scope: scope.value, ref_id: ref });
      this.dialog.close();
    } catch (error) {
      if (!(error instanceof Refused)) {
        throw error;
      }
      if (error.body?.reauth) {
        location.assign(error.body.reauth);
      } else {
        this.refuse(error.message);
      }
    } finally {
      button.disabled = false;
    }
  }
}

function armPermissions(texts) {
  const dialog = new PermissionDialog(document.getElementById("add-permission"), texts);
  for (const list of document.querySelectorAll("[data-permissions]")) {
    new Permissions(list, texts, dialog);
  }
}

const roleTexts = document.querySelector("[data-role-texts]");
const permissionTexts = document.querySelector("[data-permission-texts]");
if (roleTexts) {
  armRoles(roleTexts);
}
if (permissionTexts) {
  armPermissions(permissionTexts);
}
