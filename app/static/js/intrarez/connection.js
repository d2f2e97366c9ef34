// Wait for Internet: ask every two seconds where the device stands.

const EVERY_MS = 2000;

export function watchConnection(root, ask = fetch) {
  const message = root.querySelector("[data-connection-message]");
  const online = root.querySelector("[data-connection-online]");
  const waiting = root.querySelector("[data-connection-waiting]");
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
        online.hidden = said.state !== "online";
        waiting.hidden = !said.state.startsWith("waiting");
        if (said.state === "online") {
          document.querySelector("[data-steps]")?.setAttribute("data-done", "");
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
