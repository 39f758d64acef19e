// The actions of a role: all of a group chosen, or none, at once; without this module the same button asks the server.
const boxes = (button) => [...button.closest("[data-group]").querySelectorAll("[name='actions']")];
const isWhole = (button) => boxes(button).every((one) => one.checked);

function name(button) {
  button.firstChild.textContent = isWhole(button) ? button.dataset.none : button.dataset.all;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-choose]");
  if (!button) return;
  event.preventDefault();
  const chosen = !isWhole(button);
  for (const one of boxes(button)) one.checked = chosen;
  name(button);
});
document.addEventListener("change", (event) => {
  const button = event.target.closest("[data-group]")?.querySelector("[data-choose]");
  if (button) name(button);
});
