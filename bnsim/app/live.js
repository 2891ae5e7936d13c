// Few digits, as bnsim/text/short.py writes them.
function short(v, most) {
  if (Number.isNaN(v)) return "not known";
  if (!Number.isFinite(v)) return v > 0 ? "infinite" : "minus infinite";
  if (v === 0) return "0";
  const [mantissa, power] = Math.abs(v).toExponential(most - 1).split("e");
  const digits = mantissa.replace(".", "");
  const all = digits.replace(/0+$/, "").length;
  const beside = /^(.{0,4}?)(0{3,}|9{3,})(.*)$/.exec(digits);
  let kept = 4;
  if (beside?.[3]) {
    const rest = Number(beside[3][0] + "." + beside[3].slice(1));
    const distance = beside[2][0] === "9" ? 10 - rest : rest;
    kept = Math.max(4, beside[1].length + beside[2].length + 1 + (distance < 5));
  }
  kept = Math.min(kept, most);
  const strip = all <= kept || kept <= 4;
  if (strip) kept = Math.min(kept, all);
  const size = Math.abs(v);
  const plain = size >= 1e-4 && size < 1e7;
  let text = plain ? v.toFixed(Math.max(0, kept - 1 - Number(power))) : v.toExponential(kept - 1);
  if (strip) text = text.replace(/(\.\d*?)0+(?=e|$)/, "$1").replace(/\.(?=e|$)/, "");
  return text.replace("e+", "e").replaceAll("-", "\u2212");
}

// The parameters of the first picture are Vega expressions, which are JavaScript; they come from our own code only.
function follower({ parameters, numbers }) {
  const lines = parameters.map(([name, expr]) => `const ${name} = ${expr};`);
  const found = Object.entries(numbers).map(([name, expr]) => `${JSON.stringify(name)}: ${expr}`);
  const known = "const {abs, sqrt, min, max, pow, exp, log, floor} = Math; const isObject = (o) => o instanceof Object; " +
    "const isValid = (o) => o != null && o === o; const data = () => [row];";
  const near = !parameters.some(([name]) => name === "thumb") ? "" :
    "const k = rows.control?.findIndex((c, i) => c === thumb && at >= rows.low[i] && at < rows.high[i]);" +
    "const sweep = (column) => rows[column]?.[k] ?? NaN;";
  const code = `${known} ${lines.join(" ")} ${near} return {moved, numbers: {${found.join(", ")}}};`;
  return new Function("row", "rows", "live", code);
}

// What was opened stays open: a release draws the numbers anew.
function keepOpen() {
  const open = (window.bnsimOpen = new Set());
  const own = (el) => el.dataset.card && open.has(location.pathname + el.dataset.card);
  document.addEventListener("toggle", ({ target: el }) => {
    if (el.dataset?.card && el.isConnected) open[el.open ? "add" : "delete"](location.pathname + el.dataset.card);
  }, true);
  new MutationObserver(() => {
    for (const el of document.querySelectorAll("details[data-card]:not([open])")) if (own(el)) el.open = true;
  }).observe(document.body, { childList: true, subtree: true });
}

// Who does not see the answer hears it once it has come to rest: not while a thumb moves or slow work goes on.
function sayAnswer() {
  const status = document.createElement("div");
  status.setAttribute("role", "status");
  status.className = "bn-sr";
  document.body.append(status);
  const answer = () => document.querySelector(".bna")?.textContent ?? "";
  const busy = ".bnsim-dragging, [data-testid=stProgress], [data-test-script-state]:not([data-test-script-state=notRunning])";
  let said = answer(), timer;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (document.querySelector(busy)) wait();
      else if (answer() !== said) status.textContent = said = answer();
    }, 700);
  };
  new MutationObserver(wait).observe(document.body, { childList: true, subtree: true });
}

window.bnsimLive = function ({ data, parentElement, setStateValue }) {
  if (!window.bnsimOpen) {
    keepOpen();
    sayAnswer();
  }
  const box = parentElement.querySelector(".bn-controls");
  const body = document.body;
  const show = (v, step) => {
    const digits = step < 1 ? 2 : 0;
    return Number(v.toFixed(digits)) === v ? v.toFixed(digits) : String(v);
  };
  // The charts are bound to the body's "value" and to this event (bnsim/charts/live.py). Controls may stand in several
  // boxes: what the others hold stays, unless it is of another epoch.
  const push = () => {
    const others = body.value?.epoch === box.epoch ? body.value : {};
    body.value = { ...others, ...box.live, epoch: box.epoch };
    body.dispatchEvent(new Event("bnsim-live"));
    if (!window.bnsimFollow) return;
    const { moved, numbers } = window.bnsimFollow(body.value);
    for (const el of document.querySelectorAll("[data-live]")) {
      const percent = el.dataset.form === "%";
      const written = (v) => short(v * (percent ? 100 : 1), Number(el.dataset.digits)) + (percent ? "\u202f%" : "");
      // Where no thumb has moved, Python's own words stand: it knows how many digits of a number mean anything.
      el.dataset.said ??= el.textContent;
      const found = numbers[el.dataset.live];
      const known = moved && found === found;
      el.style.opacity = moved && !known ? 0.35 : "";
      el.textContent = !known ? el.dataset.said : typeof found === "string" ? found : written(found);
    }
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
      '<label></label><button type="button" class="bn-help"></button><input class="bn-typed" type="text" ' +
      'inputmode="decimal" autocomplete="off"><input type="range"><div class="bn-say" role="alert"></div>';
    const [label, help, typed, range, say] = el.children;
    const row = { el, item, range, typed, say };
    range.id = "bnsim-" + item.name;
    label.htmlFor = range.id;
    label.textContent = item.label + " ";
    const [base, below] = item.symbol.split("_");
    label.append(Object.assign(document.createElement("i"), { textContent: base }));
    if (below) label.lastChild.append(Object.assign(document.createElement("sub"), { textContent: below }));
    help.dataset.tip = item.help;
    help.setAttribute("aria-label", item.help);
    Object.assign(range, { min: item.min, max: item.max, step: item.step, title: item.help });
    typed.setAttribute("aria-label", item.label + ", typed");
    range.disabled = typed.disabled = !!item.locked;
    el.classList.toggle("bn-locked", !!item.locked);
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
  // What is locked or unlocked is built anew.
  const names = data.items.map((item) => item.name + (item.locked ? "!" : "")).join();
  // One box of a page says for all of them how numbers follow; the others say nothing of it.
  const [live] = data.live;
  if (live) {
    // Columns of numbers come as one text each (short_values in bnsim/charts/template.py).
    const read = (column) => column.split?.(" ").map(Number) ?? column;
    const sweep = Object.fromEntries(Object.entries(live.sweep ?? {}).map(([k, column]) => [k, read(column)]));
    box.follow ??= live.numbers && follower(live);
    window.bnsimFollow = box.follow?.bind(null, { ...live.state, epoch: data.epoch }, sweep);
  }
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
};
