// What every htmx request shares: the token of the session as it is now, busy buttons, and failures that are told.
document.addEventListener("htmx:configRequest", (event) => {
  const name = document.body.dataset.csrfCookie;
  const token = document.cookie.split("; ").find((one) => one.startsWith(`${name}=`));
  if (!token) return;
  delete event.detail.parameters.csrfmiddlewaretoken;
  event.detail.headers["X-CSRFToken"] = token.slice(name.length + 1);
});

const WORDS_AFTER = 1000;
document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.target;
  if (!form.matches("form[data-keep]")) return;
  form.querySelector("[data-ok]")?.setAttribute("aria-busy", "true");
  const words = form.querySelector("[data-busy]");
  form.waiting = setTimeout(() => { words.textContent = words.dataset.busy; }, WORDS_AFTER);
});
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target;
  if (!form.matches("form[data-keep]")) return;
  clearTimeout(form.waiting);
  form.querySelector("[data-ok]")?.removeAttribute("aria-busy");
  const words = form.querySelector("[data-busy]");
  if (words) words.textContent = "";
});

for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, () => {
    const problems = document.querySelector("[data-problems]");
    const template = document.getElementById("unreachable");
    if (problems && template) problems.replaceChildren(template.content.cloneNode(true));
  });
}

// The browser's time zone, for the server to show times in.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes(`timezone=${zone}`)) {
  document.cookie = `timezone=${zone}; path=/; max-age=31536000; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
}
