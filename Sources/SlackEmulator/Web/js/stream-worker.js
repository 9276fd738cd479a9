// One event stream for all tabs of a browser: a browser opens six connections to an address at most, and somebody who
// plays seven people would find the seventh tab dead. Tabs without SharedWorker run the same code in a worker of their own.
//
// In: {since} from a tab that starts. Out: {connection}, {event, id, data}, {reset}.

const kinds = ["message", "view", "conversation", "user", "call", "switches", "clock"];
const keptMax = 4000;
const retryFirst = 500, retryMost = 5000;

const ports = new Set();
let kept = [];
let last = null;
let source = null;
let connection = "connecting";
let retry = retryFirst;
let timer = null;

function tell(message) { for (const port of ports) port.postMessage(message); }

function setConnection(value) {
  if (connection === value) return;
  connection = value;
  tell({connection});
}

function connect() {
  timer = null;
  source = new EventSource(`/emulator/events?since=${last}`);
  source.onopen = () => { retry = retryFirst; setConnection("live"); };
  source.onerror = () => {
    // Not left to the browser: it gives up after an answer that is no event stream.
    source.close();
    setConnection("reconnecting");
    if (timer === null) timer = setTimeout(connect, retry);
    retry = Math.min(retry * 2, retryMost);
  };
  source.addEventListener("reset", (event) => {
    last = Number(event.lastEventId);
    kept = [];
    tell({reset: true, id: last});
  });
  for (const kind of kinds) {
    source.addEventListener(kind, (event) => {
      last = Number(event.lastEventId);
      const item = {event: kind, id: last, data: JSON.parse(event.data)};
      kept.push(item);
      if (kept.length > keptMax) kept.shift();
      tell(item);
    });
  }
}

function begin(port, since) {
  ports.add(port);
  if (source === null) {
    last = since;
    connect();
    return;
  }
  port.postMessage({connection});
  const oldest = kept.length > 0 ? kept[0].id - 1 : last;
  if (since < oldest) port.postMessage({reset: true, id: last});
  else for (const item of kept) if (item.id > since) port.postMessage(item);
}

function attach(port) {
  port.onmessage = ({data}) => {
    if (data.goodbye) ports.delete(port);
    else if (data.hurry) {
      if (timer !== null) { clearTimeout(timer); connect(); }
    } else begin(port, data.since);
  };
}

if (typeof SharedWorkerGlobalScope !== "undefined" && self instanceof SharedWorkerGlobalScope) {
  self.onconnect = (event) => attach(event.ports[0]);
} else {
  attach(self);
}
