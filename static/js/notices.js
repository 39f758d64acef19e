// Toasts go after six seconds (longer while pointed at or focused), at most three stay; parts of a page edited in place.
const LIFETIME = 6000;
const MOST = 3;
const toasts = () => document.getElementById("toasts");

function begin(toast) {
  if (toast.timer) return;
  ring(toast);
  const go = () => {
    if (toast.matches(":hover, :focus-within")) toast.timer = setTimeout(go, LIFETIME / 3);
    else toast.remove();
  };
  toast.timer = setTimeout(go, LIFETIME);
}

// What was said stays under the bell until the page is left; it is written there when the bell is opened.
const said = [];
function ring(toast) {
  said.unshift([...toast.querySelector("div").children].filter((one) => !one.matches("form")).map((one) => one.cloneNode(true)));
  const count = document.querySelector("[data-bell-count]");
  if (count) count.textContent = String(said.length);
}
document.getElementById("bell")?.addEventListener("beforetoggle", (event) => {
  const lines = event.newState === "open" ? said : [];
  document.querySelector("[data-bell]").replaceChildren(...lines.map((parts) => {
    const line = document.createElement("li");
    line.append(...parts.map((one) => one.cloneNode(true)));
    return line;
  }));
  document.querySelector("[data-bell-none]").hidden = lines.length > 0;
});
for (const bell of document.querySelectorAll(".bell")) bell.hidden = false;

function tend() {
  if (!toasts()) return;
  const all = [...toasts().querySelectorAll("[data-toast]")];
  for (const old of all.slice(0, -MOST)) old.remove();
  all.forEach(begin);
}
document.addEventListener("htmx:oobAfterSwap", tend);
document.addEventListener("htmx:load", tend);
tend();

document.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest(".toast").remove());

// A part of the page edited in place: the focus goes to the element that the form names.
let wanted = "";
document.addEventListener("htmx:beforeRequest", (event) => { wanted = event.target.dataset?.focus ?? ""; });
document.addEventListener("htmx:afterSettle", () => {
  const lost = !document.activeElement || document.activeElement === document.body;
  if (wanted && lost) (document.querySelector("#content [aria-invalid='true']") ?? document.getElementById(wanted))?.focus();
  wanted = "";
});
