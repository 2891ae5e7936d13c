// The seconds that are left tick in the browser: nothing is asked of the server for them.
const written = (left) => `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;

export default function ({ data, parentElement }) {
  const { remaining, at } = data;
  const place = parentElement.querySelector(".bn-clock");
  // What is drawn once more without having been sent anew goes on where it was.
  if (window.bnsimClock?.at !== at) window.bnsimClock = { at, end: performance.now() + 1000 * (remaining ?? 0) };
  place.hidden = remaining === null;
  const tick = () => {
    const { end } = window.bnsimClock;
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    const said = written(left);
    if (place.lastElementChild.textContent !== said) place.lastElementChild.textContent = said;
    place.classList.toggle("late", left <= 10);
  };
  place.firstElementChild.textContent = data.label;
  tick();
  clearInterval(window.bnsimTicks); // that of what was drawn here before
  window.bnsimTicks = setInterval(tick, 200);
}
