// The parts of the page that show answers.

import { lower } from "./directory.js";
import { element } from "./element.js";
import { faultOf, makerOf, obstacleOf, readingOf, reasonOf, verdictOf } from "./words.js";

/** The decision, in words. */
export function answerView(question, decision, { since, until }, directory) {
  const { allow, reason, binding } = decision;
  const who = directory.title(question.principal);
  const where = lower(directory.title(question.place));
  const held = [since && `from ${time(since)}`, until && `until ${time(until)}`].filter(Boolean).join(" ");
  return [
    element("p", { class: allow ? "verdict allowed" : "verdict denied" }, allow ? "✓ Allowed" : "✗ Denied"),
    element(
      "p",
      {},
      `${who} ${allow ? "may" : "may not"} do `,
      element("code", {}, question.permission),
      ` at ${where}: ${reasonOf(reason)}.`,
    ),
    element(
      "p",
      { class: "quiet" },
      "Reason ",
      element("code", {}, reason),
      binding !== undefined && [", binding ", element("code", {}, binding)],
      held === "" ? ". This holds at any time, while the data stays as it is." : `. This holds ${held}, while the data stays as it is.`,
    ),
  ];
}

/** Every source that the policy looked at, for the one who asks and for the owner of a key. */
export function walkView({ principal, owner }, question, directory) {
  const key = directory.document.keys?.find(({ id }) => id === question.principal.key);
  const isServiceKey = key !== undefined && key.owner === undefined;
  return [
    sideView(directory.title(question.principal), principal, directory),
    owner !== undefined && sideView(`Its owner, ${lower(directory.title({ user: key?.owner ?? "" }))}`, owner, directory),
    isServiceKey && element("p", { class: "quiet" }, "This is a service key: it has no owner whose permissions limit it."),
  ];
}

function sideView(title, { allow, reason, steps }, directory) {
  const count = steps.length === 0 && element("p", { class: "quiet" }, "Nothing is stored that could grant it.");
  return element(
    "section",
    { class: "side" },
    element("h3", {}, title),
    element("p", { class: "quiet" }, `Taken alone: ${allow ? "allowed" : "denied"}, ${reasonOf(reason)}.`),
    count,
    steps.length > 0 && element("ul", { class: "steps" }, steps.map((step) => stepView(step, directory))),
  );
}

function stepView({ source, reading, fault, verdict }, directory) {
  const grants = verdict === "grants";
  const notes = [fault && faultOf(fault), readingOf(reading), verdictOf(verdict)].filter(Boolean).join("; ");
  return element(
    "li",
    { class: grants ? "step allowed" : "step denied" },
    element("span", { class: "mark", "aria-hidden": "true" }, grants ? "✓" : "✗"),
    element("span", {}, element("strong", {}, sourceTitle(source, directory)), element("br"), element("span", { class: "quiet" }, notes)),
  );
}

function sourceTitle(source, directory) {
  if (source === "floor") return "What every member has at the organization";
  if (source === "project-key") return "The project key";
  const { binding, "team-membership": membership } = source;
  if (membership !== undefined) {
    return `Team membership: ${membership.customRole ?? membership.role} of ${lower(directory.title({ team: membership.team }))}`;
  }
  const through = binding.group === undefined ? "" : `, through group ${binding.group}`;
  const role = binding.customRole === undefined ? binding.role : `custom role ${binding.customRole}`;
  return `Binding ${binding.id}: ${role} at ${lower(directory.title(binding.scope))}${through}`;
}

/** The sets of changes that would grant it, each with a button that makes it. */
export function repairView(repair, directory, apply) {
  if (repair.outcome === "allowed") return [element("p", { class: "quiet" }, "It is allowed already: nothing has to be changed.")];
  if (repair.outcome === "nothing") return [element("p", {}, `Nothing would. ${obstacleOf(repair.obstacle)}`)];
  const sets = repair.sets.map((set, index) =>
    element(
      "li",
      { class: "set" },
      element(
        "div",
        {},
        element("ul", {}, set.map((action) => element("li", {}, directory.sentenceOf(action), element("br"), quiet(makerOf(action.by))))),
        element("button", { type: "button", "aria-label": `Apply set ${index + 1} here`, onclick: () => apply(set) }, "Apply this here"),
      ),
    ),
  );
  const any = repair.sets.length === 1 ? "This would grant it" : "Any one of these would grant it";
  return [element("p", {}, `${any}${repair.more ? ", and there are others" : ""}:`), element("ol", { class: "sets" }, sets)];
}

/** Every permission of the policy, of which those that are held stand out. A click asks about it. */
export function effectiveView({ permissions, reason }, catalog, selected, choose) {
  const held = new Set(permissions);
  const resources = groupBy(catalog.permissions, resourceOf);
  const row = ([resource, entries]) => [
    element("dt", {}, resource),
    element("dd", {}, entries.map(({ name }) => chip(name, held.has(name), name === selected, choose))),
  ];
  return [
    element(
      "p",
      {},
      `${permissions.length} of ${catalog.permissions.length} permissions.`,
      reason === undefined ? "" : ` Everything is denied: ${reasonOf(reason)}.`,
    ),
    element("dl", { class: "permissions" }, [...resources].flatMap(row)),
  ];
}

function chip(name, isHeld, isSelected, choose) {
  const action = name.slice(resourceOf({ name }).length + 1);
  return element(
    "button",
    {
      type: "button",
      class: isHeld ? "chip allowed" : "chip",
      "aria-label": `${name}: ${isHeld ? "allowed" : "not allowed"}`,
      "aria-current": isSelected && "true",
      onclick: () => choose(name),
    },
    `${isHeld ? "✓ " : ""}${action}`,
  );
}

export function resourceOf({ name }) {
  return name.split(":")[0];
}

export function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}

/** The changes that were made in this page since the data was loaded. */
export function changesView(changes, undo) {
  if (changes.length === 0) return [];
  return [
    element("h3", {}, "Changed here"),
    element(
      "ul",
      { class: "changes" },
      changes.map(({ sentences, change }) =>
        element("li", {}, sentences.map((sentence) => element("p", {}, sentence)), element("pre", {}, JSON.stringify(change, null, 2))),
      ),
    ),
    element("button", { type: "button", class: "secondary", onclick: undo }, "Undo all changes"),
  ];
}

function quiet(text) {
  return element("span", { class: "quiet" }, text);
}

function time(text) {
  return text.replace("T", " ").replace(/(\.000)?Z$/, " UTC");
}
