// Prove that a person writes, while they write: the part of a form that components/captcha.html draws.
// Without this, the form is sent twice, twenty seconds apart.

import { json } from "./http.js";

// A proof is good for a quarter of an hour: a little less, to be sent in time.
const GOOD_MS = 14 * 60_000;
const MOST_WORKERS = 4;

// Have several look at once; the first who finds is enough.
export function solve(script, { payload, bits }) {
  const step = Math.min(MOST_WORKERS, navigator.hardwareConcurrency || 1);
  const workers = Array.from({ length: step }, () => new Worker(script, { type: "module" }));
  const found = workers.map(
    (worker, first) =>
      new Promise((resolve, reject) => {
        worker.addEventListener("message", ({ data }) => resolve(data));
        worker.addEventListener("error", (event) => {
          event.preventDefault();
          reject(new Error("this browser runs no such worker"));
        });
        worker.postMessage({ payload, bits, first, step });
      }),
  );
  return Promise.any(found).finally(() => workers.forEach((worker) => worker.terminate()));
}

class Captcha {
  constructor(root) {
    this.root = root;
    this.form = root.closest("form");
    this.state = root.querySelector("[data-captcha-state]");
    this.goodUntil = 0;
    this.work = null;
    this.gaveUp = false;
    this.form.addEventListener("input", () => this.begin());
    this.form.addEventListener("submit", (event) => this.hold(event));
    if ("now" in root.dataset) {
      this.resume();
    }
  }

  get isGood() {
    return Date.now() < this.goodUntil;
  }

  say(name) {
    this.state.textContent = this.root.dataset[name];
  }

  // The page comes back, with something to correct: what was proved is still good, or done anew.
  resume() {
    if (this.form.elements.captcha_nonce.value) {
      this.goodUntil = Date.now() + GOOD_MS;
      this.say("done");
    } else {
      this.begin();
    }
  }

  begin() {
    if (!this.isGood && !this.gaveUp) {
      this.work ??= this.prove().finally(() => {
        this.work = null;
      });
    }
    return this.work;
  }

  async prove() {
    this.say("working");
    try {
      const challenge = await json(this.root.dataset.url);
      const nonce = await solve(this.root.dataset.worker, challenge);
      this.form.elements.captcha_challenge.value = challenge.challenge;
      this.form.elements.captcha_nonce.value = nonce;
      this.goodUntil = Date.now() + GOOD_MS;
      this.say("done");
    } catch {
      this.gaveUp = true;
      this.say("failed");
    }
  }

  // Sent too early: it leaves by itself once it is proved.
  async hold(event) {
    if (this.isGood || this.gaveUp) {
      return;
    }
    event.preventDefault();
    if (this.isHeld) {
      return;
    }
    this.isHeld = true;
    const work = this.begin();
    this.say("held");
    await work;
    this.isHeld = false;
    this.form.requestSubmit(event.submitter);
  }
}

for (const root of document.querySelectorAll("[data-captcha]")) {
  new Captcha(root);
}
