// Shortcut keys: `/` to the search of the page, others to what the page names (`data-shortcut-…` of its body), `?` lists them.
const WAIT = 1500;
let first = "";
let timer = 0;

document.addEventListener("keydown", (event) => {
  if (document.body.dataset.shortcuts !== "on" || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("input, textarea, select, [contenteditable], dialog, [popover]")) return;
  if (document.querySelector("dialog[open], :popover-open")) return;
  const pressed = first ? `${first}-${event.key}` : event.key;
  first = "";
  clearTimeout(timer);
  if (pressed === "g") {
    first = "g";
    timer = setTimeout(() => { first = ""; }, WAIT);
  } else if (act(pressed)) {
    event.preventDefault();
  }
});

function act(pressed) {
  const names = { "/": "search", "?": "help", c: "c", "g-k": "gK", "g-t": "gT" };
  const name = names[pressed];
  if (!name) return false;
  if (name === "search") return focus(document.querySelector("main [role='search'] input:not([type='hidden'])"));
  if (name === "c" && press(document.getElementById("create-key"))) return true;
  const address = document.body.dataset[`shortcut${name[0].toUpperCase()}${name.slice(1)}`];
  if (!address) return false;
  if (name === "help") htmx.ajax("GET", address, { target: "#dialog-slot", swap: "innerHTML" });
  else location.assign(address);
  return true;
}

function focus(field) {
  field?.focus();
  field?.select?.();
  return Boolean(field);
}

function press(button) {
  button?.click();
  return Boolean(button);
}
