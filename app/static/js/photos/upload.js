// Sending photos: hundreds of them, four at a time, taken up where they stopped.
//
// The dialog is that of templates/photos/_upload.html. What is sent goes on while it is closed;
// the list of the album is told of each photo ("photos:uploaded", see gallery.js).

const AT_ONCE = 4;
const CHUNK = 5_000_000;
const WAITS = [1000, 2000, 5000, 10000];
// How often the site may break on one file before it is given up.
const BREAKS = 4;
const LINES = 100;
const TELL_EVERY = 300;
const SHOW_EVERY = 200;
const SUFFIX = /\.(jpe?g|png|webp|hei[cf]|gif)$/i;
const LEFT_BY_SYSTEMS = /^(\..*|Thumbs\.db|desktop\.ini)$/i;

const State = { waiting: 0, sending: 1, paused: 2, done: 3, same: 4, refused: 5, failed: 6 };
const OVER = new Set([State.done, State.same, State.refused, State.failed]);

function said(dialog, name, count) {
  const rules = new Intl.PluralRules(document.documentElement.lang);
  const form = rules.select(count) === "one" ? "One" : "Many";
  return dialog.dataset[name + form].replace("{n}", count.toLocaleString(document.documentElement.lang));
}

// The files of what was dropped, folders opened.
async function* filesOf(entry) {
  if (entry.isFile) {
    yield await new Promise((resolve, reject) => entry.file(resolve, reject));
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) {
      return;
    }
    for (const one of some) {
      yield* filesOf(one);
    }
  }
}

async function dropped(transfer) {
  // entries are to be taken before anything is awaited: the list is emptied then
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) {
    return [...transfer.files];
  }
  const files = [];
  for (const entry of entries) {
    try {
      for await (const file of filesOf(entry)) {
        files.push(file);
      }
    } catch {
      // a folder that cannot be read: the others are
    }
  }
  return files;
}

class Item {
  constructor(file) {
    this.file = file;
    this.sent = 0;
    this.state = State.waiting;
    this.breaks = 0;
    this.tries = 0;
    this.message = "";
    // Known to be no photo before anything is sent.
    this.isUnfit = false;
  }

  get isOver() {
    return OVER.has(this.state);
  }
}

// What is to be sent, and how far it is.
class Queue {
  constructor(dialog, tus, changed) {
    this.dialog = dialog;
    this.tus = tus;
    this.changed = changed;
    this.items = [];
    this.fresh = [];
  }

  count(...states) {
    return this.items.filter((item) => states.includes(item.state)).length;
  }

  get isBusy() {
    return this.items.some((item) => !item.isOver);
  }

  add(files) {
    for (const file of files) {
      if (LEFT_BY_SYSTEMS.test(file.name)) {
        continue;
      }
      const item = new Item(file);
      const why = this.unfit(file);
      if (why) {
        item.isUnfit = true;
        this.end(item, State.refused, why);
      }
      this.items.push(item);
    }
    this.go();
  }

  // Why a file is no photo, if that is plain.
  unfit(file) {
    const words = this.dialog.dataset;
    if (!SUFFIX.test(file.name) && !file.type.startsWith("image/")) {
      return words.wrongType;
    }
    if (file.size < Number(words.smallest)) {
      return words.tooSmall;
    }
    return file.size > Number(words.largest) ? words.tooLarge : null;
  }

  // What is over makes room for another round.
  clear() {
    if (!this.isBusy) {
      this.items = this.items.filter((item) => item.state === State.failed);
    }
  }

  go() {
    const running = this.count(State.sending);
    const waiting = this.items.filter((item) => item.state === State.waiting);
    for (const item of waiting.slice(0, AT_ONCE - running)) {
      this.send(item);
    }
    this.changed();
  }

  end(item, state, message = "") {
    item.state = state;
    item.message = message;
    item.upload = null;
  }

  retry(items) {
    for (const item of items) {
      item.state = State.waiting;
      item.breaks = item.tries = item.sent = 0;
    }
    this.go();
  }

  async send(item) {
    item.state = State.sending;
    item.upload = this.uploadOf(item);
    const previous = await item.upload.findPreviousUploads().catch(() => []);
    if (previous.length) {
      item.upload.resumeFromPreviousUpload(previous.at(-1));
    }
    item.upload.start();
  }

  uploadOf(item) {
    const { collection, album, url } = this.dialog.dataset;
    const { file } = item;
    return new this.tus.Upload(file, {
      endpoint: url,
      chunkSize: CHUNK,
      retryDelays: null,
      removeFingerprintOnSuccess: true,
      headers: { "X-CSRFToken": document.querySelector('meta[name="csrf-token"]').content },
      metadata: { filename: file.name, collection, album },
      fingerprint: async () =>
        ["photos", collection, album, file.name, file.size, file.lastModified].join("/"),
      onProgress: (sent) => {
        item.sent = sent;
        this.changed();
      },
      onChunkComplete: () => {
        item.tries = 0;
      },
      onSuccess: ({ lastResponse }) => {
        item.sent = file.size;
        this.end(item, State.done);
        this.tell(JSON.parse(lastResponse.getBody()).photo);
        this.go();
      },
      onError: (error) => {
        this.fail(item, error);
        this.go();
      },
    });
  }

  // Tell the page of what came, several at a time.
  tell(photo) {
    this.fresh.push(photo);
    this.timer ??= setTimeout(() => {
      this.timer = null;
      const photos = this.fresh.splice(0);
      document
        .querySelector(".tiles[data-more]")
        ?.dispatchEvent(new CustomEvent("photos:uploaded", { detail: { photos } }));
    }, TELL_EVERY);
  }

  fail(item, error) {
    const response = error.originalResponse;
    const status = response?.getStatus() ?? 0;
    const answer = read(response?.getBody());
    if (status >= 500) {
      item.breaks += 1;
    }
    const goesOn = status === 409 && response.getHeader("Upload-Offset") !== null;
    const waits = status === 0 || status === 423 || status === 502 || status === 503 || goesOn;
    if (waits || (status >= 500 && item.breaks <= BREAKS)) {
      this.pause(item);
      return;
    }
    if (answer?.detail?.code === "duplicate") {
      item.sent = item.file.size;
      this.end(item, State.same);
      return;
    }
    const isFinal = [400, 413, 415].includes(status);
    const message = answer?.message ?? this.dialog.dataset.failed;
    this.end(item, isFinal ? State.refused : State.failed, message);
  }

  // The network is away, or somebody else is at it: take it up again in a moment.
  pause(item) {
    item.state = State.paused;
    const wait = WAITS[Math.min(item.tries, WAITS.length - 1)];
    item.tries += 1;
    const resume = () => {
      clearTimeout(timer);
      window.removeEventListener("online", resume);
      if (item.state !== State.paused) {
        return;
      }
      item.state = State.sending;
      item.upload.start();
      this.changed();
    };
    const timer = setTimeout(resume, wait);
    window.addEventListener("online", resume);
  }
}

function read(body) {
  try {
    return JSON.parse(body).error;
  } catch {
    return null;
  }
}

// What the dialog shows of the queue.
class Board {
  constructor(dialog, opener) {
    this.dialog = dialog;
    this.opener = opener;
    this.label = opener.querySelector("span");
    this.idle = this.label.textContent;
    this.board = dialog.querySelector("[data-upload-board]");
    this.bar = dialog.querySelector("progress");
    this.count = dialog.querySelector(".progress-count");
    this.bytes = dialog.querySelector("[data-upload-bytes]");
    this.status = dialog.querySelector("[role=status]");
    this.lines = dialog.querySelector("[data-upload-lines]");
    this.again = dialog.querySelector("[data-upload-again]");
    this.shown = new Map();
    const units = { style: "unit", unit: "megabyte", maximumFractionDigits: 1 };
    this.megabytes = new Intl.NumberFormat(document.documentElement.lang, units);
  }

  show(queue) {
    const { items } = queue;
    const over = items.filter((item) => item.isOver).length;
    const wanted = items.filter((item) => !item.isUnfit);
    const total = sum(wanted, (item) => item.file.size);
    const sent = sum(wanted, (item) => (item.isOver ? item.file.size : item.sent));
    this.board.hidden = !items.length;
    this.bar.max = Math.max(total, 1);
    this.bar.value = total ? sent : 1;
    const progress = this.dialog.dataset.progress
      .replace("{done}", over)
      .replace("{total}", items.length);
    this.bar.setAttribute("aria-label", progress);
    this.count.textContent = progress;
    this.bytes.textContent = this.dialog.dataset.bytes
      .replace("{done}", this.megabytes.format(sent / 1e6))
      .replace("{total}", this.megabytes.format(total / 1e6));
    this.label.textContent = queue.isBusy ? progress : this.idle;
    this.say(queue);
    this.list(items);
    this.again.hidden = queue.isBusy || !queue.count(State.failed);
  }

  // In a sentence, when there is something new to say.
  say(queue) {
    const { dialog } = this;
    let sentence = "";
    if (!queue.isBusy) {
      sentence = summary(dialog, queue);
    } else if (queue.count(State.paused) && !queue.count(State.sending)) {
      sentence = dialog.dataset.paused;
    }
    if (this.status.textContent !== sentence) {
      this.status.textContent = sentence;
    }
  }

  // One line for each file that is on its way, or that was not taken.
  list(items) {
    const now = items.filter(
      (item) =>
        [State.sending, State.paused].includes(item.state) ||
        [State.refused, State.failed].includes(item.state),
    );
    const kept = new Set(now.slice(0, LINES));
    for (const [item, line] of this.shown) {
      if (!kept.has(item)) {
        line.remove();
        this.shown.delete(item);
      }
    }
    for (const item of kept) {
      if (!this.shown.has(item)) {
        this.shown.set(item, this.lines.appendChild(this.line(item)));
      }
      this.fill(this.shown.get(item), item);
    }
  }

  line(item) {
    const line = this.dialog.querySelector("template").content.cloneNode(true).firstElementChild;
    line.querySelector("[data-line-name]").textContent = item.file.name;
    line.querySelector("button").setAttribute(
      "aria-label",
      this.dialog.dataset.retry.replace("{name}", item.file.name),
    );
    line.querySelector("button").addEventListener("click", () => this.retry([item]));
    return line;
  }

  fill(line, item) {
    const isWrong = item.isOver;
    const share = Math.floor((100 * item.sent) / Math.max(item.file.size, 1));
    const word = item.state === State.paused ? this.dialog.dataset.waits : `${share} %`;
    const text = isWrong ? item.message : word;
    const state = line.querySelector("[data-line-state]");
    if (state.textContent !== text) {
      state.textContent = text;
    }
    line.classList.toggle("is-wrong", isWrong);
    line.querySelector("button").hidden = item.state !== State.failed;
  }
}

function sum(items, of) {
  return items.reduce((total, item) => total + of(item), 0);
}

// "198 photos envoyées, 2 déjà là."
function summary(dialog, queue) {
  const parts = [];
  for (const [name, states] of [
    ["sent", [State.done]],
    ["same", [State.same]],
    ["refused", [State.refused, State.failed]],
  ]) {
    const count = queue.count(...states);
    if (count || (name === "sent" && queue.items.length)) {
      parts.push(said(dialog, name, count));
    }
  }
  return parts.length ? `${parts.join(", ")}.` : "";
}

// How many files of this album a former page left in the middle.
function leftBefore({ collection, album }) {
  const prefix = `tus::photos/${collection}/${album}/`;
  return Object.keys(localStorage).filter((key) => key.startsWith(prefix)).length;
}

// <script> in its own file, which puts itself in ``window``: loaded when it is needed.
function load(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.addEventListener("load", () => resolve(window.tus));
    script.addEventListener("error", reject);
    document.head.append(script);
  });
}

function arm(dialog, opener) {
  const board = new Board(dialog, opener);
  let queue = null;
  let timer = null;
  let shownAt = 0;

  const changed = () => {
    timer ??= setTimeout(
      () => {
        timer = null;
        shownAt = performance.now();
        board.show(queue);
      },
      Math.max(0, SHOW_EVERY - (performance.now() - shownAt)),
    );
  };
  board.retry = (items) => queue.retry(items);

  const add = async (files) => {
    if (!files.length) {
      return;
    }
    if (!queue) {
      const tus = await load(dialog.dataset.tus).catch(() => null);
      if (!tus) {
        board.status.textContent = dialog.dataset.failed;
        return;
      }
      queue ??= new Queue(dialog, tus, changed);
    }
    queue.clear();
    dialog.querySelector("[data-upload-left]").hidden = true;
    queue.add(files);
  };

  const open = () => {
    const left = queue?.isBusy ? 0 : leftBefore(dialog.dataset);
    const note = dialog.querySelector("[data-upload-left]");
    note.hidden = !left;
    note.textContent = left ? said(dialog, "left", left) : "";
    if (!dialog.open) {
      dialog.showModal();
    }
  };

  opener.addEventListener("click", (event) => {
    if (!(event.ctrlKey || event.metaKey || event.shiftKey)) {
      event.preventDefault();
      open();
    }
  });
  const picker = dialog.querySelector("input[type=file]");
  picker.addEventListener("change", () => {
    add([...picker.files]);
    picker.value = "";
  });
  board.again.addEventListener("click", () =>
    queue.retry(queue.items.filter((item) => item.state === State.failed)),
  );
  armDrop(dialog, opener, { open, add });
  window.addEventListener("beforeunload", (event) => {
    if (queue?.isBusy) {
      event.preventDefault();
    }
  });
}

// Files may be dropped on the dialog, and on the page while it is being edited.
function armDrop(dialog, opener, { open, add }) {
  const zone = dialog.querySelector("[data-upload-drop]");
  const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
  const isEditing = () => dialog.open || opener.offsetParent !== null;
  document.addEventListener("dragover", (event) => {
    if (holdsFiles(event) && isEditing()) {
      event.preventDefault();
      zone.classList.add("is-over");
    }
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) {
      zone.classList.remove("is-over");
    }
  });
  document.addEventListener("drop", async (event) => {
    zone.classList.remove("is-over");
    if (!holdsFiles(event) || !isEditing()) {
      return;
    }
    event.preventDefault();
    open();
    add(await dropped(event.dataTransfer));
  });
}

const dialog = document.querySelector("dialog[data-upload]");
const opener = document.querySelector("[data-upload-open]");
if (dialog && opener) {
  arm(dialog, opener);
}
