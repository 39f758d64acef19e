// Tag rows of a form, added and deleted at once; without this module the same buttons ask the server.
document.addEventListener("click", (event) => {
  const add = event.target.closest("[data-add-tag]");
  const remove = event.target.closest("[data-delete-tag]");
  if (!add && !remove) return;
  event.preventDefault();
  const tags = (add ?? remove).closest("[data-tags]");
  if (add && left(tags) > 0) append(tags);
  if (remove) drop(tags, remove.closest(".tag-row"));
  show(tags);
});

const rows = (tags) => tags.querySelectorAll(".tag-row:not(.heads)");
const left = (tags) => Number(tags.dataset.tags) - rows(tags).length;

function append(tags) {
  const numbers = [...rows(tags)].map((row) => Number(row.querySelector("[data-delete-tag]").value));
  const holder = document.createElement("div");
  const source = tags.querySelector("template[data-tag-row]").innerHTML;
  holder.innerHTML = source.replaceAll("__n__", String(Math.max(0, ...numbers) + 1));
  const row = holder.firstElementChild;
  tags.querySelector(".tag-rows").append(row);
  htmx.process(row);
  row.querySelector("input").focus();
}

function drop(tags, row) {
  const next = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  (next?.querySelector("[data-delete-tag]") ?? tags.querySelector("[data-add-tag]")).focus();
}

function show(tags) {
  const hint = tags.querySelector("[data-tags-left]");
  hint.textContent = hint.dataset.tagsLeft.replace("{n}", String(Math.max(0, left(tags))));
  tags.querySelector("[data-add-tag]").toggleAttribute("aria-disabled", left(tags) < 1);
  if (left(tags) < 1) tags.querySelector("[data-add-tag]").setAttribute("aria-disabled", "true");
}
