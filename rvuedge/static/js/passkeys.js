// Passkeys: the one thing here that a browser does for a script alone. Without it, or without
// passkeys in the browser, the forms stay hidden and the page says what works instead.
// form[data-passkey]: "create" and "get" take their options from #passkey-options, "login" asks
// the form's own address for them. What the device answers goes into the field `credential`.

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const keys = (list) => (list || []).map((key) => ({ ...key, id: bytes(key.id) }));

async function options(form) {
  if (form.dataset.passkey !== "login") {
    return JSON.parse(document.getElementById("passkey-options").textContent);
  }
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return answer.json();
}

async function create(given, alone) {
  const wanted = given.creation_options.publicKey;
  return navigator.credentials.create({
    publicKey: {
      ...wanted,
      challenge: bytes(wanted.challenge),
      user: { ...wanted.user, id: bytes(wanted.user.id) },
      excludeCredentials: keys(wanted.excludeCredentials),
      authenticatorSelection: {
        ...wanted.authenticatorSelection,
        residentKey: alone ? "required" : "discouraged",
        requireResidentKey: alone,
        ...(alone && { userVerification: "required" }),
      },
    },
  });
}

async function get(given) {
  const wanted = given.request_options.publicKey;
  return navigator.credentials.get({
    publicKey: {
      ...wanted,
      challenge: bytes(wanted.challenge),
      allowCredentials: keys(wanted.allowCredentials),
    },
  });
}

function answerOf(credential) {
  const response = {};
  for (const name of
    ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  if (credential.response.getTransports) {
    response.transports = credential.response.getTransports();
  }
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

if (window.PublicKeyCredential) {
  for (const note of document.querySelectorAll("[data-passkey-missing]")) note.hidden = true;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const problem = form.querySelector("[role=alert]");
      problem.hidden = true;
      try {
        const given = await options(form);
        const credential = form.dataset.passkey === "create"
          ? await create(given, form.elements.passwordless.checked)
          : await get(given);
        form.elements.credential.value = JSON.stringify(answerOf(credential));
        HTMLFormElement.prototype.submit.call(form);
      } catch (error) {
        problem.textContent = error.name === "InvalidStateError"
          ? "This device has a passkey for your account already."
          : "The passkey was not given. Try again, or use another way.";
        problem.hidden = false;
      }
    });
  }
}
