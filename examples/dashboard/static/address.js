// What is shown is what the address says, so that the browser's history, a
// bookmark and a link all lead to the same page.

const NAMES = ["root", "since", "until", "tz", "bucket", "way"];

/** The question in the address; a name that is missing leaves it to the server. */
export function readAddress() {
  const parameters = new URLSearchParams(location.search);
  return Object.fromEntries(NAMES.map((name) => [name, parameters.get(name) || null]));
}

/** The address of a question. */
export function addressOf(question) {
  const parameters = parametersOf(question);
  return String(parameters) ? `?${parameters}` : location.pathname;
}

/** The query parameters of a question. */
export function parametersOf(question) {
  return new URLSearchParams(NAMES.filter((name) => question[name]).map((name) => [name, question[name]]));
}

/** A link that changes the question without loading the page again, unless the visitor wants a new tab. */
export function followLink(event, go) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button > 0) return;
  event.preventDefault();
  go();
}
