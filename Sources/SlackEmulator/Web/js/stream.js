// What happens in the emulator, as it happens; after a gap it goes on where it stopped.

/** Calls `handlers.event(kind, data)`, `handlers.reset()` and `handlers.connection(state)`. */
export function openStream(since, handlers) {
  const address = "/web/js/stream-worker.js";
  let port;
  if (typeof SharedWorker === "function") {
    const worker = new SharedWorker(address);
    port = worker.port;
    worker.port.start();
  } else {
    port = new Worker(address);
  }
  let seen = since;
  port.onmessage = ({data}) => {
    if (data.connection) { handlers.connection(data.connection); return; }
    if (data.reset) { seen = data.id; handlers.reset(); return; }
    if (data.id <= seen) return;
    seen = data.id;
    handlers.event(data.event, data.data);
  };
  port.postMessage({since});
  addEventListener("pagehide", () => port.postMessage({goodbye: true}));
  // A page that comes back from the browser's memory takes part again, and hears what it missed.
  addEventListener("pageshow", (event) => { if (event.persisted) port.postMessage({since: seen}); });
  addEventListener("online", () => port.postMessage({hurry: true}));
}
