// Answers for the log when there is no network, from what js/log.js put into the cache: the log's
// own page without its list, and the files that it needs. No other private page is ever kept.

const CACHE = "log";

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate" ? pathname === "/log/" : pathname.startsWith("/static/")) {
    event.respondWith(answer(request, pathname));
  }
});

async function answer(request, pathname) {
  try {
    return await fetch(request);
  } catch (error) {
    const cache = await caches.open(CACHE);
    const kept = await cache.match(request.mode === "navigate" ? pathname : request);
    if (kept) return kept;
    throw error;
  }
}
