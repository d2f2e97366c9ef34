// Texts in Markdown: tools, keys, a preview made by the server, and a draft kept on this device.

import { post, Refused } from "./http.js";

const WAIT = 400;
const KEYS = { b: "bold", i: "italic", u: "underline", k: "link" };
const WRAPS = { bold: "**", italic: "*", underline: "*" };

// Replace what is chosen as typing does: the browser can undo it.
function type(area, start, end, text, from, to) {
  area.focus();
  area.setSelectionRange(start, end);
  if (!document.execCommand("insertText", false, text)) {
    area.setRangeText(text, start, end, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
  area.setSelectionRange(from, to);
}

// **this** becomes this again.
function wrap(area, mark) {
  const { selectionStart: start, selectionEnd: end, value } = area;
  const chosen = value.slice(start, end);
  const size = mark.length;
  if (value.slice(start - size, start) === mark && value.slice(end, end + size) === mark) {
    type(area, start - size, end + size, chosen, start - size, end - size);
    return;
  }
  type(area, start, end, mark + chosen + mark, start + size, end + size);
}

function link(area, words) {
  const { selectionStart: start, selectionEnd: end, value } = area;
  const chosen = value.slice(start, end);
  const isAddress = /^https?:\/\/\S+$/.test(chosen);
  const text = isAddress ? words : chosen || words;
  const address = isAddress ? chosen : "https://";
  const made = `[${text}](${address})`;
  const from = isAddress ? start + 1 : start + text.length + 3;
  type(area, start, end, made, from, from + (isAddress ? text.length : address.length));
}

// Whole lines: put a mark before each, or take it away if all have it.
function lines(area, mark, had) {
  const { selectionStart, selectionEnd, value } = area;
  const start = value.lastIndexOf("\n", selectionStart - 1) + 1;
  const found = value.indexOf("\n", selectionEnd);
  const end = found < 0 ? value.length : found;
  const before = value.slice(start, end).split("\n");
  const isMarked = before.every((line) => had.test(line));
  const after = before
    .map((line, index) => (isMarked ? line.replace(had, "") : mark(index) + line))
    .join("\n");
  type(area, start, end, after, start + after.length, start + after.length);
}

const TOOLS = {
  heading: (area) => lines(area, () => "## ", /^#{1,6} /),
  bullets: (area) => lines(area, () => "- ", /^- /),
  numbers: (area) => lines(area, (index) => `${index + 1}. `, /^[0-9]+\. /),
  quote: (area) => lines(area, () => "> ", /^> /),
};

function use(name, area, words) {
  if (name in WRAPS) {
    wrap(area, WRAPS[name]);
  } else if (name === "link") {
    link(area, words);
  } else {
    TOOLS[name](area);
  }
}

function shown(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const made = document.createDocumentFragment();
  made.append(...page.body.childNodes);
  return made;
}

function said(sentence) {
  const line = document.createElement("p");
  line.className = "muted";
  line.textContent = sentence;
  return line;
}

function preview(editor, area, button, frame) {
  let asked = 0;
  async function show() {
    asked += 1;
    const mine = asked;
    let content;
    try {
      const { html } = await post(editor.dataset.preview, { text: area.value });
      content = html.trim() ? shown(html) : said(editor.dataset.nothing);
    } catch (error) {
      content = said(error instanceof Refused ? error.message : editor.dataset.failed);
    }
    if (mine === asked) {
      frame.replaceChildren(content);
    }
  }
  button.addEventListener("click", () => {
    frame.hidden = !frame.hidden;
    button.setAttribute("aria-pressed", String(!frame.hidden));
    if (!frame.hidden) {
      show();
    }
  });
  return () => {
    if (!frame.hidden) {
      show();
    }
  };
}

// What is typed stays on this device until the site has it. A form that was sent, and whose next
// page has nothing to correct, was saved.
function draft(editor, area) {
  const key = `markdown:${editor.dataset.draft}:${location.pathname}:${area.name}`;
  const read = () => {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  };
  const write = (kept) => {
    try {
      if (kept === null) {
        localStorage.removeItem(key);
      } else {
        localStorage.setItem(key, JSON.stringify(kept));
      }
    } catch {
      // without room, nothing is kept
    }
  };
  const [how] = performance.getEntriesByType("navigation");
  const isRefused = document.querySelector("[data-error-summary]") !== null;
  const found = read();
  const offer = editor.querySelector(".md-draft");
  if (found !== null) {
    const isSaved = found.sent && !isRefused && how?.type !== "back_forward";
    if (isSaved || (found.text === area.value && !isRefused)) {
      write(null);
    } else if (found.text !== area.value && !isRefused) {
      offer.hidden = false;
    } else {
      write({ text: area.value });
    }
  }
  offer.addEventListener("click", (event) => {
    const wanted = event.target.closest("[data-markdown-draft]")?.dataset.markdownDraft;
    if (!wanted) {
      return;
    }
    const kept = read();
    offer.hidden = true;
    if (wanted === "take" && kept !== null) {
      type(area, 0, area.value.length, kept.text, kept.text.length, kept.text.length);
    } else {
      write(null);
      area.focus();
    }
  });
  area.form?.addEventListener("submit", (event) => {
    const kept = read();
    if (!event.defaultPrevented && kept !== null) {
      write({ ...kept, sent: true });
    }
  });
  return () => {
    offer.hidden = true;
    write(area.value === area.defaultValue ? null : { text: area.value });
  };
}

function begin(editor) {
  const area = editor.querySelector("textarea");
  const bar = editor.querySelector(".md-bar");
  const words = editor.dataset.link;
  bar.hidden = false;
  bar.addEventListener("click", (event) => {
    const tool = event.target.closest("[data-markdown-tool]");
    if (tool) {
      use(tool.dataset.markdownTool, area, words);
    }
  });
  area.addEventListener("keydown", (event) => {
    const name = KEYS[event.key.toLowerCase()];
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && name) {
      event.preventDefault();
      use(name, area, words);
    }
  });
  const after = [
    preview(editor, area, bar.querySelector("[aria-pressed]"), editor.querySelector(".md-preview")),
    draft(editor, area),
  ];
  let waiting = 0;
  area.addEventListener("input", () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => after.forEach((act) => act()), WAIT);
  });
}

for (const editor of document.querySelectorAll("[data-markdown]")) {
  begin(editor);
}
