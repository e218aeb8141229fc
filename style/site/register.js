// Registers the worker that shows a page of its own while there is no network. Nothing else depends on it.
if ("serviceWorker" in navigator && isSecureContext) {
  addEventListener("load", () => navigator.serviceWorker.register("/sw.js").catch(() => {}));
}
