// Read the code of a client with the camera. All of it happens here: the page is asked nothing
// until a code is read, and what the camera sees goes nowhere.

import decodeQR from "../../vendor/qr/decode.js";

const EVERY_MS = 120;
// What is read of a picture: large enough for a code at arm's length, small enough for an old tablet.
const LONGEST_SIDE = 720;
// How long a sentence about a foreign code stays.
const LASTS_MS = 2500;
const CODE = /^[A-Za-z0-9_-]{16,64}$/;

// The code that a text is the address of; null for anything else.
export function codeIn(text, prefixes) {
  for (const prefix of prefixes) {
    if (text.startsWith(prefix) && CODE.test(text.slice(prefix.length))) {
      return text.slice(prefix.length);
    }
  }
  return null;
}

// What a picture says; null when there is no code in it that one can read.
export function textIn(image) {
  try {
    return decodeQR(image) ?? null;
  } catch {
    return null;
  }
}

// Which of the sentences of the page tells why there is no picture.
export function whyNot(error) {
  if (["NotAllowedError", "SecurityError"].includes(error?.name)) {
    return "refused";
  }
  const isMissing = ["NotFoundError", "OverconstrainedError", "DevicesNotFoundError"];
  return isMissing.includes(error?.name) ? "missing" : "busy";
}

class Scanner {
  constructor(root) {
    this.root = root;
    this.video = root.querySelector("[data-scan-video]");
    this.start = root.querySelector("[data-scan-start]");
    this.tools = root.querySelector("[data-scan-tools]");
    this.torch = root.querySelector("[data-scan-torch]");
    this.words = root.querySelector("[data-scan-words]");
    this.canvas = document.createElement("canvas");
    this.prefixes = [root.dataset.prefix, window.location.origin + root.dataset.path];
    this.stream = null;
    this.isOver = false;
    this.start.addEventListener("click", () => this.open());
    root.querySelector("[data-scan-stop]").addEventListener("click", () => {
      this.close();
      this.start.focus();
    });
    this.torch.addEventListener("click", () => this.switchTorch());
    window.addEventListener("pagehide", () => this.close());
    root.hidden = false;
  }

  say(name) {
    this.words.textContent = name ? this.root.dataset[name] : "";
    this.words.dataset.said = name;
  }

  async open() {
    if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) {
      this.say("insecure");
      return;
    }
    this.start.disabled = true;
    this.isOver = false;
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } },
      });
      this.video.srcObject = this.stream;
      this.show(true);
      await this.video.play();
    } catch (error) {
      this.close();
      this.say(whyNot(error));
      return;
    } finally {
      this.start.disabled = false;
    }
    this.say("searching");
    this.look();
  }

  show(isOpen) {
    this.video.hidden = !isOpen;
    this.start.hidden = isOpen;
    this.tools.hidden = !isOpen;
    const track = this.stream?.getVideoTracks()[0];
    this.torch.hidden = !isOpen || !track?.getCapabilities?.().torch;
    this.torch.setAttribute("aria-pressed", "false");
  }

  close() {
    for (const track of this.stream?.getTracks() ?? []) {
      track.stop();
    }
    this.stream = null;
    this.video.srcObject = null;
    this.show(false);
    this.say("");
  }

  async switchTorch() {
    const isOn = this.torch.getAttribute("aria-pressed") !== "true";
    const track = this.stream?.getVideoTracks()[0];
    try {
      await track?.applyConstraints({ advanced: [{ torch: isOn }] });
      this.torch.setAttribute("aria-pressed", String(isOn));
    } catch {
      this.torch.hidden = true;
    }
  }

  // The picture that the camera shows now, in its middle square: where one holds a code.
  picture() {
    const { videoWidth: width, videoHeight: height } = this.video;
    const side = Math.min(width, height);
    if (!side) {
      return null;
    }
    const size = Math.min(side, LONGEST_SIDE);
    if (this.canvas.width !== size) {
      this.canvas.width = size;
      this.canvas.height = size;
    }
    const context = this.canvas.getContext("2d", { willReadFrequently: true });
    const [left, top] = [(width - side) / 2, (height - side) / 2];
    context.drawImage(this.video, left, top, side, side, 0, 0, size, size);
    return context.getImageData(0, 0, size, size);
  }

  async look() {
    const { stream } = this;
    while (this.stream === stream && stream !== null) {
      const image = document.hidden ? null : this.picture();
      const text = image && textIn(image);
      if (text) {
        this.heard(text);
      }
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  }

  heard(text) {
    if (this.isOver) {
      return;
    }
    const code = codeIn(text, this.prefixes);
    if (code === null) {
      this.say("foreign");
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.stream && this.say("searching"), LASTS_MS);
      return;
    }
    clearTimeout(this.timer);
    this.isOver = true;
    navigator.vibrate?.(60);
    this.close();
    this.go(this.root.dataset.path + encodeURIComponent(code));
  }

  // Open the page of the client; without a network, as soon as there is one.
  go(address) {
    if (navigator.onLine) {
      this.say("read");
      window.location.assign(address);
      return;
    }
    this.say("offline");
    window.addEventListener("online", () => this.go(address), { once: true });
  }
}

const root = document.querySelector("[data-scan]");
if (root) {
  new Scanner(root);
}
