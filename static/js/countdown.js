// Time left, second by second: whatever has `data-until`, a moment, shows how long that is from now.
function tick() {
  for (const place of document.querySelectorAll("[data-until]")) {
    const left = Math.max(0, Math.round((Date.parse(place.dataset.until) - Date.now()) / 1000));
    const [hours, minutes, seconds] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60].map(String);
    const text = hours > 0 ? `${hours}:${minutes.padStart(2, "0")}` : minutes;
    place.textContent = `${text}:${seconds.padStart(2, "0")}`;
  }
}

setInterval(tick, 1000);
document.addEventListener("countdown", tick);
tick();
