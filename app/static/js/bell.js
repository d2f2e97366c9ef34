// The bell: a link to the notifications, which becomes a menu. The tabs of one person agree.

import { json, send } from "./http.js";
import { toast } from "./toasts.js";

// What is said there: { count, at }, what the site counted and when; {}, that something changed.
const CHANNEL = "notifications";

const bell = document.querySelector("[data-bell]");

function shown(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const made = document.createDocumentFragment();
  made.append(...page.body.childNodes);
  return made;
}

function listen(bell) {
  const others = new BroadcastChannel(CHANNEL);
  const { list, none, one, many } = bell.dataset;
  const name = bell.querySelector("[data-bell-name]");
  const badge = bell.querySelector("[data-bell-count]");
  const menu = bell.querySelector("[data-bell-menu]").content.querySelector("details");
  const latest = menu.querySelector("[data-bell-latest]");
  const failed = menu.querySelector("[data-bell-failed]");
  const readAll = menu.querySelector("[data-read-all]");
  let at = Date.parse(bell.dataset.at);
  let asked = 0;

  // The link gives its place to the menu: what it shows stays where it was.
  const link = bell.querySelector("a");
  menu.querySelector("summary").append(...link.childNodes);
  link.replaceWith(menu);

  function count(number) {
    bell.dataset.unread = number;
    badge.textContent = number < 10 ? number : "9+";
    badge.hidden = number === 0;
    readAll.hidden = number === 0;
    name.textContent = number === 0 ? none : number === 1 ? one : many.replace("{}", number);
  }

  // Ask the site; what comes late, after something newer, is left aside.
  async function refresh() {
    asked += 1;
    const mine = asked;
    let answer;
    try {
      answer = await json(list);
    } catch {
      if (mine === asked) {
        failed.hidden = false;
        latest.hidden = !latest.querySelector("ul");
      }
      return;
    }
    if (mine !== asked) {
      return;
    }
    at = Date.parse(answer.at);
    failed.hidden = true;
    latest.hidden = false;
    latest.replaceChildren(shown(answer.html));
    count(answer.unread_count);
  }

  async function tell(url) {
    const response = await send(url, { method: "POST", keepalive: true });
    if (!response.ok) {
      throw new Error(`HTTP ${response.status}`);
    }
    others.postMessage({});
  }

  menu.addEventListener("toggle", () => {
    if (menu.open) {
      refresh();
    }
  });

  // One is read once it is followed; if the site does not answer, one goes all the same.
  latest.addEventListener("click", async (event) => {
    const item = event.target.closest("a[data-read]");
    if (!item) {
      return;
    }
    const goes = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (goes) {
      event.preventDefault();
    }
    try {
      await tell(item.dataset.read);
    } catch {
      // it stays unread
    }
    if (goes) {
      location.assign(item.href);
    } else {
      refresh();
    }
  });

  readAll.addEventListener("click", async () => {
    readAll.disabled = true;
    try {
      await tell(readAll.dataset.readAll);
      await refresh();
    } catch {
      toast("danger", failed.textContent.trim());
    }
    readAll.disabled = false;
  });

  others.addEventListener("message", ({ data }) => {
    if (data.at === undefined) {
      refresh();
    } else if (data.at > at) {
      at = data.at;
      count(data.count);
      if (menu.open) {
        refresh();
      }
    }
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") {
      refresh();
    }
  });
  // A page that a browser kept is not what the site would say now.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) {
      refresh();
    }
  });
  count(Number(bell.dataset.unread));
  others.postMessage({ count: Number(bell.dataset.unread), at });
}

if (bell) {
  listen(bell);
}
