// Serves one page while there is no network, and nothing else: what is shown is always what the server says.
const NAME = "storetrail-offline-1";
const PAGE = "/offline.html";

addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(NAME)
      .then((cache) => cache.add(new Request(PAGE, { cache: "reload" })))
      .then(() => skipWaiting()),
  );
});

addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== NAME).map((name) => caches.delete(name))))
      .then(() => clients.claim()),
  );
});

addEventListener("fetch", (event) => {
  if (event.request.mode !== "navigate" || event.request.method !== "GET") return;
  event.respondWith(fetch(event.request).catch(offline));
});

// The page brings its own style, which the policy of the server's files would not let through.
async function offline() {
  const kept = await caches.match(PAGE);
  const body = kept ? await kept.text() : "Offline";
  return new Response(body, {
    status: 503,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    },
  });
}
