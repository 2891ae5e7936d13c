export default function ({ data, parentElement, setStateValue }) {
  const box = parentElement.querySelector(".bn-controls");
  const body = document.body;
  const show = (v, step) => {
    const digits = step < 1 ? 2 : 0;
    return Number(v.toFixed(digits)) === v ? v.toFixed(digits) : String(v);
  };
  // The charts are bound to the body's "value" and to this event (bnsim/charts/live.py).
  const push = () => {
    body.value = { ...box.live, epoch: box.epoch };
    body.dispatchEvent(new Event("bnsim-live"));
  };
  const send = () => {
    body.classList.remove("bnsim-dragging");
    box.send();
  };
  const put = (row, v) => {
    const { item, range, typed } = row;
    box.live[item.name] = v;
    range.value = v;
    typed.value = show(v, item.step);
    range.setAttribute("aria-valuetext", typed.value);
    row.say.textContent = "";
  };
  const build = (item) => {
    const el = document.createElement("div");
    el.className = "bn-row";
    el.innerHTML =
      '<label></label><button type="button" class="bn-help">?</button><input class="bn-typed" type="text" ' +
      'inputmode="decimal" autocomplete="off"><input type="range"><div class="bn-say" role="alert"></div>';
    const [label, help, typed, range, say] = el.children;
    const row = { el, item, range, typed, say };
    range.id = "bnsim-" + item.name;
    label.htmlFor = range.id;
    label.textContent = item.label + " ";
    label.append(Object.assign(document.createElement("i"), { textContent: item.symbol }));
    help.dataset.tip = item.help;
    help.setAttribute("aria-label", item.help);
    Object.assign(range, { min: item.min, max: item.max, step: item.step, title: item.help });
    typed.setAttribute("aria-label", item.label + ", typed");
    range.oninput = () => {
      put(row, Number(range.value));
      body.classList.add("bnsim-dragging");
      push();
    };
    range.onchange = send;
    range.onpointerup = () => body.classList.remove("bnsim-dragging");
    typed.onchange = () => {
      // A decimal comma is understood, but 1,000 could be either: it is refused, as is what is no decimal number (0x10).
      const plain = typed.value.trim().replace(/\u2212/g, "-");
      const text = /^[-+]?[1-9]\d{0,2},\d{3}$/.test(plain) ? "" : plain.replace(/^([-+]?\d*),(\d+)/, "$1.$2");
      const v = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : NaN;
      if (v >= item.low && v <= item.high && (!item.whole || Number.isInteger(v))) {
        put(row, v);
        push();
        send();
      } else {
        say.textContent = `${item.name} must ${item.rule}; got '${typed.value.slice(0, 40)}'. Kept ${show(box.live[item.name], item.step)}.`;
        typed.value = show(box.live[item.name], item.step);
      }
    };
    put(row, item.value);
    box.append(el);
    return row;
  };
  const names = data.items.map((item) => item.name).join();
  box.send = () => setStateValue("values", { ...box.live, epoch: box.epoch });
  if (box.names !== names) {
    box.replaceChildren();
    Object.assign(box, { names, live: {}, epoch: data.epoch });
    box.rows = data.items.map(build);
    push();
  } else if (box.epoch !== data.epoch) {
    // Python changed the values (preset, link, return); within an epoch the thumb is right and a late rerun is not.
    box.epoch = data.epoch;
    box.rows.forEach((row, k) => put(row, data.items[k].value));
    push();
  }
}
