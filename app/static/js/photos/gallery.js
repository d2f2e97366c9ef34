// The page of an album: more photos while one scrolls, those that come, and the viewer.
//
// Others tell the list of an album (".tiles[data-more]") what they did:
//     photos:uploaded  {photos: [{name, shape}]}  these were sent: they are shown once prepared
//     photos:changed   {names: [...]}             these are no longer as they were
// and are told: photos:tiles {tiles: [...]}, when there are other tiles.

import { Photos } from "./album.js";

const AHEAD = 1200;
const ASKED_AT_ONCE = 50;
const POLL_MS = { least: 2000, most: 10000 };
const STATES = { pending: "coming", failed: "failed" };

function cloned(name) {
  return document.querySelector(`template[data-tile="${name}"]`).content.cloneNode(true);
}

function picture(className, src, photo) {
  const image = document.createElement("img");
  image.className = className;
  image.width = photo.thumb_width;
  image.height = photo.thumb_height;
  image.alt = "";
  image.loading = "lazy";
  image.src = src;
  return image;
}

// What photos/_tiles.html writes, for a photo that the site told of.
export function tileOf(photo, alt = "") {
  const tile = document.createElement("li");
  tile.className = `tile r${photo.shape}`;
  tile.dataset.photo = photo.name;
  if (photo.version !== undefined) {
    tile.dataset.version = photo.version;
  }
  if (photo.featured) {
    tile.dataset.featured = "";
  }
  if (photo.state !== "ready") {
    tile.dataset.state = photo.state;
    tile.append(cloned(STATES[photo.state]));
    return tile;
  }
  const link = document.createElement("a");
  link.href = photo.page;
  if (photo.placeholder) {
    link.append(picture("tile-blur", photo.placeholder, photo));
  }
  const image = picture("", photo.thumb, photo);
  image.alt = photo.caption || alt;
  link.append(image);
  tile.append(link);
  if (photo.hidden) {
    tile.classList.add("is-hidden");
    tile.append(cloned("hidden"));
  }
  return tile;
}

export class Gallery {
  constructor(list) {
    this.list = list;
    this.photos = new Photos(list);
    this.first = Number(list.dataset.first);
    this.after = document.querySelector("[data-after-tiles]");
    this.wait = POLL_MS.least;
  }

  tile(name) {
    return this.list.querySelector(`[data-photo="${CSS.escape(name)}"]`);
  }

  // Those that are where they belong; what was just sent is at the end.
  get ordered() {
    return [...this.list.querySelectorAll(":scope > .tile:not([data-new])")];
  }

  get isWhole() {
    return this.first - 1 + this.ordered.length >= this.photos.total;
  }

  tell(tiles) {
    if (tiles.length) {
      this.list.dispatchEvent(new CustomEvent("photos:tiles", { detail: { tiles }, bubbles: true }));
    }
  }

  alt(number) {
    return this.list.dataset.alt.replace("{number}", number);
  }

  // The photos after the last tile, or those of the next page if that one is gone.
  async following() {
    const ordered = this.ordered;
    const last = ordered.at(-1);
    try {
      return await this.photos.ask([["after", last.dataset.photo]]);
    } catch (refused) {
      if (refused.status !== 404) {
        throw refused;
      }
      const page = Math.floor((this.first - 1 + ordered.length) / this.photos.size) + 1;
      return this.photos.ask([["page", page]]);
    }
  }

  // Add what follows; return whether anything did.
  async grow() {
    const answer = await this.following();
    const before = this.list.querySelector(":scope > [data-new]");
    const added = [];
    answer.photos.forEach((photo, i) => {
      if (!this.tile(photo.name)) {
        const tile = tileOf(photo, this.alt(answer.first + i));
        this.list.insertBefore(tile, before);
        added.push(tile);
      }
    });
    this.say();
    this.tell(added);
    return added.length > 0;
  }

  say() {
    const status = this.after.querySelector("[role=status]");
    status.textContent = status.dataset.said
      .replace("{shown}", this.first - 1 + this.ordered.length)
      .replace("{total}", this.photos.total);
    const pager = this.after.querySelector(".pager");
    if (pager) {
      pager.hidden = this.first === 1 && this.isWhole;
    }
  }

  get isNearEnd() {
    return this.after.getBoundingClientRect().top < window.innerHeight + AHEAD;
  }

  followScrolling() {
    const button = this.after.querySelector("[data-more-tiles]");
    let isBusy = false;
    const fill = async () => {
      if (isBusy) {
        return;
      }
      isBusy = true;
      button.hidden = true;
      try {
        let grew = true;
        while (grew && this.isNearEnd && !this.isWhole) {
          grew = await this.grow();
        }
      } catch {
        button.hidden = false;
      }
      isBusy = false;
    };
    const watcher = new IntersectionObserver(fill, { rootMargin: `${AHEAD}px` });
    watcher.observe(this.after);
    button.addEventListener("click", fill);
  }

  // Photos that were sent: they have their place once the page is opened again.
  receive(photos) {
    const added = [];
    for (const photo of photos) {
      if (!this.tile(photo.name)) {
        const tile = tileOf({ shape: 27, ...photo, state: "pending" });
        tile.dataset.new = "";
        added.push(tile);
      }
    }
    this.list.append(...added);
    document.querySelector("[data-no-photo]")?.remove();
    this.photos.forget();
    this.tell(added);
    this.wait = POLL_MS.least;
    this.poll();
  }

  // Show these as they are now; those that are gone leave.
  async refresh(names) {
    const answer = await this.photos.ask(names.map((name) => ["name", name]));
    const found = new Map(answer.photos.map((photo) => [photo.name, photo]));
    const changed = [];
    for (const name of names) {
      const tile = this.tile(name);
      const photo = found.get(name);
      if (!tile || (photo?.state === "pending" && tile.dataset.state === "pending")) {
        continue;
      }
      if (!photo) {
        tile.remove();
        continue;
      }
      const fresh = tileOf(photo, tile.querySelector("a > img:last-child")?.alt ?? photo.download);
      if ("new" in tile.dataset) {
        fresh.dataset.new = "";
      }
      const hadFocus = tile.contains(document.activeElement);
      tile.replaceWith(fresh);
      changed.push(fresh);
      if (hadFocus) {
        fresh.querySelector("a")?.focus();
      }
    }
    this.photos.forget();
    this.tell(changed);
    return changed.length;
  }

  // Ask gently for those that are being prepared, as long as there are.
  poll() {
    if (this.timer) {
      return;
    }
    this.timer = setTimeout(async () => {
      this.timer = null;
      const coming = [...this.list.querySelectorAll('[data-state="pending"]')];
      if (!coming.length) {
        return;
      }
      let changed = 0;
      if (!document.hidden) {
        const names = coming.slice(0, ASKED_AT_ONCE).map((tile) => tile.dataset.photo);
        changed = await this.refresh(names).catch(() => 0);
      }
      this.wait = changed ? POLL_MS.least : Math.min(this.wait * 1.5, POLL_MS.most);
      this.poll();
    }, this.wait);
  }
}

function numberIn(hash) {
  return /^#[1-9][0-9]{0,5}$/.test(hash) ? Number(hash.slice(1)) : null;
}

// The viewer, and the address that says what it shows.
class Door {
  constructor(gallery) {
    this.gallery = gallery;
    this.viewer = null;
    this.isOpening = false;
    this.pushed = false;
  }

  get here() {
    return window.location.pathname + window.location.search;
  }

  // Show the photo with this number; pushed: the browser goes back to the list.
  async open(number, { pushed }) {
    if (this.viewer || this.isOpening) {
      return;
    }
    this.isOpening = true;
    try {
      const { open } = await import("./viewer.js");
      await this.gallery.photos.load(number);
      if (number > this.gallery.photos.total) {
        window.history.replaceState(null, "", this.here);
        return;
      }
      this.pushed = pushed;
      if (pushed) {
        window.history.scrollRestoration = "manual";
        window.history.pushState(null, "", `#${number}`);
      }
      this.viewer = open(this.gallery.photos, number, {
        changed: (now) => window.history.replaceState(null, "", `#${now}`),
        closed: (photo) => this.closed(photo),
      });
    } finally {
      this.isOpening = false;
    }
  }

  closed(photo) {
    this.viewer = null;
    const link = photo && this.gallery.tile(photo.name)?.querySelector("a");
    const target = link ?? this.gallery.list;
    target.focus({ preventScroll: !link });
    if (!window.location.hash) {
      return;
    }
    if (this.pushed) {
      window.history.back();
    } else {
      window.history.replaceState(null, "", this.here);
    }
  }

  // The address says something else.
  obey() {
    const number = numberIn(window.location.hash);
    if (number === null) {
      this.viewer?.close();
    } else if (this.viewer) {
      this.viewer.goTo(number);
    } else {
      this.open(number, { pushed: false }).catch(() => {});
    }
  }

  watch() {
    const { list } = this.gallery;
    list.tabIndex = -1;
    list.addEventListener("click", (event) => {
      const link = event.target.closest(".tile > a");
      const isPlain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
      const index = link ? this.gallery.ordered.indexOf(link.parentElement) : -1;
      if (index < 0 || !isPlain || event.defaultPrevented) {
        return;
      }
      event.preventDefault();
      this.open(this.gallery.first + index, { pushed: true }).catch(() => {
        window.location.assign(link.href);
      });
    });
    window.addEventListener("popstate", () => this.obey());
    window.addEventListener("hashchange", () => this.obey());
    this.obey();
  }
}

// How many photos there are, above them.
function showCount(list, shown) {
  const rules = new Intl.PluralRules(document.documentElement.lang);
  new MutationObserver(() => {
    const total = Number(list.dataset.total);
    const form = rules.select(total) === "one" ? shown.dataset.one : shown.dataset.many;
    shown.textContent = form.replace("{n}", total);
  }).observe(list, { attributeFilter: ["data-total"] });
}

const list = document.querySelector(".tiles[data-more]");
if (list) {
  showCount(list, document.querySelector("[data-photo-count]"));
  const gallery = new Gallery(list);
  if (gallery.after) {
    gallery.followScrolling();
  }
  new Door(gallery).watch();
  list.addEventListener("photos:uploaded", (event) => gallery.receive(event.detail.photos));
  list.addEventListener("photos:changed", (event) => gallery.refresh(event.detail.names));
  gallery.poll();
}
