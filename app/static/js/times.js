// Keep relative times right, in the language of the page: <time datetime="…" data-relative>

const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

export function relative(instant, now, language) {
  const seconds = Math.round((instant - now) / 1000);
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS.at(-1);
  return format.format(Math.trunc(seconds / size), unit);
}

function refresh() {
  for (const element of document.querySelectorAll("time[data-relative]")) {
    const instant = Date.parse(element.dateTime);
    if (!Number.isNaN(instant)) {
      element.textContent = relative(instant, Date.now(), document.documentElement.lang);
    }
  }
}

refresh();
setInterval(refresh, 60_000);
