// Sort small tables: <table data-sortable>, <th data-kind="number|date|text">, <td data-sort="12">

const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });

function valueOf(cell, kind) {
  const text = (cell?.dataset.sort ?? cell?.textContent ?? "").trim();
  if (text === "") {
    return null;
  }
  if (kind === "number") {
    const number = Number(text.replace(",", "."));
    return Number.isNaN(number) ? null : number;
  }
  if (kind === "date") {
    const instant = Date.parse(text);
    return Number.isNaN(instant) ? null : instant;
  }
  return text;
}

function compare(a, b) {
  return typeof a === "number" ? a - b : collator.compare(a, b);
}

// What is empty is last, whichever way one sorts.
export function sortRows(rows, column, kind, descending) {
  const pairs = rows.map((row) => [valueOf(row.cells[column], kind), row]);
  const full = pairs.filter(([value]) => value !== null);
  const empty = pairs.filter(([value]) => value === null);
  full.sort(([a], [b]) => (descending ? compare(b, a) : compare(a, b)));
  return [...full, ...empty].map(([, row]) => row);
}

function arm(table) {
  const headings = [...table.tHead.rows[0].cells];
  for (const [column, heading] of headings.entries()) {
    if (!heading.dataset.kind) {
      continue;
    }
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const descending = heading.getAttribute("aria-sort") === "ascending";
      for (const other of headings) {
        other.removeAttribute("aria-sort");
      }
      heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
      const body = table.tBodies[0];
      body.append(...sortRows([...body.rows], column, heading.dataset.kind, descending));
    });
  }
}

for (const table of document.querySelectorAll("table[data-sortable]")) {
  arm(table);
}
