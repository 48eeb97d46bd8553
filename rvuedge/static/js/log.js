// The log with less waiting, and without a network. Without this script it is a plain form.

import { CACHE, all, drop, keep, send, ticket } from "./kept.js";

const form = document.getElementById("log");
const { send: address, token, owner } = form.dataset;
const area = document.getElementById("log-kept");
const isShell = !form.elements.csrfmiddlewaretoken;
const LOGS = ["code", "custom", "set", "repeat"];

const plural = (count, one, many) => `${count} ${count === 1 ? one : many}`;
const element = (name, text, className = "") =>
  Object.assign(document.createElement(name), { textContent: text, className });

// What is kept on this phone ---

let note = "";

async function show() {
  const entries = (await all().catch(() => [])).filter((one) => one.owner === owner);
  const waiting = entries.filter((one) => !one.errors);
  area.replaceChildren();
  if (note) area.append(element("p", note, "notice good"));
  if (waiting.length) {
    const text =
      `${plural(waiting.length, "entry is", "entries are")} kept on this phone; ` +
      `${waiting.length === 1 ? "it" : "they"} will be sent when you are ` +
      (isOut ? "signed in again." : "online.");
    area.append(element("p", text, "notice info"), list(waiting));
    if (isOut) {
      const link = element("a", "Sign in");
      link.href = `/account/login/?next=${location.pathname}`;
      area.append(link);
    }
  }
  for (const one of entries.filter((entry) => entry.errors)) {
    const box = element("div", "", "notice bad");
    box.append(element("p", `Not logged: ${one.text}. ${one.errors.join(" ")}`));
    const row = element("p", "");
    const mend = element("button", "Type it again", "link-button");
    const away = element("button", "Throw it away", "link-button danger");
    mend.type = away.type = "button";
    mend.onclick = () => refill(one).then(() => drop(one.id)).then(show);
    away.onclick = () => drop(one.id).then(show);
    row.append(mend, " ", away);
    box.append(row);
    area.append(box);
  }
}

function list(entries) {
  const items = element("ul", "", "log-kept-list small");
  items.append(...entries.map((one) => element("li", one.text)));
  return items;
}

// Put a refused entry back into the form.
async function refill({ fields }) {
  const values = new Map(fields);
  for (const [name, value] of values) {
    const field = form.elements[name];
    if (name === "modifier" || name === "key" || !field) continue;
    if (field instanceof RadioNodeList || field.type !== "checkbox") field.value = value;
  }
  for (const box of form.querySelectorAll("[name=modifier]")) {
    box.checked = fields.some(([name, value]) => name === "modifier" && value === box.value);
  }
  form.elements.q.value = values.get("code") ?? "";
  form.querySelector(".log-settings").open = true;
  form.elements.q.focus();
  say();
}

let isOut = false;
let isSending = false;

// Send what is kept, in the order in which it was typed.
async function replay() {
  const waiting = (await all().catch(() => [])).filter((one) => one.owner === owner && !one.errors);
  if (!waiting.length || isSending) return show();
  isSending = true;
  const mine = await ticket(token);
  isOut = mine === "out" || (mine.owner && mine.owner !== owner);
  let sent = 0;
  if (mine.token && !isOut) {
    for (const one of waiting) {
      const { kept, refused } = await send(address, mine, one, true);
      if (kept) {
        await drop(one.id);
        sent += 1;
      } else if (refused) {
        await keep({ ...one, errors: refused });
      } else break;
    }
  }
  isSending = false;
  if (sent) note = `${plural(sent, "entry", "entries")} kept on this phone ${sent === 1 ? "was" : "were"} sent.`;
  if (sent && !isShell) fresh();
  return show();
}

// Show the day's list as the server has it now; what is being typed stays.
async function fresh() {
  try {
    const response = await fetch(location.pathname, { redirect: "error" });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const part of [".log-head", "section:has(#today)"]) {
      const now = form.querySelector(part);
      const then = page.querySelector(`#log ${part}`);
      if (now && then) now.replaceWith(then);
    }
  } catch {
    // The list is older then, until the next page.
  }
}

// Logging ---

const local = (day) =>
  [day.getFullYear(), day.getMonth() + 1, day.getDate()]
    .map((part) => String(part).padStart(2, "0"))
    .join("-");

// The day itself, and not "today": it may be sent tomorrow.
function fixDay(fields) {
  const day = fields.get("day") ?? "today";
  if (day === "other") return;
  const date = new Date();
  if (day === "yesterday") date.setDate(date.getDate() - 1);
  fields.set("day", "other");
  fields.set("date", local(date));
}

function entryOf(button) {
  const fields = new FormData(form);
  fields.set(button.name, button.value);
  for (const name of ["csrfmiddlewaretoken", "q", "chosen"]) fields.delete(name);
  const id = crypto.randomUUID();
  fields.set("key", id);
  fixDay(fields);
  const modifiers = fields.getAll("modifier").join(" ");
  const units = fields.get("units") === "1" ? "" : ` × ${fields.get("units")}`;
  const name = button.querySelector(".code")?.textContent.replace("Log ", "") ?? button.value;
  const text = [name + units, modifiers, fields.get("date")].filter(Boolean).join(", ");
  return { id, owner, at: Date.now(), text, fields: [...fields], errors: null };
}

async function log(button) {
  const entry = entryOf(button);
  try {
    await keep(entry); // before anything is sent: whatever happens now, it is not lost
  } catch {
    return plain(button); // no store, as in a private window
  }
  const mine = navigator.onLine ? await ticket(token) : "away";
  if (mine.token && mine.owner === owner) {
    const { kept, refused } = await send(address, mine, entry, false);
    if (refused && isShell) return keep({ ...entry, errors: refused }).then(show);
    if (kept || refused) await drop(entry.id);
    if (kept) return location.assign(form.action); // with the toast, and the way back
    if (refused) return plain(button); // the server's page says what is wrong, and keeps all
  }
  isOut = mine === "out" || Boolean(mine.owner && mine.owner !== owner);
  reset();
  if (["code", "custom"].includes(button.name)) offerCase(entry); // a set makes keys of its own
  note = "";
  await show();
  area.scrollIntoView({ block: "nearest" });
}

// The next entry may belong to the same case as one that is not sent yet.
function offerCase({ id, text }) {
  const box = form.elements.joins;
  box.value = id;
  box.closest("label").hidden = false;
  form.querySelector("[data-last]").textContent = text;
}

let isPlain = false;
function plain(button) {
  isPlain = true;
  form.requestSubmit(button);
  isPlain = false;
}

// Modifiers and units are of one entry only.
function reset() {
  for (const box of form.querySelectorAll("[name=modifier], [name=joins]")) box.checked = false;
  for (const name of ["units", "more_modifiers", "percent", "base_units", "minutes"]) {
    const field = form.elements[name];
    if (field) field.value = name === "units" ? 1 : "";
  }
  say();
}

let isBusy = false;
form.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (isPlain) return;
  if (button?.name === "step") {
    event.preventDefault();
    const units = Number.parseInt(form.elements.units.value, 10) || 1;
    form.elements.units.value = Math.min(999, Math.max(1, units + Number(button.value)));
    return;
  }
  if (LOGS.includes(button?.name)) {
    event.preventDefault();
    if (isBusy) return; // a second tap on the same tile
    isBusy = true;
    await log(button).finally(() => (isBusy = false));
  } else if (isShell || !navigator.onLine) {
    // Looking for a code takes a network; a code that is typed whole does not.
    const code = form.elements.q.value.trim().toUpperCase();
    event.preventDefault();
    if (!/^(\d{4}[0-9FTUM]|[A-V]\d{4})$/.test(code)) {
      note = "Without a network only whole codes can be logged: type all five characters.";
      return show();
    }
    await log(Object.assign(document.createElement("button"), { name: "code", value: code }));
    form.elements.q.value = "";
  }
});

// The line that says what the next tap takes along.
function say() {
  const put = (name, text) => {
    const place = form.querySelector(`[data-say=${name}]`);
    if (place) place.textContent = text;
  };
  const day = form.querySelector("[name=day]:checked")?.nextElementSibling.textContent;
  put("day", day === "Other" ? form.elements.date.value || "Other day" : day);
  const site = form.elements.site;
  put("site", site.value ? site.selectedOptions[0].textContent : "no site");
  const ticked = [...form.querySelectorAll("[name=modifier]:checked")].map((box) => box.value);
  put("modifiers", ticked.join(" ") || "no modifier");
}
form.addEventListener("change", say);

// What the phone keeps of the page ---

async function store() {
  if (isShell || !("serviceWorker" in navigator) || !("caches" in window)) return;
  const page = form.getAttribute("action");
  await navigator.serviceWorker.register("/log-worker.js", { scope: page });
  const shell = await fetch(`${page}shell/`, { redirect: "error" });
  if (!shell.ok) return;
  const files = performance
    .getEntriesByType("resource")
    .map(({ name }) => name.split("#")[0])
    .filter((name) => name.startsWith(`${location.origin}/static/`));
  const cache = await caches.open(CACHE);
  await cache.put(page, shell);
  await Promise.all([...new Set(files)].map((file) => cache.add(file).catch(() => {})));
  for (const { url } of await cache.keys()) {
    if (url.includes("/static/") && !files.includes(url)) await cache.delete(url);
  }
}

addEventListener("online", async () => {
  await replay();
  if (isShell && !form.elements.q.value) location.reload(); // the whole page is there again
});
addEventListener("pageshow", ({ persisted }) => persisted && replay());
replay();
store().catch(() => {}); // without a place to keep it, the log needs a network
