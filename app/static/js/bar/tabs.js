// The tab of this page is in sight, where they slide.

for (const tabs of document.querySelectorAll(".tabs")) {
  const here = tabs.querySelector("[aria-current]");
  if (here) {
    const [frame, place] = [tabs.getBoundingClientRect(), here.getBoundingClientRect()];
    const isHidden = place.left < frame.left || place.right > frame.right;
    if (isHidden) {
      tabs.scrollLeft += place.left - frame.left - (frame.width - place.width) / 2;
    }
  }
}
