// An issue is sent: how far it is, then what the site says of it, without leaving the page. What
// was typed stays there, the file too.

const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);

class Sending {
  constructor(root) {
    this.words = root.dataset;
    this.form = root.querySelector("form");
    this.bar = root.querySelector("[data-send-progress]");
    this.general = root.querySelector("[data-send-general]");
    this.error = root.querySelector("[data-send-error]");
    this.request = null;
  }

  start() {
    this.form.addEventListener("submit", (event) => {
      const [file] = this.form.elements.pdf_file.files;
      if (!file) return; // there is nothing to wait for
      event.preventDefault();
      if (this.request) return;
      this.forget();
      if (file.size > Number(this.words.largest)) {
        this.refuse({ errors: { pdf_file: [this.words.tooLarge] } });
      } else {
        this.send();
      }
    });
    window.addEventListener("beforeunload", (event) => {
      if (this.request) event.preventDefault();
    });
  }

  send() {
    const request = new XMLHttpRequest();
    this.request = request;
    request.open("POST", this.form.action);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", ({ loaded, total }) => this.show(loaded, total));
    request.addEventListener("load", () => this.answered(request));
    for (const name of ["error", "abort", "timeout"]) {
      request.addEventListener(name, () => this.refuse({ general: [this.words.failed] }));
    }
    request.send(new FormData(this.form));
    this.show(0, 1);
  }

  show(loaded, total) {
    const percent = Math.floor((100 * loaded) / total);
    const sentence = percent < 100 ? this.words.sending : this.words.checking;
    this.bar.hidden = false;
    this.bar.querySelector("progress").value = percent;
    this.bar.querySelector(".progress-count").textContent = fill(sentence, { percent });
    this.form.querySelector('button[type="submit"]').setAttribute("aria-disabled", "true");
  }

  answered(request) {
    const said = request.response;
    if (request.status === 200 && said?.next) {
      this.request = null; // one may leave
      window.location.assign(said.next);
    } else if (request.status === 413) {
      this.refuse({ errors: { pdf_file: [this.words.tooLarge] } });
    } else {
      const isAway = request.status === 403 || request.responseURL !== this.form.action;
      const why = isAway ? this.words.away : this.words.failed;
      this.refuse(said?.errors ? said : { general: [said?.error?.message ?? why] });
    }
  }

  // What was wrong before.
  forget() {
    this.form.querySelector("[data-error-summary]")?.remove();
    this.general.replaceChildren();
    for (const field of this.form.querySelectorAll("[aria-invalid]")) {
      field.removeAttribute("aria-invalid");
      field.classList.remove("is-invalid");
      document.getElementById(`${field.id}-errors`)?.remove();
    }
  }

  refuse({ errors = {}, general = [], hidden = {} }) {
    this.request = null;
    this.bar.hidden = true;
    this.form.querySelector('button[type="submit"]').removeAttribute("aria-disabled");
    for (const [name, value] of Object.entries(hidden)) this.form.elements[name].value = value;
    for (const [name, sentences] of Object.entries(errors)) {
      const field = this.form.elements[name];
      if (!field || field.type === "hidden") general = [...general, ...sentences];
      else this.mark(field, sentences);
    }
    this.general.append(...general.map((sentence) => this.line(sentence)));
    this.form.querySelector("[aria-invalid]")?.focus();
  }

  mark(field, sentences) {
    const box = document.createElement("div");
    box.className = "field-errors";
    box.id = `${field.id}-errors`;
    box.append(...sentences.map((sentence) => this.line(sentence)));
    field.closest(".field").append(box);
    field.classList.add("is-invalid");
    field.setAttribute("aria-invalid", "true");
    const described = (field.getAttribute("aria-describedby") ?? "").split(" ");
    const all = new Set([...described.filter(Boolean), box.id]);
    field.setAttribute("aria-describedby", [...all].join(" "));
  }

  line(sentence) {
    const line = this.error.content.firstElementChild.cloneNode(true);
    line.append(` ${sentence}`);
    return line;
  }
}

for (const root of document.querySelectorAll("[data-bekk-send]")) {
  new Sending(root).start();
}
