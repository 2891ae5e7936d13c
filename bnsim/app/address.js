function keep(step) {
  // Streamlit makes an entry of the browser's history of every change of the address (handlePageInfoChanged).
  // An entry is made here for another page, and for what Python marks as a step that Back should undo.
  const { history, location } = window;
  const push = history.pushState.bind(history);
  history.pushState = (state, title, url) => {
    const to = String(url ?? location.href);
    // The mark stands last: behind "&", or behind "?" where the address holds nothing else.
    const isStep = to.endsWith("&" + step) || to.endsWith("?" + step);
    const kept = isStep ? to.slice(0, -step.length - 1) : to;
    const stays = new URL(kept, location.href).pathname === location.pathname;
    // A link in a text (living.js): Streamlit writes its query to the page that is left, before it shows the other.
    const followed = window.bnsimFollowed;
    if (stays && followed === "away") return;
    window.bnsimFollowed = undefined;
    return (stays && followed !== "here" && !isStep ? history.replaceState.bind(history) : push)(state, title, kept);
  };
}

export default function ({ data }) {
  if (!window.bnsimAddress) keep(data.step);
  window.bnsimAddress = true;
  // The first address of a visit comes before this code could be there, so it comes with it: perhaps not with the
  // first page, which may have nothing to keep, but with a later one.
  const { page, query } = data.first;
  if (!query || window.bnsimFirst || !location.pathname.endsWith("/" + page)) return;
  window.bnsimFirst = true;
  window.history.replaceState(window.history.state, "", "?" + query);
}
