// What the site does without a network. The network comes first, always: what is kept is shown only
// when nothing answers. /sw.js says in SITE what may be kept (app/web/kept.py).
//
// Files of the site are kept for everyone; a few pages are kept for whoever reads, and forgotten as
// soon as a page is someone else's, or nobody's: each says whose it is in X-Reader. A page is kept
// with the files it shows, so that a new version of the site leaves it as it was.

const SHARED = `shared ${SITE.version}`;
const OWN = "own ";
const NOBODY = "nobody";
// What tells, among what is kept for a reader, until when it may be: moved with each page of theirs.
const UNTIL = "/sw.js";
const LEFT_ALONE = new RegExp(SITE.leftAlone, "i");
const LIFETIMES = SITE.kept.map(([pattern, seconds]) => [new RegExp(pattern), seconds]);
// A page that may be kept says so where it is to say, later, how old it is.
const MARK = /^(\s*<!doctype html>\s*<html [^>]*)\bdata-keep(?=[\s>])/i;
const MOST = 20;

// How many times what was kept had to be forgotten: a page that was asked before is not kept after.
let forgotten = 0;

// ---- Whose page

// What an answer says of who reads: nothing, when it comes from a proxy or was made for nobody in
// particular.
function readerOf(answer) {
  const said = /^([a-z0-9]+)(?:; max-age=(\d+))?$/.exec(answer.headers.get("X-Reader") ?? "");
  return said && { name: said[1], seconds: Number(said[2] ?? 0) };
}

async function ownCaches() {
  return (await caches.keys()).filter((name) => name.startsWith(OWN));
}

// Leave only what is kept for that reader; return how many times that had to forget something.
async function forgetOthers(name) {
  const others = (await ownCaches()).filter((one) => one !== OWN + name);
  if (!others.length) {
    return 0;
  }
  forgotten += 1;
  await Promise.all(others.map((one) => caches.delete(one)));
  return 1;
}

function forgetAll() {
  forgotten += 1; // now, before anything is looked for
  return forgetOthers(NOBODY);
}

// ---- What is kept of a reader

// How long the page at an address may be kept, in seconds; null for one that is not.
function lifetime(path) {
  return LIFETIMES.find(([pattern]) => pattern.test(path))?.[1] ?? null;
}

async function drop(path) {
  for (const name of await ownCaches()) {
    await (await caches.open(name)).delete(path);
  }
}

function filesOf(html) {
  return [...new Set([...html.matchAll(/\b(?:href|src)="(\/static\/[^"#]+)/g)].map((one) => one[1]))];
}

// A copy of an answer that says more, and whose body is read as it is.
function written(answer, body, said) {
  const headers = new Headers(answer.headers);
  for (const name of ["Content-Encoding", "Content-Length"]) {
    headers.delete(name);
  }
  for (const [name, value] of Object.entries(said)) {
    headers.set(name, value);
  }
  return new Response(body, { status: 200, headers });
}

async function keepFile(own, address) {
  if (!(await own.match(address))) {
    const found = (await caches.match(address)) ?? (await fetch(address));
    if (found.ok) {
      await own.put(address, found);
    }
  }
}

async function keep(path, answer, reader, begun) {
  const html = await answer.text();
  if (!MARK.test(html)) {
    return drop(path);
  }
  const name = OWN + reader.name;
  const own = await caches.open(name);
  const files = filesOf(html);
  const said = { "X-Kept-At": new Date().toISOString(), "X-Files": files.join(" ") };
  await own.put(path, written(answer, html, said));
  await Promise.all(files.map((address) => keepFile(own, address).catch(() => null)));
  if (begun !== forgotten) {
    await caches.delete(name); // they left meanwhile
  }
  return null;
}

// Learn from what the site answered: whose page it is, and whether they may still open it.
async function learn(path, answer, copy, begun) {
  const reader = readerOf(answer);
  if (reader) {
    if (begun !== forgotten) {
      return; // it was asked by someone who left since
    }
    begun += await forgetOthers(reader.name);
    if (reader.name !== NOBODY) {
      await (await caches.open(OWN + reader.name)).put(UNTIL, seenNow(reader));
    }
  }
  if (copy && reader && reader.name !== NOBODY) {
    await keep(path, copy, reader, begun);
  } else if (lifetime(path) !== null && answer.status !== 200 && answer.status < 500) {
    await drop(path); // a redirection is seen here without a status: they are led elsewhere
  }
  await sweep();
}

function seenNow(reader) {
  const until = new Date(Date.now() + reader.seconds * 1000).toISOString();
  return new Response("", { headers: { "X-Until": until } });
}

// The pages that are kept in a cache, the newest first.
async function pagesIn(cache) {
  const pages = [];
  for (const request of await cache.keys()) {
    const path = new URL(request.url).pathname;
    const answer = await cache.match(request);
    const at = answer?.headers.get("X-Kept-At");
    if (at) {
      pages.push({ path, at, answer });
    }
  }
  return pages.sort((one, other) => other.at.localeCompare(one.at));
}

// Forget what is too old, or too much, and the files that no page shows any more.
async function sweep() {
  for (const name of await ownCaches()) {
    const own = await caches.open(name);
    const until = (await own.match(UNTIL))?.headers.get("X-Until");
    if (!until || Date.parse(until) < Date.now()) {
      await caches.delete(name);
      continue;
    }
    const shown = new Set([UNTIL]);
    for (const [rank, { path, at, answer }] of (await pagesIn(own)).entries()) {
      const seconds = lifetime(path);
      if (seconds !== null && rank < MOST && Date.parse(at) + seconds * 1000 > Date.now()) {
        shown.add(path);
        answer.headers.get("X-Files").split(" ").forEach((address) => shown.add(address));
      }
    }
    for (const request of await own.keys()) {
      const { pathname, search } = new URL(request.url);
      if (!shown.has(pathname + search)) {
        await own.delete(request);
      }
    }
  }
}

// The page that was kept of an address, saying how old it is.
async function copyOf(url) {
  await sweep();
  const [name] = await ownCaches();
  const found = name && !url.search ? await (await caches.open(name)).match(url.pathname) : null;
  const at = found?.headers.get("X-Kept-At");
  if (!at) {
    return null;
  }
  const html = (await found.text()).replace(MARK, `$1data-kept-at="${at}"`);
  return written(found, html, {});
}

// What is kept, for the page that says that there is no network.
async function list() {
  await sweep();
  const [name] = await ownCaches();
  const pages = name ? await pagesIn(await caches.open(name)) : [];
  return Promise.all(
    pages.map(async ({ path, at, answer }) => {
      const title = /<title>([^<]*)<\/title>/.exec(await answer.text())?.[1] ?? path;
      return { path, at, title };
    }),
  );
}

// ---- Pages and files

async function offlinePage() {
  const shared = await caches.open(SHARED);
  const likely = self.navigator.language.startsWith("fr") ? SITE.offline.fr : SITE.offline.en;
  const found = (await shared.match("/offline")) ?? (await shared.match(likely));
  return found ?? Response.error();
}

async function page(event, url) {
  const begun = forgotten;
  let answer;
  try {
    answer = await fetch(event.request);
  } catch {
    return (await copyOf(url)) ?? offlinePage();
  }
  const isKept = lifetime(url.pathname) !== null && !url.search && answer.status === 200;
  event.waitUntil(learn(url.pathname, answer, isKept ? answer.clone() : null, begun));
  return answer;
}

// A file that carries the version of the site never changes; the others are asked for first.
async function file(event, url) {
  const { request } = event;
  const shared = await caches.open(SHARED);
  const isSettled = url.searchParams.get("v") === SITE.version && !SITE.isChanging;
  const found = isSettled ? await shared.match(request) : null;
  if (found) {
    return found;
  }
  try {
    const answer = await fetch(request);
    if (answer.status === 200 && answer.type === "basic" && !request.headers.has("Range")) {
      event.waitUntil(shared.put(request, answer.clone()));
    }
    return answer;
  } catch (error) {
    const old =
      (await caches.match(request.url)) ?? (await caches.match(request.url, { ignoreSearch: true }));
    if (old) {
      return old;
    }
    throw error;
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin || LEFT_ALONE.test(url.pathname)) {
    return;
  }
  if (request.mode === "navigate" && request.destination === "document") {
    if (request.method === "GET") {
      event.respondWith(page(event, url));
    } else if (SITE.leaving.includes(url.pathname)) {
      event.waitUntil(forgetAll());
    }
  } else if (request.method === "GET" && url.pathname.startsWith("/static/")) {
    event.respondWith(file(event, url));
  }
});

// ---- From one version to the next

async function furnish() {
  const shared = await caches.open(SHARED);
  const pages = Object.values(SITE.offline).map((address) => new Request(address, { cache: "reload" }));
  await shared.addAll([...SITE.shared, ...pages]);
  await self.skipWaiting(); // pages ask the network first, whatever the version that made them
}

async function takeOver() {
  const old = (await caches.keys()).filter((name) => name.startsWith("shared ") && name !== SHARED);
  await Promise.all(old.map((name) => caches.delete(name)));
  await sweep();
  await self.clients.claim();
}

// The page that says that there is no network speaks as the pages that were read last.
async function speak(language) {
  const shared = await caches.open(SHARED);
  const found = language in SITE.offline ? await shared.match(SITE.offline[language]) : null;
  if (found) {
    await shared.put("/offline", found);
  }
}

self.addEventListener("install", (event) => event.waitUntil(furnish()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
self.addEventListener("message", (event) => {
  const { kind, language } = event.data ?? {};
  if (kind === "language") {
    event.waitUntil(speak(String(language)));
  } else if (kind === "kept") {
    event.waitUntil(list().then((pages) => event.ports[0].postMessage(pages)));
  }
});
