// Dialogs come from the server into their slot: shown as modal, emptied when closed, the focus given back.
let opener = "";
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target?.id === "dialog-slot") opener = event.target.id;
});

document.addEventListener("htmx:afterSwap", (event) => {
  const dialog = event.detail.target.querySelector?.("dialog:not([open])");
  if (!dialog) return;
  dialog.addEventListener("close", () => {
    dialog.remove();
    document.getElementById(dialog.dataset.return ?? opener)?.focus();
  });
  let isAsked = false;
  dialog.addEventListener("cancel", (event) => {
    if (isAsked || !isTyped(dialog)) return;
    isAsked = true;
    event.preventDefault();
    dialog.querySelector("[data-problems]")?.replaceChildren(document.getElementById("unsaved").content.cloneNode(true));
  });
  dialog.showModal();
  dialog.querySelector("[data-select]")?.select();
});

function isTyped(dialog) {
  return [...dialog.querySelectorAll("input:not([type='hidden']), textarea, select")].some((field) => {
    if (field.matches("[type='checkbox'], [type='radio']")) return field.checked !== field.defaultChecked;
    if (field.matches("select")) return [...field.options].some((one) => one.selected !== one.defaultSelected && (one.defaultSelected || field.selectedIndex > 0));
    return field.value !== field.defaultValue;
  });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-close]");
  const dialog = button?.closest("dialog");
  if (!dialog) return;
  event.preventDefault();
  dialog.close();
});

// What was done changed the page beneath: its content is fetched anew, and the focus stays where the dialog was opened.
document.addEventListener("contentChanged", async () => {
  const address = location.pathname + location.search;
  await htmx.ajax("GET", address, { target: "#content", select: "#content", swap: "outerHTML", selectOOB: "#side" });
  if (document.activeElement === document.body) (document.getElementById(opener) ?? document.getElementById("content"))?.focus();
});

document.addEventListener("dialogDone", () => document.querySelector("dialog[open]")?.close());

// Not by `autofocus`: Chromium reports in its console when somebody was quicker.
if (document.activeElement === document.body) document.querySelector("main [data-open-focus]")?.focus();

// On a page of its own the browser focuses the proposed alias by itself: selected then, not before.
const proposed = document.querySelector("[data-select]");
if (document.activeElement === proposed) proposed?.select();
else proposed?.addEventListener("focus", () => proposed.select(), { once: true });

// Menus: the focus goes to the filter of a menu that opens.
document.addEventListener("toggle", (event) => {
  if (event.newState === "open") event.target.querySelector("[data-open-focus], [autofocus]")?.focus();
}, true);
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.matches?.(":popover-open, body")) event.detail.target.querySelector("[data-open-focus]")?.focus();
});
