// Wait for Internet: ask every two seconds where the device stands.

const EVERY_MS = 2000;

// The last step is done: what components/steps.html draws for 5.
function finishSteps() {
  const step = document.querySelector(".step.is-here");
  if (step) {
    step.classList.replace("is-here", "is-done");
    step.removeAttribute("aria-current");
    step.querySelector(".step-mark").textContent = "✓";
  }
}

export function watchConnection(root, ask = fetch) {
  const message = root.querySelector("[data-connection-message]");
  const online = root.querySelector("[data-connection-online]");
  const waiting = root.querySelector("[data-connection-waiting]");
  const way = root.querySelector("[data-connection-way]");
  const first = root.dataset.state;
  const started = Date.now();
  const late = [...root.querySelectorAll("[data-after]")];
  late.forEach((part) => (part.hidden = true));

  async function look() {
    const seconds = (Date.now() - started) / 1000;
    late.forEach((part) => (part.hidden = seconds < Number(part.dataset.after)));
    try {
      const answer = await ask(root.dataset.url, { headers: { Accept: "application/json" } });
      if (answer.ok) {
        const said = await answer.json();
        if (message.textContent !== said.message) {
          message.textContent = said.message;
        }
        root.dataset.state = said.state;
        if (way) {
          way.hidden = said.state !== first;
        }
        online.hidden = said.state !== "online";
        waiting.hidden = !said.state.startsWith("waiting");
        if (said.state === "online") {
          finishSteps();
          return;
        }
      }
    } catch {
      // the network is changing: that is what we wait for
    }
    window.setTimeout(look, EVERY_MS);
  }

  if (root.dataset.state !== "online") {
    window.setTimeout(look, EVERY_MS);
  }
}

document.querySelectorAll("[data-connection]").forEach((root) => watchConnection(root));
