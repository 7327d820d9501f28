// Follows the system's light or dark before the first paint.
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const show = () => { document.documentElement.dataset.bsTheme = dark.matches ? "dark" : "light"; };
  show();
  dark.addEventListener("change", show);
})();
