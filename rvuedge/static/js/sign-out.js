// Signing out wipes what the log keeps on this phone; say first what would be lost by it.
// The answer's Clear-Site-Data does the same; not every browser heeds it.

import { all, wipe } from "./kept.js";

const form = document.getElementById("sign-out");
const kept = await all().catch(() => []);
if (kept.length) {
  const warning = document.createElement("p");
  warning.className = "notice warn";
  warning.setAttribute("role", "status");
  const many = kept.length === 1 ? "1 entry that was" : `${kept.length} entries that were`;
  warning.textContent = `${many} never sent would be lost. To keep them, open the log first while you are online.`;
  form.before(warning);
}
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  await wipe().catch(() => {});
  form.submit();
});
