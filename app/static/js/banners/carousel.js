// The banners of the home page: without end, by themselves, and as one wishes.
//
// The row slides by hand without this. With it, the first banners are there again after the last
// ones, and the last before the first: as one arrives among those, one is put back among the others.

const STILL = window.matchMedia("(prefers-reduced-motion: reduce)");
const SETTLED = 140;

function twin(slide) {
  const made = slide.cloneNode(true);
  made.inert = true;
  made.setAttribute("aria-hidden", "true");
  for (const picture of made.querySelectorAll("img")) {
    picture.loading = "eager";
  }
  return made;
}

class Carousel {
  constructor(root) {
    this.root = root;
    this.list = root.querySelector("[data-carousel-slides]");
    this.slides = [...this.list.children];
    this.dots = [...root.querySelectorAll("[data-carousel-dot]")];
    this.said = root.querySelector("[data-carousel-said]");
    this.button = root.querySelector("[data-carousel-pause]");
    this.delay = 1000 * Number(root.dataset.delay);
    this.isStopped = false;
    this.holds = new Set();
    this.here = 0;
    this.surround();
    this.listen();
    root.classList.add("is-armed");
    this.restart();
  }

  // Twins on each side: one is seen in part next to the first banner, and next to the last.
  surround() {
    this.margin = Math.min(2, this.slides.length);
    this.list.prepend(...this.slides.slice(-this.margin).map(twin));
    this.list.append(...this.slides.slice(0, this.margin).map(twin));
    this.all = [...this.list.children];
    this.slide(this.margin, false);
  }

  offset(place) {
    const one = this.all[place];
    return one.offsetLeft - (this.list.clientWidth - one.offsetWidth) / 2;
  }

  // The place, among all, of what is in the middle.
  place() {
    const middle = this.list.scrollLeft + this.list.clientWidth / 2;
    const gaps = this.all.map((one) => Math.abs(one.offsetLeft + one.offsetWidth / 2 - middle));
    return gaps.indexOf(Math.min(...gaps));
  }

  slide(place, isSeen = true) {
    const behavior = isSeen && !STILL.matches ? "smooth" : "instant";
    this.list.scrollTo({ left: this.offset(place), behavior });
  }

  // The rank of the banner of a place.
  rank(place) {
    const count = this.slides.length;
    return (((place - this.margin) % count) + count) % count;
  }

  step(by) {
    const last = this.all.length - 1;
    this.settle();
    this.slide(Math.min(last, Math.max(0, this.place() + by)));
  }

  go(rank) {
    this.slide(this.margin + rank);
  }

  // One who arrives among the twins is put where the banner itself is.
  settle() {
    const place = this.place();
    const own = this.margin + this.rank(place);
    if (own !== place) {
      this.slide(own, false);
    }
  }

  show() {
    const here = this.rank(this.place());
    if (here === this.here) {
      return;
    }
    this.here = here;
    for (const [rank, dot] of this.dots.entries()) {
      if (rank === here) {
        dot.setAttribute("aria-current", "true");
      } else {
        dot.removeAttribute("aria-current");
      }
    }
    if (this.isAsked) {
      this.said.textContent = this.dots[here].getAttribute("aria-label");
      this.isAsked = false;
    }
  }

  // What somebody does is told to who does not see it; what comes by itself is not.
  ask(move) {
    this.isAsked = true;
    move();
    this.restart();
  }

  get mayMove() {
    return !this.isStopped && !STILL.matches && this.holds.size === 0 && !document.hidden;
  }

  restart() {
    window.clearTimeout(this.timer);
    this.root.classList.toggle("is-still", STILL.matches);
    if (!this.isStopped && !STILL.matches) {
      this.timer = window.setTimeout(() => this.tick(), this.delay);
    }
  }

  tick() {
    if (this.mayMove) {
      this.step(1);
    }
    this.restart();
  }

  hold(why, isHeld) {
    if (isHeld) {
      this.holds.add(why);
    } else {
      this.holds.delete(why);
    }
    this.restart();
  }

  press() {
    this.isStopped = !this.isStopped;
    const { stop, start } = this.button.dataset;
    this.button.setAttribute("aria-label", this.isStopped ? start : stop);
    this.root.classList.toggle("is-stopped", this.isStopped);
    this.restart();
  }

  listen() {
    const { root, list } = this;
    this.button.addEventListener("click", () => this.press());
    for (const arrow of root.querySelectorAll("[data-carousel-step]")) {
      const by = Number(arrow.dataset.carouselStep);
      arrow.addEventListener("click", () => this.ask(() => this.step(by)));
    }
    for (const [rank, dot] of this.dots.entries()) {
      dot.addEventListener("click", () => this.ask(() => this.go(rank)));
    }
    root.addEventListener("keydown", (event) => this.key(event));
    list.addEventListener("scroll", () => this.scrolled(), { passive: true });
    list.addEventListener("click", (event) => this.pressed(event), true);
    root.addEventListener("mouseenter", () => this.hold("mouse", true));
    root.addEventListener("mouseleave", () => this.hold("mouse", false));
    root.addEventListener("focusin", () => this.hold("focus", true));
    root.addEventListener("focusout", (event) => {
      this.hold("focus", root.contains(event.relatedTarget));
    });
    list.addEventListener("touchstart", () => this.hold("finger", true), { passive: true });
    for (const name of ["touchend", "touchcancel"]) {
      list.addEventListener(name, () => this.hold("finger", false), { passive: true });
    }
    STILL.addEventListener("change", () => this.restart());
    new IntersectionObserver(([seen]) => this.hold("away", !seen.isIntersecting)).observe(list);
    new ResizeObserver(() => this.slide(this.margin + this.here, false)).observe(list);
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    const moves = {
      ArrowLeft: () => this.step(-1),
      ArrowRight: () => this.step(1),
      Home: () => this.go(0),
      End: () => this.go(this.slides.length - 1),
    };
    const move = moves[event.key];
    if (move) {
      event.preventDefault();
      this.ask(move);
    }
  }

  scrolled() {
    window.clearTimeout(this.settling);
    this.settling = window.setTimeout(() => this.settle(), SETTLED);
    window.requestAnimationFrame(() => this.show());
  }

  // A neighbour that is seen in part comes to the middle: what it leads to is pressed there.
  pressed(event) {
    if (event.detail === 0) {
      return; // by the keyboard
    }
    const box = this.all[this.place()].getBoundingClientRect();
    const by = event.clientX < box.left ? -1 : event.clientX > box.right ? 1 : 0;
    if (by) {
      event.preventDefault();
      event.stopPropagation();
      this.ask(() => this.step(by));
    }
  }
}

for (const root of document.querySelectorAll("[data-carousel]")) {
  new Carousel(root);
}
