// The page that says that there is no network: what can be read all the same, as the service worker
// knows it, and the page that was wanted once the network is back.

import { age } from "./kept.js";

const PATIENCE_MS = 3000;
const EVERY_MS = 5000;

function keptPages() {
  const worker = navigator.serviceWorker?.controller;
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    setTimeout(() => resolve([]), PATIENCE_MS);
    worker?.postMessage({ kind: "kept" }, [port2]);
  });
}

// What a page is called: written as it is in the page, without what ends all of them.
function plain(title) {
  const text = new DOMParser().parseFromString(title, "text/html").body.textContent;
  return text.split(" – ").slice(0, -1).join(" – ") || text;
}

// Once something answers, open the page that was wanted.
async function comeBack() {
  if (document.hidden || !navigator.onLine) {
    return;
  }
  try {
    await fetch("/robots.txt", { cache: "no-store" });
  } catch {
    return;
  }
  window.location.reload();
}

function item(template, { path, at, title }) {
  const element = template.content.cloneNode(true);
  const link = element.querySelector("a");
  link.href = path;
  link.textContent = plain(title);
  const language = document.documentElement.lang;
  element.querySelector("[data-age]").textContent = age(Date.parse(at), Date.now(), language);
  return element;
}

const box = document.querySelector("[data-kept-pages]");
const pages = await keptPages();
if (pages.length) {
  const template = box.querySelector("template");
  box.querySelector("ul").append(...pages.map((page) => item(template, page)));
  box.hidden = false;
}
window.addEventListener("online", comeBack);
setInterval(comeBack, EVERY_MS);
