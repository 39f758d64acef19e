// Rows picked in a table: all of the page at once, how many, and with how many of them each act can be done.
const picks = () => [...document.querySelectorAll("tbody [name='key']")];
const all = () => document.querySelector("[data-pick-all]");

function tell() {
  const picked = picks().filter((one) => one.checked);
  const words = document.querySelector("[data-picked]");
  if (words) words.textContent = words.dataset.picked.replace("{n}", String(picked.length));
  for (const count of document.querySelectorAll("[data-act]")) {
    count.textContent = String(picked.filter((one) => one.dataset.acts.split(" ").includes(count.dataset.act)).length);
  }
  if (!all()) return;
  all().hidden = false;
  all().checked = picked.length > 0 && picked.length === picks().length;
  all().indeterminate = picked.length > 0 && !all().checked;
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-pick-all]")) for (const one of picks()) one.checked = event.target.checked;
  if (event.target.matches("[data-pick-all], [name='key']")) tell();
});
document.addEventListener("reset", (event) => {
  if (event.target.id === "batch") setTimeout(() => { tell(); all()?.focus(); });
});
document.addEventListener("htmx:afterSettle", tell);
tell();
