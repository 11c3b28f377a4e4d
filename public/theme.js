// zod would try once whether it may make code of texts; under the content security policy the browser reports that as a
// breach. Its settings live here, and must stand before any schema of a page is made.
globalThis.__zod_globalConfig = { jitless: true };

// Runs before the first paint, so that no page flashes in the wrong theme. A file rather than an inline script: the
// content security policy allows no inline scripts of ours.
(() => {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const read = () => {
    try {
      return localStorage.getItem("lastgood.theme");
    } catch {
      return null;
    }
  };
  const apply = () => {
    const choice = read();
    const theme = choice === "dark" || choice === "light" ? choice : system.matches ? "dark" : "light";
    document.documentElement.dataset.theme = theme;
  };
  apply();
  system.addEventListener("change", apply);
  addEventListener("storage", apply);
  addEventListener("lastgood:theme", apply);
})();
