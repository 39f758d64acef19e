// Passkeys: the browser is asked for one when the form is sent, and what it answers is sent along.
const asking = (form) => (form.matches("[data-passkey]") ? form : form.querySelector("[data-passkey]"));

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const words = asking(form)?.dataset;
  const field = form.elements.credential;
  if (!words || !field || field.value) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (form.isAsking) return;
  form.isAsking = true;
  tell(form, "");
  const answer = await ask(words).catch((error) => tell(form, reason(error, words)));
  form.isAsking = false;
  if (!answer) return;
  field.value = JSON.stringify(answer);
  form.requestSubmit();
}, true);

async function ask(words) {
  if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON) throw new DOMException("", "NotSupportedError");
  const options = JSON.parse(words.options);
  const credential = words.passkey === "create"
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  return credential.toJSON();
}

function reason(error, words) {
  const known = { InvalidStateError: words.known, SecurityError: words.elsewhere, NotSupportedError: words.unsupported };
  return known[error.name] ?? words.cancelled;
}

function tell(form, text) {
  const place = form.querySelector("[data-passkey-problem]");
  place.hidden = !text;
  place.querySelector("span").textContent = text;
}

document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) print(); });
