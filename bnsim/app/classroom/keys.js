// The browser keeps the key of a teacher and the seat of a student: neither stands in an address.
const START = "bnsim.room/";
const DAY = 24 * 3600 * 1000;

function storage() {
  try {
    window.localStorage.getItem(START);
    return window.localStorage;
  } catch {
    return null;
  }
}

function read(kept, key) {
  try {
    return JSON.parse(kept.getItem(key)) ?? {};
  } catch {
    return {};
  }
}

// A room lasts a day: what is older opens nothing any more.
function tidy(kept) {
  const keys = Array.from({ length: kept.length }, (_, at) => kept.key(at)).filter((key) => key.startsWith(START));
  for (const key of keys) if (!(Date.now() - read(kept, key).at < DAY)) kept.removeItem(key);
}

export default function ({ data, setTriggerValue }) {
  const { name, offer, instead, epoch } = data;
  // Each question is answered once, however often it is drawn.
  if (window.bnsimRoomKeys === epoch) return;
  window.bnsimRoomKeys = epoch;
  const kept = storage();
  if (!kept) {
    setTriggerValue("said", { name, epoch, none: true });
    return;
  }
  tidy(kept);
  let { secret = "" } = read(kept, START + name);
  // Another tab may have taken a seat meanwhile: the first one stays.
  if (offer && (!secret || secret === instead)) {
    try {
      kept.setItem(START + name, JSON.stringify({ secret: offer, at: Date.now() }));
      secret = offer;
    } catch {
      setTriggerValue("said", { name, epoch, none: true });
      return;
    }
  }
  setTriggerValue("said", { name, epoch, secret });
}
