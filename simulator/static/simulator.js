/* Shows new texts without a reload, and times in this computer's zone. */
"use strict";

function localTimes(root) {
  for (const time of root.querySelectorAll("time")) {
    const moment = new Date(time.dateTime);
    time.title = time.textContent;
    time.textContent = moment.toLocaleString([], {
      month: "short", day: "numeric", hour: "numeric", minute: "2-digit",
    });
  }
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
    localTimes(now);
    old.replaceChildren(...now.childNodes);
    if (id === "live-screen") toEnd();
  }
}

const shown = new Map();
for (const id of ["live-screen", "live-list"]) {
  const part = document.getElementById(id);
  if (part) shown.set(id, part.innerHTML);
}
localTimes(document);
toEnd();
const body = document.getElementById("body");
if (body && matchMedia("(min-width: 56rem)").matches) body.focus({ preventScroll: true });
setInterval(() => refresh().catch(() => {}), 1500);
