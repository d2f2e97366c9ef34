// What a banner, or a preset, looks like while it is changed.

import { post } from "../http.js";

const WAIT = 300;
const LEGIBLE = 4.5;
const COLOR = /^#[0-9a-f]{6}$/i;

// The rules of app/modules/banners/rules/looks.py, to warn before anything is sent.

function parts(color) {
  return [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
}

function luminance(rgb) {
  const [red, green, blue] = rgb.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function ratio(one, other) {
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

function covered(color, below, opacity) {
  const share = opacity / 100;
  return parts(color).map((part) => part * share + below * (1 - share));
}

function contrast(look) {
  const ink = luminance(parts(look.text));
  if (!look.picture) {
    return ratio(ink, luminance(parts(look.background)));
  }
  const darkest = luminance(covered(look.background, 0, look.opacity));
  const lightest = luminance(covered(look.background, 255, look.opacity));
  return ratio(ink, Math.min(Math.max(ink, darkest), lightest));
}

class Preview {
  constructor(frame, form) {
    this.frame = frame;
    this.form = form;
    this.banner = frame.querySelector("[data-banner]");
    this.picture = this.banner.querySelector(".banner-picture");
    this.lows = document.querySelectorAll("[data-banner-low]");
    this.looks = JSON.parse(frame.dataset.looks);
    this.sent = "";
    this.asked = 0;
    form.addEventListener("input", (event) => this.changed(event));
    form.addEventListener("change", (event) => this.changed(event));
    this.show();
    this.text();
  }

  value(name) {
    const field = this.form.elements[name];
    return field instanceof RadioNodeList || field instanceof Element ? field.value : "";
  }

  changed(event) {
    if (event.target.name === "image") {
      this.read(event.target.files[0]);
    }
    if (event.target.name === "text_content") {
      window.clearTimeout(this.waiting);
      this.waiting = window.setTimeout(() => this.text(), WAIT);
    }
    this.show();
  }

  // The picture that is chosen is read here: it is not sent yet.
  read(file) {
    this.sent = "";
    if (!file) {
      return;
    }
    const reader = new FileReader();
    reader.addEventListener("load", () => {
      this.sent = reader.result;
      this.show();
    });
    reader.readAsDataURL(file);
  }

  // Its own picture: the one that is chosen, else the one that it has.
  own() {
    const isDropped = this.form.elements.drops_image?.checked;
    const isOwn = Boolean(this.form.elements.drops_image);
    return this.sent || (isOwn && !isDropped ? this.picture.dataset.saved : "");
  }

  // What it says of its style, and what its preset says of the rest.
  look() {
    const below = this.looks[this.value("preset")];
    const opacity = this.value("overlay_opacity");
    const number = Number(opacity);
    const isNumber = opacity !== "" && number >= 0 && number <= 100;
    const color = (name, otherwise) => {
      const typed = this.value(name);
      return COLOR.test(typed) ? typed : otherwise;
    };
    return {
      background: below?.background ?? color("background_color", "#152f4e"),
      text: below?.text ?? color("text_color", "#ffffff"),
      opacity: isNumber ? number : (below?.opacity ?? 70),
      icon: this.value("icon") || below?.icon || "",
      alignment: this.value("text_alignment") || below?.alignment || "center",
      layout: this.value("layout_style") || below?.layout || "vertical",
      picture: this.own() || below?.picture || "",
    };
  }

  show() {
    const { banner, form } = this;
    const look = this.look();
    const isBare = this.value("kind") === "picture";
    if (isBare) {
      look.picture = this.own();
    }
    banner.style.setProperty("--back", look.background);
    banner.style.setProperty("--ink", look.text);
    banner.style.setProperty("--veil", String(look.opacity / 100));
    for (const one of ["left", "center", "right", "vertical", "horizontal"]) {
      banner.classList.toggle(`is-${one}`, one === look.alignment || one === look.layout);
    }
    banner.classList.toggle("has-picture", Boolean(look.picture));
    banner.classList.toggle("is-bare", isBare);
    this.picture.hidden = !look.picture;
    if (look.picture && this.picture.getAttribute("src") !== look.picture) {
      this.picture.src = look.picture;
    }
    this.icon(look.icon);
    banner.querySelector(".banner-title").textContent = this.value("title") || this.value("name");
    const colors = form.querySelector("[data-own-colors]");
    if (colors) {
      colors.hidden = this.value("preset") in this.looks;
    }
    this.warn(isBare ? null : contrast(look));
  }

  icon(name) {
    const frame = this.banner.querySelector(".banner-icon");
    frame.hidden = !name;
    if (name) {
      frame.querySelector("use").setAttribute("href", `${this.banner.dataset.icons}#${name}`);
    }
  }

  warn(found) {
    const isLow = found !== null && found < LEGIBLE;
    let sentence = "";
    const said = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
    if (isLow) {
      sentence = this.frame.dataset.low
        .replace("{ratio}", said.format(Math.floor(found * 10) / 10))
        .replace("{needed}", said.format(LEGIBLE));
    }
    for (const low of this.lows) {
      const line = low.querySelector("span");
      if (isLow && line.textContent !== sentence) {
        line.textContent = sentence;
      }
      low.hidden = !isLow;
    }
  }

  // The server alone makes markup of a text.
  async text() {
    const area = this.form.elements.text_content;
    if (!area) {
      return;
    }
    this.asked += 1;
    const mine = this.asked;
    try {
      const { html } = await post(this.frame.dataset.markdownPreview, { text: area.value });
      if (mine === this.asked) {
        const page = new DOMParser().parseFromString(html, "text/html");
        this.banner.querySelector(".md").replaceChildren(...page.body.childNodes);
      }
    } catch {
      // what it was stays
    }
  }
}

const frame = document.querySelector("[data-banner-preview]");
const form = document.querySelector("[data-banner-form]");
if (frame && form) {
  new Preview(frame, form);
}
