// Where the page shows another question or its answer, the keyboard goes there: what had the focus is gone.
export default function ({ data: { place } }) {
  const before = window.bnsimPlace;
  window.bnsimPlace = place;
  if (before === undefined || before === place) return;
  const end = performance.now() + 20000;
  const look = () => {
    const found = document.querySelector(`[data-place="${place}"]`);
    if (found) found.focus();
    else if (window.bnsimPlace === place && performance.now() < end) setTimeout(look, 30);
  };
  look();
}
