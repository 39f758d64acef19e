// The session's end: told two minutes before, put off by a click where nothing but idleness ends it, and said when it has
// come. To ask is no sign of life: only the click is.
const WARNED = 120;
const box = document.getElementById("session-end");
const template = (name) => document.getElementById(name).content.cloneNode(true);
let timer = 0;

function wait(seconds) {
  clearTimeout(timer);
  // Browsers count milliseconds in 31 bits, and a machine that slept comes late: asked again each hour at least.
  timer = setTimeout(ask, Math.min(Math.max(1, seconds - WARNED), 3600) * 1000);
}

async function ask() {
  const left = await fetch(box.dataset.address, { headers: { Accept: "application/json" }, redirect: "manual" })
    .then((answer) => (answer.ok ? answer.json() : { left: 0 }), () => null);
  if (left === null) return wait(WARNED + 30); // the server can't be reached: that is told elsewhere
  if (left.left > WARNED + 1) { box.replaceChildren(); wait(left.left); return; }
  box.replaceChildren(template(left.left <= 0 ? "session-ended" : left.can_stay ? "session-ending" : "session-over"));
  if (left.left > 0) {
    for (const place of box.querySelectorAll("[data-until]")) place.dataset.until = new Date(Date.now() + left.left * 1000).toISOString();
    document.dispatchEvent(new Event("countdown"));
    timer = setTimeout(ask, left.left * 1000 + 500);
  }
}

document.addEventListener("click", async (event) => {
  if (!event.target.closest("[data-stay]")) return;
  event.preventDefault();
  const token = document.querySelector("[name='csrfmiddlewaretoken']").value;
  await fetch(box.dataset.address, { method: "POST", headers: { "X-CSRFToken": token }, redirect: "manual" });
  ask();
});

if (box) wait(Number(box.dataset.left));
