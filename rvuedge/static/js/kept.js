// Entries that are kept on this phone until the server has them. Each has a key of its own, so
// that sending one twice counts once. Nothing about a patient is ever among them.

export const CACHE = "log"; // what the page needs without a network; log-worker.js reads it

const NAME = "log";
const STORE = "entries";

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function within(mode, action) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = action(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

export const keep = (entry) => within("readwrite", (store) => store.put(entry));
export const drop = (id) => within("readwrite", (store) => store.delete(id));
// In the order in which they were typed.
export const all = async () =>
  (await within("readonly", (store) => store.getAll())).sort((a, b) => a.at - b.at);

const SECONDS = 10; // a network that takes longer is as good as none

const ask = (address, options = {}) =>
  fetch(address, { ...options, redirect: "error", signal: AbortSignal.timeout(SECONDS * 1000) });

// Return a token and whose entries may be sent; "away" without a network, "out" if signed out.
export async function ticket(address) {
  try {
    const response = await fetch(address, {
      redirect: "manual", // a page to sign in
      signal: AbortSignal.timeout(SECONDS * 1000),
    });
    if (response.type === "opaqueredirect") return "out";
    return response.ok ? await response.json() : "away";
  } catch {
    return "away";
  }
}

// Send one entry. Return what became of it: {kept}, {refused} with sentences, or {} if unknown.
export async function send(address, { token, owner }, entry, later) {
  const body = new URLSearchParams(entry.fields);
  body.set("owner", entry.owner);
  if (later) body.set("later", "1");
  let response;
  try {
    response = await ask(address, { method: "POST", body, headers: { "X-CSRFToken": token } });
    const answer = await response.json();
    if (response.ok) return { kept: answer };
    if (response.status === 422) return { refused: answer.errors };
  } catch {
    // Not sent, or sent and the answer lost: the key tells the server.
  }
  return {};
}

export async function wipe() {
  await caches.delete(CACHE);
  await new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(NAME);
    request.onsuccess = request.onerror = request.onblocked = resolve;
  });
}
