// The way from all tenants down to the one that is shown.

import { addressOf, followLink } from "./address.js";
import { byId, html } from "./elements.js";

export function drawBreadcrumb(top, question, go) {
  const above = [...(top.id === null ? [] : [[null, "All tenants"]]), ...(top.ancestors ?? [])];
  const links = above.map(([id, name]) => {
    const href = addressOf({ ...question, root: id });
    const click = (event) => followLink(event, () => go(id));
    return html("li", {}, html("a", { href, click, title: name }, name));
  });
  const here = html("li", {}, html("h1", { "aria-current": "page", title: top.name }, top.name));
  byId("breadcrumb").replaceChildren(...links, here);
  document.title = top.id === null ? "Tenants" : `${top.name} – Tenants`;
}
