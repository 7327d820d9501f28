/* Shows new texts without a reload, and times in this computer's zone. */
"use strict";
const LIVE = ["live-screen", "live-list"];

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
  for (const id of LIVE) {
    const [old, now] = [document.getElementById(id), fresh.getElementById(id)];
    if (!old || !now || old.dataset.seen === now.innerHTML) continue;
    const first = old.dataset.seen === undefined;
    old.dataset.seen = now.innerHTML;
    if (first) continue;
    localTimes(now);
    old.replaceChildren(...now.childNodes);
    if (id === "live-screen") toEnd();
  }
}

localTimes(document);
toEnd();
const body = document.getElementById("body");
if (body && matchMedia("(min-width: 56rem)").matches) body.focus({ preventScroll: true });
setInterval(() => refresh().catch(() => {}), 1500);
