// The staff's forms: what a switch reveals, and what an inventory finds.

// <input type="checkbox" data-reveals="quantity" data-empties="">: its field shows while it is on,
// and takes that value when it is switched off. Without this script, the field is always there.
function reveals(root) {
  for (const box of root.querySelectorAll("[data-reveals]")) {
    const field = document.getElementById(box.dataset.reveals);
    const row = field?.closest(".field");
    if (!row) {
      continue;
    }
    const show = () => {
      row.hidden = !box.checked && !row.querySelector(".field-errors");
    };
    box.addEventListener("change", () => {
      if (box.checked) {
        row.hidden = false;
        field.focus();
        field.select();
      } else {
        field.value = box.dataset.empties;
        row.hidden = true;
      }
    });
    show();
  }
}

// Each row of an inventory tells the difference while it is typed.
function differences(root) {
  for (const row of root.querySelectorAll("[data-count]")) {
    const seen = Number(row.dataset.count);
    const typed = row.querySelector("input:not([type=hidden])");
    const cell = row.querySelector("[data-difference]");
    const show = () => {
      const text = typed.value.trim();
      const difference = Number(text) - seen;
      const isKnown = /^[0-9]+$/.test(text);
      cell.textContent = isKnown ? said(difference) : "–";
      cell.classList.toggle("is-short", isKnown && difference < 0);
      cell.classList.toggle("is-over", isKnown && difference > 0);
    };
    typed.addEventListener("input", show);
    show();
  }
}

function said(difference) {
  if (difference === 0) {
    return "0";
  }
  return difference < 0 ? `−${-difference}` : `+${difference}`;
}

reveals(document);
differences(document);
