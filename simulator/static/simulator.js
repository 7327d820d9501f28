/* Shows new texts without a reload, and keeps the chosen phone in sight. */
"use strict";

function toChosen() {
  const list = document.getElementById("live-list");
  const chosen = list && list.querySelector("[aria-current]");
  if (chosen) list.scrollTop += chosen.getBoundingClientRect().top - list.getBoundingClientRect().top - 60;
}

function toEnd() {
  const screen = document.getElementById("live-screen");
  if (screen) screen.scrollTop = screen.scrollHeight;
}

async function refresh() {
  if (document.hidden) return;
  const answer = await fetch(location.pathname + location.search);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const [id, seen] of shown) {
    const [old, now] = [document.getElementById(id), fresh.getElementById(id)];
    if (!now || now.innerHTML === seen) continue;
    const focused = document.activeElement;
    if (focused !== old && old.contains(focused)) continue; // she is reading there
    shown.set(id, now.innerHTML);
    old.replaceChildren(...now.childNodes);
    if (id === "live-screen") toEnd();
  }
}

const shown = new Map();
for (const id of ["live-screen", "live-list"]) {
  const part = document.getElementById(id);
  if (part) shown.set(id, part.innerHTML);
}
toEnd();
toChosen();
const body = document.getElementById("body");
if (body && matchMedia("(min-width: 56rem)").matches) body.focus({ preventScroll: true });
setInterval(() => refresh().catch(() => {}), 1500);
