"use strict";
(() => {
  // The server draws everything: a change fetches this page again and swaps the parts that differ.
  const link = document.getElementById("link");
  const parts = () => [...document.querySelectorAll("[data-live]")];
  if (!parts().length) return;
  const wheel = document.querySelector(".map-box.wide");
  if (wheel) {
    // The hub is in the middle of it.
    wheel.scrollLeft = (wheel.scrollWidth - wheel.clientWidth) / 2;
    wheel.scrollTop = (wheel.scrollHeight - wheel.clientHeight) / 2;
  }
  let busy = false;
  let again = false;
  const say = (text, lost) => {
    if (link.textContent !== text) link.textContent = text;
    link.classList.toggle("lost", lost);
  };
  const focused = (part) => {
    const at = document.activeElement;
    return part.contains(at) ? at.getAttribute("href") : null;
  };
  const refresh = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.pathname, { cache: "no-store", credentials: "same-origin" });
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of parts()) {
        const fresh = page.getElementById(part.id);
        if (!fresh || fresh.innerHTML === part.innerHTML) continue;
        const href = focused(part);
        const box = part.querySelector(".map-box.wide");
        const [left, top] = box ? [box.scrollLeft, box.scrollTop] : [0, 0];
        part.replaceChildren(...fresh.childNodes);
        const there = part.querySelector(".map-box.wide");
        if (there) { there.scrollLeft = left; there.scrollTop = top; }
        if (href) part.querySelector(`a[href="${CSS.escape(href)}"]`)?.focus({ preventScroll: true });
      }
      say(link.dataset.on, false);
    } catch {
      say(link.dataset.failed, true);
    } finally {
      busy = false;
      if (again) { again = false; setTimeout(refresh, 250); }
    }
  };
  const stream = new EventSource("/events");
  stream.addEventListener("ready", () => say(link.dataset.on, false));
  stream.addEventListener("change", refresh);
  stream.addEventListener("open", refresh);
  stream.addEventListener("error", () => say(link.dataset.lost, true));
})();
