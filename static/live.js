// Keeps every [data-live] part fresh; without this script, reload does the same.
(() => {
  const EVERY = 10_000;
  const busy = (part) => part.contains(document.activeElement)
    && document.activeElement.matches("input, select, textarea, summary");
  const refresh = async () => {
    if (document.hidden) return;
    const answer = await fetch(location.href, { headers: { "X-Live": "1" } });
    if (answer.redirected || !answer.ok) return location.reload();
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll("[data-live]")) {
      const now = fresh.getElementById(part.id);
      if (now && !now.hasAttribute("data-live")) return location.reload(); // it is done
      if (now && !busy(part) && now.innerHTML !== part.innerHTML) part.innerHTML = now.innerHTML;
    }
  };
  const step = () => refresh().catch(() => {}).finally(() => setTimeout(step, EVERY));
  setTimeout(step, EVERY);
})();
