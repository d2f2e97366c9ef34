// Photos one by one, as large as the screen: PhotoSwipe, with what it lacks.

import PhotoSwipe from "../../vendor/photoswipe.js";
import { peopleDialog } from "./tags.js";

const SLIDE_MS = 5000;
//: How many miniatures there are on either side, and how far ahead photos are asked for.
const AROUND = 20;
const STRIP_HEIGHT = 88;
const ZOOM_STEP = 1.5;

class Viewer {
  constructor(photos, number, hooks) {
    this.photos = photos;
    this.hooks = hooks;
    this.template = document.querySelector("#viewer");
    this.words = this.template.dataset;
    this.parts = this.template.content.cloneNode(true);
    this.thumbs = new Map();
    this.pswp = new PhotoSwipe({
      index: number - 1,
      loop: false,
      bgOpacity: 1,
      returnFocus: false,
      showHideAnimationType: "fade",
      showAnimationDuration: 150,
      hideAnimationDuration: 150,
      closeTitle: this.words.close,
      zoomTitle: this.words.zoom,
      arrowPrevTitle: this.words.previous,
      arrowNextTitle: this.words.next,
      errorMsg: this.words.failed,
      paddingFn: () => ({ top: 0, left: 0, right: 0, bottom: this.strip.hidden ? 0 : STRIP_HEIGHT }),
    });
  }

  part(name) {
    return (this.pswp.element ?? this.parts).querySelector(`[data-viewer="${name}"]`);
  }

  get number() {
    return this.pswp.currIndex + 1;
  }

  start() {
    const { pswp } = this;
    this.strip = this.parts.querySelector('[data-viewer="thumbs"]');
    pswp.addFilter("numItems", () => this.photos.total);
    pswp.addFilter("itemData", (_, index) => this.item(index + 1));
    pswp.addFilter("placeholderSrc", (_, content) => content.data.msrc || false);
    pswp.on("uiRegister", () => this.build());
    pswp.on("change", () => this.show());
    pswp.on("keydown", (event) => this.pressed(event.originalEvent));
    pswp.on("close", () => this.play(false));
    pswp.on("destroy", () => this.over());
    pswp.init();
    this.name();
    this.show();
    return this;
  }

  // What PhotoSwipe shows of a photo; nothing, until it is known.
  item(number) {
    const photo = this.photos.at(number);
    if (!photo) {
      this.load(number);
      return { html: "" };
    }
    if (!photo.large) {
      return { html: "" };
    }
    return {
      src: photo.large,
      msrc: photo.thumb,
      width: photo.width,
      height: photo.height,
      alt: photo.caption || this.words.alt.replace("{number}", number),
    };
  }

  // Ask for a photo that is not known, then show it if it is still wanted.
  async load(number) {
    const found = await this.photos.load(number).catch(() => null);
    const isNear = Math.abs(number - this.number) <= 1;
    if (found && this.pswp.element && !this.pswp.isDestroying && isNear) {
      this.pswp.refreshSlideContent(number - 1);
      this.show();
    }
  }

  build() {
    const tools = this.parts.querySelector(".viewer-tools");
    const foot = this.parts.querySelector(".viewer-foot");
    const place = (name, order, appendTo, part) =>
      this.pswp.ui.registerElement({
        name,
        order,
        appendTo,
        className: `viewer-${appendTo} pswp__hide-on-close`,
        onInit: (element) => element.append(part),
      });
    place("tools", 8, "bar", tools);
    place("foot", 9, "root", foot);
    tools.querySelector('[data-viewer="play"]').addEventListener("click", () => {
      this.play(!this.timer);
    });
    tools.querySelector('[data-viewer="strip"]').addEventListener("click", (event) => {
      this.strip.hidden = !this.strip.hidden;
      event.currentTarget.setAttribute("aria-pressed", String(!this.strip.hidden));
      this.pswp.updateSize(true);
      this.show();
    });
    this.people = peopleDialog(document.querySelector("dialog[data-people]"));
    tools.querySelector('[data-viewer="people"]')?.addEventListener("click", () => {
      this.play(false);
      this.tag(this.photos.at(this.number));
    });
    this.buildFullScreen(tools.querySelector('[data-viewer="fullscreen"]'));
    foot.addEventListener("pointerdown", (event) => event.stopPropagation());
    tools.addEventListener("pointerdown", (event) => event.stopPropagation());
  }

  // Say who is on a photo.
  tag(photo) {
    const { collection, album } = this.photos.list.dataset;
    this.people.open({ collection, album, photo: photo.name, people: photo.people }, (left) => {
      photo.people = left;
      this.show();
    });
  }

  buildFullScreen(button) {
    button.hidden = !document.fullscreenEnabled;
    button.addEventListener("click", () => {
      if (document.fullscreenElement) {
        document.exitFullscreen();
      } else {
        this.pswp.element.requestFullscreen().catch(() => {});
      }
    });
    this.fullScreenChanged = () => {
      button.setAttribute("aria-pressed", String(Boolean(document.fullscreenElement)));
    };
    document.addEventListener("fullscreenchange", this.fullScreenChanged);
  }

  // Its name, in the words of the site.
  name() {
    const { element, scrollWrap } = this.pswp;
    element.setAttribute("aria-label", this.words.label);
    element.setAttribute("aria-modal", "true");
    for (const part of [scrollWrap, ...element.querySelectorAll("[aria-roledescription]")]) {
      part.removeAttribute("aria-roledescription");
    }
    for (const kind of ["pointerdown", "wheel"]) {
      element.addEventListener(kind, () => this.play(false), { passive: true });
    }
  }

  // What is said of the photo that is shown, and where its links lead.
  show() {
    const { number } = this;
    if (this.told !== number) {
      this.told = number;
      this.hooks.changed(number);
    }
    const photo = this.photos.at(number);
    this.say("caption", photo && !photo.large ? this.words.coming : photo?.caption);
    this.say("line", photo?.line);
    const people = photo?.people?.map((person) => person.name).join(", ");
    this.say("names", people ? this.words.names.replace("{people}", people) : "");
    this.lead("page", photo?.page);
    this.lead("report", photo?.report);
    this.lead("original", photo?.original);
    this.part("original").download = photo?.download ?? "";
    this.showStrip();
    const ahead = Math.min(number + AROUND, this.photos.total);
    for (const wanted of [ahead, Math.max(1, number - AROUND)]) {
      if (!this.photos.at(wanted)) {
        this.photos.load(wanted).then(
          () => this.pswp.element && this.showStrip(),
          () => {},
        );
      }
    }
    this.pswp.element.dispatchEvent(
      new CustomEvent("photos:slide", { detail: { number, photo }, bubbles: true }),
    );
  }

  say(name, text) {
    this.part(name).textContent = text ?? "";
  }

  lead(name, address) {
    const link = this.part(name);
    link.hidden = !address;
    link.href = address ?? "#";
  }

  showStrip() {
    if (this.strip.hidden) {
      return;
    }
    const { number } = this;
    const from = Math.max(1, number - AROUND);
    const to = Math.min(this.photos.total, number + AROUND);
    const buttons = [];
    for (let n = from; n <= to; n += 1) {
      buttons.push(this.thumb(n));
    }
    const had = this.strip.contains(document.activeElement) ? document.activeElement : null;
    this.strip.replaceChildren(...buttons);
    for (const n of this.thumbs.keys()) {
      if (n < from || n > to) {
        this.thumbs.delete(n);
      }
    }
    const here = this.thumbs.get(number);
    if (had) {
      (had.isConnected ? had : here).focus({ preventScroll: true });
    }
    this.strip.scrollLeft = here.offsetLeft - (this.strip.clientWidth - here.offsetWidth) / 2;
  }

  thumb(n) {
    let button = this.thumbs.get(n);
    if (!button) {
      button = document.createElement("button");
      button.type = "button";
      button.setAttribute("aria-label", this.words.alt.replace("{number}", n));
      button.addEventListener("click", () => this.goTo(n));
      this.thumbs.set(n, button);
    }
    const photo = this.photos.at(n);
    if (photo?.thumb && !button.firstChild) {
      const image = document.createElement("img");
      image.alt = "";
      image.width = 80;
      image.height = 80;
      image.loading = "lazy";
      image.src = photo.thumb;
      button.append(image);
    }
    if (n === this.number) {
      button.setAttribute("aria-current", "true");
    } else {
      button.removeAttribute("aria-current");
    }
    return button;
  }

  // A slideshow: until its end, or until one does anything.
  play(isOn) {
    clearInterval(this.timer);
    this.timer = null;
    const button = this.part("play");
    button.classList.toggle("is-on", isOn);
    button.title = isOn ? this.words.pause : this.words.play;
    button.setAttribute("aria-label", button.title);
    if (isOn) {
      this.timer = setInterval(() => {
        if (this.number >= this.photos.total) {
          this.play(false);
        } else {
          this.pswp.next();
        }
      }, SLIDE_MS);
    }
  }

  pressed(event) {
    const isPlayButton = this.part("play").contains(event.target);
    if (!(isPlayButton && ["Enter", " "].includes(event.key))) {
      this.play(false);
    }
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    if (event.key === "+" || event.key === "=") {
      this.zoom(ZOOM_STEP);
    } else if (event.key === "-") {
      this.zoom(1 / ZOOM_STEP);
    }
  }

  zoom(times) {
    const slide = this.pswp.currSlide;
    if (slide?.isZoomable()) {
      const { initial, max } = slide.zoomLevels;
      const level = Math.min(max, Math.max(initial, slide.currZoomLevel * times));
      slide.zoomTo(level, undefined, this.pswp.options.zoomAnimationDuration);
    }
  }

  goTo(number) {
    if (number >= 1 && number <= this.photos.total && number !== this.number) {
      this.pswp.goTo(number - 1);
    }
  }

  close() {
    this.pswp.close();
  }

  over() {
    document.removeEventListener("fullscreenchange", this.fullScreenChanged);
    if (document.fullscreenElement) {
      document.exitFullscreen();
    }
    this.hooks.closed(this.photos.at(this.told));
  }
}

// Show the photo with this number, from 1. hooks: changed(number), closed(photo).
export function open(photos, number, hooks) {
  return new Viewer(photos, number, hooks).start();
}
