// Fields: invalid ones marked as their note says, counters, filters of short lists, what is typed shown, selects that submit.
document.addEventListener("htmx:oobAfterSwap", mark);
document.addEventListener("htmx:afterSettle", mark);
function mark() {
  for (const field of document.querySelectorAll("[aria-describedby$='-note']")) {
    const note = document.getElementById(field.getAttribute("aria-describedby"));
    if (!note || field.type === "radio") continue;
    const isWrong = note.classList.contains("error") && (note.dataset.wrong ?? field.name) === field.name;
    if (isWrong) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }
  for (const counter of document.querySelectorAll("[data-counter]")) count(counter);
}

function count(counter) {
  const field = document.getElementById(counter.dataset.counter);
  if (!field) return;
  const most = Number(counter.dataset.most);
  const used = counter.dataset.bytes ? bytes(field.value, document.getElementById(counter.dataset.bytes)?.value) : [...field.value].length;
  const words = counter.dataset.words ?? "{n} / {most}";
  counter.textContent = words.replace("{n}", used.toLocaleString("en")).replace("{most}", most.toLocaleString("en"));
  counter.classList.toggle("over", used > most);
}

function bytes(text, encoding) {
  if (encoding !== "base64") return new TextEncoder().encode(text).length;
  const digits = text.replace(/[\s=]/g, "").length;
  return Math.floor((digits * 3) / 4);
}
document.addEventListener("change", (event) => {
  for (const counter of document.querySelectorAll(`[data-bytes="${CSS.escape(event.target.id)}"]`)) count(counter);
});
document.addEventListener("input", (event) => {
  const counter = document.querySelector(`[data-counter="${CSS.escape(event.target.id)}"]`);
  if (counter) count(counter);
  if (event.target.dataset.filter) filter(event.target);
});
for (const counter of document.querySelectorAll("[data-counter]")) count(counter);

function filter(field) {
  const words = field.value.trim().toLowerCase();
  for (const section of document.querySelectorAll(`${field.dataset.filter} section`)) {
    let shown = 0;
    for (const line of section.querySelectorAll("li")) {
      line.hidden = !line.textContent.toLowerCase().includes(words);
      shown += line.hidden ? 0 : 1;
    }
    section.hidden = shown === 0;
  }
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});

document.addEventListener("click", async (event) => {
  const reveal = event.target.closest("[data-reveal]");
  if (reveal) {
    const field = document.getElementById(reveal.dataset.reveal);
    const shown = field.type === "text";
    field.type = shown ? "password" : "text";
    reveal.setAttribute("aria-pressed", String(!shown));
  }
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    await write(copy.dataset.copy);
    const label = copy.getAttribute("aria-label");
    copy.setAttribute("aria-label", copy.dataset.copied);
    copy.classList.add("copied");
    setTimeout(() => { copy.setAttribute("aria-label", label); copy.classList.remove("copied"); }, 2000);
  }
});

async function write(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = Object.assign(document.createElement("textarea"), { value: text });
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
