// The browser keeps every scenario by itself, so that of several tabs the last one to write a scenario wins it, and no
// tab overwrites what another one saved beside it.
const START = "bnsim.saved/";
const MOST = 1 << 20;

function storage() {
  try {
    window.localStorage.getItem(START);
    return window.localStorage;
  } catch {
    return null;
  }
}

function entries(kept, start) {
  const found = {};
  let room = MOST;
  for (let at = 0; at < kept.length; at += 1) {
    const key = kept.key(at);
    if (!key.startsWith(start)) continue;
    const text = kept.getItem(key);
    room -= text.length;
    if (room >= 0) found[key.slice(start.length)] = text;
  }
  return found;
}

function forget(kept) {
  const keys = Array.from({ length: kept.length }, (_, at) => kept.key(at));
  for (const key of keys) if (key.startsWith(START)) kept.removeItem(key);
}

function write(kept, writes) {
  const full = [];
  for (const [key, text] of Object.entries(writes)) {
    try {
      if (text === null) kept.removeItem(START + key);
      else kept.setItem(START + key, text);
    } catch {
      full.push(key);
    }
  }
  return full;
}

export default function ({ data, setTriggerValue }) {
  const { slug, ask, epoch, clear, writes } = data;
  const kept = storage();
  if (!kept) {
    if (ask) setTriggerValue("said", { slug, none: true });
    return;
  }
  const found = ask ? entries(kept, START + slug + "/") : {};
  if (Object.keys(found).length) {
    setTriggerValue("said", { slug, found });
    return;
  }
  // Each message is obeyed once, however often it is drawn.
  if (window.bnsimKept === epoch || !(clear || Object.keys(writes).length)) return;
  window.bnsimKept = epoch;
  if (clear) forget(kept);
  setTriggerValue("said", { slug, done: epoch, full: write(kept, writes) });
}
