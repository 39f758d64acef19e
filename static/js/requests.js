// What every htmx request shares: the token of the session as it is now, busy buttons, and failures that are told.
document.addEventListener("htmx:configRequest", (event) => {
  const name = document.body.dataset.csrfCookie;
  const token = document.cookie.split("; ").find((one) => one.startsWith(`${name}=`));
  if (!token) return;
  delete event.detail.parameters.csrfmiddlewaretoken;
  event.detail.headers["X-CSRFToken"] = token.slice(name.length + 1);
});

// While a form is under way its fields are read-only: the answer may bring the form anew, and would overwrite what is
// typed meanwhile.
const SENT = "form[data-keep], form[data-focus]";
const WORDS_AFTER = 1000;
document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.target;
  if (!form.matches(SENT)) return;
  if (form.isDone) { event.preventDefault(); return; } // the second of two clicks, when the first has done it
  lock(form, true);
  form.querySelector("[data-ok]")?.setAttribute("aria-busy", "true");
  const words = form.querySelector("[data-busy]");
  form.waiting = setTimeout(() => { if (words) words.textContent = words.dataset.busy; }, WORDS_AFTER);
});
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target;
  if (!form.matches(SENT)) return;
  lock(form, false);
  clearTimeout(form.waiting);
  form.querySelector("[data-ok]")?.removeAttribute("aria-busy");
  const words = form.querySelector("[data-busy]");
  if (words) words.textContent = "";
});

document.addEventListener("dialogDone", (event) => { event.target.isDone = true; });

function lock(form, isSent) {
  for (const field of form.elements) {
    if (field.matches("input:not([type='hidden']), textarea")) field.readOnly = isSent;
  }
}

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
