// The page: what is chosen, what is asked, and what is shown. The authorizer runs in a Worker, so that the page always answers.

import { Authorizer } from "../worker.js";
import { compare } from "./comparison.js";
import { comparisonView } from "./comparison-view.js";
import { Directory } from "./directory.js";
import { byId, element, fill, fillSelect } from "./element.js";
import { answerView, changesView, effectiveView, groupBy, repairView, resourceOf, walkView } from "./views.js";

/** How many entries a group of a list shows. */
const MAX_OPTIONS = 500;
/** The longest data that is shown as text, in characters. */
const MAX_TEXT = 500_000;
/** What is asked first, where the data has it. */
const FIRST = { who: { key: "ci" }, what: "project:delete", where: { project: "shop" } };

const state = {
  /** @type {Authorizer | undefined} */
  authorizer: undefined,
  directory: new Directory({}),
  /** The data as it was loaded, which is what undoing leads back to. */
  loaded: "",
  changes: [],
  catalog: undefined,
  /** The policy that answers. `undefined` stands for the built-in one. */
  policy: undefined,
  /** The policy that was opened to be compared. */
  other: undefined,
  /** Counts the states of data and policy, so that a comparison of an older one is not shown. */
  generation: 0,
};

/** Counts what was asked, so that an older answer never takes the place of a newer one. */
let asked = 0;

/** Runs what a control does, and shows an error where it fails. */
function safely(place, run) {
  return async (...parameters) => {
    fill(byId(place));
    try {
      await run(...parameters);
    } catch (error) {
      fill(byId(place), `${error.code ?? error.name}: ${error.message}`);
    }
  };
}

async function load(text) {
  const authorizer = await Authorizer.load({ directory: text, policy: state.policy, allowUnsigned: true });
  state.authorizer?.close();
  state.authorizer = authorizer;
  state.loaded = text;
  state.changes = [];
  await refresh();
}

/** Reads the data and the policy again, after either has changed. */
async function refresh() {
  const { authorizer } = state;
  state.generation += 1;
  if (state.other !== undefined) {
    const again = element("button", { type: "button", class: "secondary", onclick: compareAgain }, "Compare again");
    fill(byId("compare"), element("p", { class: "quiet" }, "The data or the policy has changed since the comparison."), again);
  }
  const [document, catalog] = await Promise.all([authorizer.document(), authorizer.describe()]);
  state.directory = new Directory(document);
  state.catalog = catalog;
  showChoices();
  const text = JSON.stringify(document, null, 2);
  byId("data-text").value = text.length > MAX_TEXT ? "" : text;
  fill(byId("data-summary"), state.directory.summary());
  fill(byId("changes"), changesView(state.changes, undo));
  const { policy, version, digest } = catalog;
  fill(byId("policy"), `Policy ${policy} ${version}, `, element("code", { title: digest }, digest.slice(0, 19)));
  await ask();
}

function showChoices() {
  const { directory, catalog } = state;
  const option = (object) => ({ value: JSON.stringify(object), text: directory.label(object) });
  const grouped = (objects, titles) =>
    Object.fromEntries(Object.entries(titles).map(([kind, title]) => [title, objects.filter((object) => kind in object).map(option)]));
  const people = { user: "Users", key: "Keys", projectKey: "Project keys" };
  const places = { organization: "Organizations", team: "Teams", project: "Projects" };
  const isFirst = byId("who").options.length === 0;
  fillSelect(byId("who"), grouped(directory.principals(), people), MAX_OPTIONS);
  fillSelect(byId("where"), grouped(directory.places(), places), MAX_OPTIONS);
  const permissions = [...groupBy(catalog.permissions, resourceOf)].map(([resource, entries]) => [
    resource,
    entries.map(({ name }) => ({ value: name, text: name })),
  ]);
  fillSelect(byId("what"), Object.fromEntries(permissions), MAX_OPTIONS);
  if (!isFirst) return;
  choose("who", JSON.stringify(FIRST.who));
  choose("what", FIRST.what);
  choose("where", JSON.stringify(FIRST.where));
}

function choose(id, value) {
  const select = byId(id);
  if ([...select.options].some((option) => option.value === value)) select.value = value;
}

function chosen() {
  const [who, where] = [byId("who").value, byId("where").value];
  if (who === "" || where === "") return undefined;
  const when = byId("when").value;
  return {
    principal: JSON.parse(who),
    permission: byId("what").value,
    place: JSON.parse(where),
    now: when === "" ? Date.now() : Date.parse(`${when}Z`),
  };
}

async function ask() {
  const [number, { authorizer, directory, catalog }] = [++asked, state];
  const question = chosen();
  if (question === undefined) {
    fill(byId("answer-body"), element("p", { class: "quiet" }, "There is nobody, or no place, to ask about: load data that has both."));
    for (const id of ["walk", "repair", "effective"]) fill(byId(id));
    return;
  }
  const { principal, permission, place, now } = question;
  try {
    const [decision, explanation, repair, effective] = await Promise.all([
      authorizer.check(principal, permission, place, now),
      authorizer.explain(principal, permission, place, now),
      authorizer.repair(principal, permission, place, undefined, now),
      authorizer.effective(principal, place, now),
    ]);
    if (number !== asked) return;
    fill(byId("answer-body"), answerView(question, decision, explanation, directory));
    fill(byId("walk"), walkView(explanation, question, directory));
    fill(byId("repair"), repairView(repair, directory, apply));
    fill(byId("effective"), effectiveView(effective, catalog, permission, askAbout));
  } catch (error) {
    if (number !== asked) return;
    // No answer is not a denial, and must not look like one.
    fill(
      byId("answer-body"),
      element("p", { class: "verdict" }, "? No answer"),
      element("p", { class: "error" }, `${error.code ?? error.name}: ${error.message}`),
    );
    for (const id of ["walk", "repair", "effective"]) fill(byId(id));
  }
}

/** Asks about another permission. Who uses the keyboard goes on where they were. */
async function askAbout(permission) {
  choose("what", permission);
  await ask();
  byId("effective").querySelector("[aria-current]")?.focus();
}

const apply = safely("data-error", async (set) => {
  const { directory } = state;
  const change = directory.changesOf(set);
  await state.authorizer.apply(change);
  state.changes.push({ sentences: set.map((action) => directory.sentenceOf(action)), change });
  await refresh();
  byId("answer").focus();
});

const undo = safely("data-error", () => load(state.loaded));

async function example() {
  const response = await fetch(new URL("./company.json", import.meta.url));
  if (!response.ok) throw new Error(`the example company cannot be fetched: ${response.status}`);
  return response.text();
}

const openOther = safely("compare-error", async () => {
  const [file] = byId("compare-file").files;
  if (file === undefined) return;
  state.other = { name: file.name, policy: { component: new Uint8Array(await file.arrayBuffer()) } };
  await compareWithOther();
});

const compareAgain = safely("compare-error", compareWithOther);

/** Loads the policy that was opened, in a Worker of its own, and compares it with the one that answers. */
async function compareWithOther() {
  const { authorizer, directory, other, generation } = state;
  const isOver = () => generation !== state.generation || other !== state.other;
  fill(byId("compare"), element("p", { class: "quiet" }, "Loading the policy…"));
  let loaded;
  try {
    loaded = await Authorizer.load({ directory: JSON.stringify(directory.document), policy: other.policy, allowUnsigned: true });
    const { policy, version } = await loaded.describe();
    let isStopped = false;
    const progress = element("progress", { "aria-label": "How far the comparison is" });
    const stop = element("button", { type: "button", class: "secondary", onclick: () => (isStopped = true) }, "Stop");
    if (isOver()) return;
    fill(byId("compare"), element("p", {}, `Comparing with ${policy} ${version}…`), progress, stop);
    const now = chosen()?.now ?? Date.now();
    const result = await compare(authorizer, loaded, directory, now, (done, total) => {
      [progress.value, progress.max] = [done, total];
      return !isStopped && !isOver();
    });
    if (isOver()) return;
    fill(
      byId("compare"),
      element("h3", {}, `${policy} ${version}, from ${other.name}`),
      comparisonView(result, directory),
      element("button", { type: "button", onclick: makeLive }, "Let this policy answer here"),
    );
  } catch (error) {
    if (isOver()) return;
    state.other = undefined;
    fill(byId("compare"));
    throw error;
  } finally {
    loaded?.close();
  }
}

const makeLive = safely("compare-error", async () => {
  await state.authorizer.swap(state.other.policy);
  state.policy = state.other.policy;
  state.other = undefined;
  await refresh();
  fill(byId("compare"), element("p", {}, "This policy answers now. Load the page again to go back to the built-in one."));
});

function listen() {
  byId("question").addEventListener("submit", (event) => event.preventDefault());
  byId("question").addEventListener("change", ask);
  byId("data-load").addEventListener("click", safely("data-error", () => load(byId("data-text").value)));
  byId("data-reset").addEventListener("click", safely("data-error", async () => load(await example())));
  byId("compare-file").addEventListener("change", openOther);
  const openData = safely("data-error", async () => {
    const [file] = byId("data-file").files;
    if (file !== undefined) await load(await file.text());
  });
  byId("data-file").addEventListener("change", openData);
}

listen();
const start = safely("data-error", async () => load(await example()));
await start();
document.documentElement.dataset.ready = "true";
