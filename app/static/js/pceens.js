// The list of the PCéens: a menu for each row, a box that ticks all of them.
// Without this, a row leads to the page of the person, which has the same actions.

function labelOf(template, row) {
  const name = row.querySelector(".headline a").textContent;
  return template.dataset.label.split("{name}").join(name);
}

function keyOf(link) {
  return link.pathname.split("/").at(-1);
}

function aimAt(panel, key) {
  for (const element of panel.querySelectorAll("[href], [action]")) {
    for (const attribute of ["href", "action"]) {
      const address = element.getAttribute(attribute);
      if (address && !address.startsWith("#")) {
        element.setAttribute(attribute, address.replace("/pceens/0", `/pceens/${key}`));
      }
    }
  }
}

function openMenu(link, template) {
  const menu = document.createElement("details");
  menu.className = "menu";
  menu.dataset.menu = "";
  const summary = document.createElement("summary");
  summary.className = "btn btn-quiet btn-icon";
  summary.textContent = link.textContent;
  summary.setAttribute("aria-label", link.getAttribute("aria-label"));
  const panel = document.createElement("div");
  panel.className = "menu-panel";
  panel.append(template.content.cloneNode(true));
  aimAt(panel, keyOf(link));
  menu.append(summary, panel);
  link.replaceWith(menu);
  summary.focus();
  menu.open = true;
}

function armRows(template) {
  for (const link of document.querySelectorAll("a[data-row]")) {
    link.setAttribute("aria-label", labelOf(template, link.closest("tr")));
    link.setAttribute("role", "button");
    link.addEventListener("click", (event) => {
      if (!event.ctrlKey && !event.metaKey && !event.shiftKey) {
        event.preventDefault();
        event.stopPropagation();
        openMenu(link, template);
      }
    });
  }
}

function armBoxes(texts) {
  for (const table of document.querySelectorAll("table:has([form=who])")) {
    const boxes = [...table.querySelectorAll("input[form=who]")];
    const all = document.createElement("input");
    all.type = "checkbox";
    all.setAttribute("aria-label", texts.dataset.all);
    all.title = texts.dataset.all;
    const show = () => {
      const count = boxes.filter((box) => box.checked).length;
      all.checked = count > 0 && count === boxes.length;
      all.indeterminate = count > 0 && count < boxes.length;
    };
    all.addEventListener("change", () => {
      for (const box of boxes) {
        box.checked = all.checked;
      }
    });
    table.addEventListener("change", show);
    const heading = [...table.tHead.rows[0].cells].find((cell) =>
      cell.querySelector("a[href*='sort=nom'], a[href*='sort=-nom']"),
    );
    heading?.prepend(all);
    show();
  }
}

// What roles.js looks for: whose roles they are, and which.
function nameRoles() {
  for (const link of document.querySelectorAll("a[data-row]")) {
    const span = link.closest("tr").querySelector(".roles");
    if (!span) {
      continue;
    }
    span.dataset.pceen = keyOf(link);
    for (const badge of span.querySelectorAll("b")) {
      badge.dataset.role = badge.className.slice(1);
      badge.classList.add("role");
    }
  }
}

const template = document.querySelector("template[data-row-menu]");
if (document.querySelector("[data-role-texts]")) {
  nameRoles(); // before the rows change, and before roles.js
}
if (template) {
  armRows(template);
}
const texts = document.querySelector("[data-select-texts]");
if (texts) {
  armBoxes(texts);
}
