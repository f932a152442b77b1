// The table of who gains and who loses what.

import { element } from "./element.js";

/** How many rows are shown. */
const MAX_ROWS = 200;

export function comparisonView({ differences, done, total }, directory) {
  const count = (pick) => differences.reduce((sum, difference) => sum + difference[pick].length, 0);
  const holders = (pick) =>
    new Set(differences.filter((difference) => difference[pick].length > 0).map(({ principal }) => JSON.stringify(principal))).size;
  const looked = `${done} of ${total} pairs of a principal and a place were compared`;
  const summary =
    differences.length === 0
      ? `Nobody gains or loses anything: ${looked}.`
      : `${some(count("gained"), "permission")} gained by ${holders("gained")}, and ${count("lost")} lost by ${holders("lost")}: ${looked}.`;
  const parts = [element("p", { class: "summary" }, summary)];
  if (done < total) parts.push(element("p", { class: "error" }, "The rest was not compared, and may differ too."));
  if (differences.length > 0) parts.push(tableOf(differences, directory));
  if (differences.length > MAX_ROWS) parts.push(element("p", { class: "quiet" }, `Only the first ${MAX_ROWS} rows are shown.`));
  return parts;
}

function tableOf(differences, directory) {
  const head = ["Who", "Where", "Gains", "Loses"].map((title) => element("th", { scope: "col" }, title));
  const row = ({ principal, place, gained, lost }) =>
    element(
      "tr",
      {},
      element("th", { scope: "row", "data-title": "Who" }, directory.title(principal)),
      element("td", { "data-title": "Where" }, directory.title(place)),
      element("td", { "data-title": "Gains" }, listOf(gained, "+", "gained")),
      element("td", { "data-title": "Loses" }, listOf(lost, "−", "lost")),
    );
  const table = element(
    "table",
    {},
    element("thead", {}, element("tr", {}, head)),
    element("tbody", {}, differences.slice(0, MAX_ROWS).map(row)),
  );
  return element("div", { class: "table", tabindex: "0", role: "region", "aria-label": "Who gains and loses what" }, table);
}

function listOf(permissions, mark, kind) {
  if (permissions.length === 0) return "–";
  return element("ul", { class: `deltas ${kind}` }, permissions.map((name) => element("li", {}, `${mark} ${name}`)));
}

function some(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
