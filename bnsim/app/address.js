export default function ({ data }) {
  if (window.bnsimAddress) return;
  window.bnsimAddress = true;
  // Streamlit makes an entry of the browser's history of every change of the address (handlePageInfoChanged).
  // An entry is made here for another page, and for what Python marks as a step that Back should undo.
  const { history, location } = window;
  const push = history.pushState.bind(history);
  history.pushState = (state, title, url) => {
    const to = String(url ?? location.href);
    const step = to.endsWith(data.step);
    const kept = step ? to.slice(0, -data.step.length) : to;
    const stays = new URL(kept, location.href).pathname === location.pathname;
    return (stays && !step ? history.replaceState.bind(history) : push)(state, title, kept);
  };
  // The first address of a visit comes before this code could be there; so it comes with it.
  const { page, query } = data.first;
  if (query && location.pathname.endsWith("/" + page)) history.replaceState(history.state, "", "?" + query);
}
