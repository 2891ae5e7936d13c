// Fields in a text are other handles of the page's sliders: they move them, and their code does all the rest (live.js).
const FIELD = ".bn-read .bn-set";
const slider = (field) => document.getElementById("bnsim-" + field.dataset.set);
const typed = (field) => slider(field)?.closest(".bn-row").querySelector(".bn-typed");
const fields = () => document.querySelectorAll(FIELD);

function mirror(except) {
  for (const field of fields()) {
    const box = typed(field);
    if (!box || field === except) continue;
    field.value = String(Number(box.value)).replace("-", "\u2212");
    field.setAttribute("aria-valuenow", box.value);
  }
}

function move(field, steps) {
  const range = slider(field);
  if (!range) return;
  steps > 0 ? range.stepUp(steps) : range.stepDown(-steps);
  range.dispatchEvent(new Event("input"));
  field.moved = true;
}

function release(field) {
  if (!field.moved) return;
  field.moved = false;
  slider(field)?.dispatchEvent(new Event("change"));
}

function listen() {
  const on = (kind, hear) => document.addEventListener(kind, (event) => {
    const field = event.target.closest?.(FIELD);
    if (field) hear(field, event);
  });
  const STEPS = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 };
  on("keydown", (field, event) => {
    if (event.key === "Enter") field.dispatchEvent(new Event("change", { bubbles: true }));
    if (!(event.key in STEPS)) return;
    event.preventDefault();
    move(field, STEPS[event.key]);
  });
  on("keyup", release);
  on("focusout", release);
  on("change", (field) => {
    const box = typed(field);
    if (!box) return;
    if (Number(field.value.replace("\u2212", "-")) !== Number(box.value)) {
      box.value = field.value;
      box.dispatchEvent(new Event("change"));
    }
    mirror();
  });
  // A step every four pixels; what is less is a click, which sets the caret.
  on("pointerdown", (field, { clientX, pointerId }) => {
    let done = 0;
    const pull = (event) => {
      const steps = Math.trunc((event.clientX - clientX) / 4);
      if (steps === done) return;
      field.setPointerCapture(pointerId);
      event.preventDefault();
      move(field, steps - done);
      done = steps;
    };
    const end = () => {
      field.removeEventListener("pointermove", pull);
      release(field);
    };
    field.addEventListener("pointermove", pull);
    for (const kind of ["pointerup", "pointercancel"]) field.addEventListener(kind, end, { once: true });
  });
  document.body.addEventListener("bnsim-live", () => mirror());
}

export default function ({ data, parentElement, setTriggerValue }) {
  if (!window.bnsimLiving) listen();
  window.bnsimLiving = true;
  const now = document.body.value ?? {};
  const stands = Object.entries(data.values).every(([name, value]) => !(name in now) || now[name] === value);
  for (const place of document.querySelectorAll(".bn-read [data-name]")) {
    const words = data.numbers[place.dataset.name + ":" + (place.dataset.form ?? "")];
    if (words === undefined) continue;
    place.dataset.said = words;
    if (stands && place.textContent !== words) place.textContent = words;
  }
  if (stands) mirror(document.activeElement);
  for (const link of document.querySelectorAll(".bn-read a[data-go]")) {
    link.onclick = (event) => {
      if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      window.bnsimFollowed = link.pathname === location.pathname ? "here" : "away";  // address.js keeps the history by it
      setTriggerValue("go", Number(link.dataset.go));
    };
  }
}
