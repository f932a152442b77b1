// The playground in Chromium, served with a strict Content-Security-Policy. Any violation of it, and any error in the console, is a failure.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

import { Authorizer } from "../index.js";
import { AT, hostile } from "../test/hostile.js";
import { serve } from "./serve.js";
import { SENTENCES } from "./words.js";

const root = new URL("../../../", import.meta.url);
const path = (name) => fileURLToPath(new URL(name, root));
/** Where `CLEARANCE_SCREENSHOT` says, pictures of the page are written. */
const pictures = process.env.CLEARANCE_SCREENSHOTS;

// Without these, Chromium asks for updates and extensions, which are about nothing here.
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** How long something on the page is waited for, in milliseconds. The machine may be busy. */
const PATIENCE = 60_000;

let [browser, folder, site] = [];

before(async () => {
  site = await serve();
  folder = await mkdtemp(join(tmpdir(), "clearance-playground-"));
  browser = await chromium.launchPersistentContext(join(folder, "profile"), {
    executablePath: "/usr/bin/chromium",
    headless: true,
    args: FLAGS,
    timeout: PATIENCE,
    viewport: { width: 1280, height: 900 },
  });
  browser.setDefaultTimeout(PATIENCE);
});

after(async () => {
  await browser?.close();
  site?.server.closeAllConnections();
  site?.server.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

/** Opens the page, and afterwards looks whether anything went wrong on it. */
async function onPage(run, { path = "" } = {}) {
  const page = await browser.newPage();
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(`error: ${error.message}`));
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && wrong.push(`console: ${message.text()}`));
  page.on("requestfailed", (request) => wrong.push(`failed: ${request.url()}`));
  page.on("request", (request) => new URL(request.url()).origin !== new URL(site.address).origin && wrong.push(`asked: ${request.url()}`));
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => console.error(`violated: ${event.violatedDirective} ${event.blockedURI}`));
  });
  try {
    await page.goto(`${site.address}${path}`);
    await page.locator("html[data-ready=true]").waitFor();
    await run(page);
    assert.deepEqual(wrong, []);
  } finally {
    await page.close();
  }
}

/** What the strict policy takes away in the example company, counted without the page. */
async function differences() {
  const text = await readFile(new URL("examples/company/directory.json", root), "utf8");
  const { users, keys, projects, organizations, teams } = JSON.parse(text);
  const strict = { component: await readFile(new URL("policy/dist/strict.wasm", root)) };
  const [before, after] = [await Authorizer.load({ directory: text }), await Authorizer.load({ directory: text, policy: strict, allowUnsigned: true })];
  const hasKey = projects.filter(({ projectKey }) => projectKey !== undefined);
  const named = (rows, name) => rows.map(({ id }) => ({ [name]: id }));
  const principals = [...named(users, "user"), ...named(keys, "key"), ...named(hasKey, "projectKey")];
  const places = [...named(organizations, "organization"), ...named(teams, "team"), ...named(projects, "project")];
  const [counts, holders] = [{ gained: 0, lost: 0 }, { gained: new Set(), lost: new Set() }];
  for (const { name } of before.describe().permissions) {
    for (const principal of principals) {
      for (const place of places) {
        const [was, is] = [before, after].map((authorizer) => authorizer.check(principal, name, place).allow);
        if (was === is) continue;
        counts[is ? "gained" : "lost"] += 1;
        holders[is ? "gained" : "lost"].add(principal);
      }
    }
  }
  const pairs = principals.length * places.length;
  return (
    `${counts.gained} permissions gained by ${holders.gained.size}, and ${counts.lost} lost by ${holders.lost.size}: ` +
    `${pairs} of ${pairs} pairs of a principal and a place were compared.`
  );
}

const verdict = (page) => page.locator("#answer-body .verdict");

test("the page answers, says why, and makes what would grant it", async () => {
  await onPage(async (page) => {
    await verdict(page).filter({ hasText: "Denied" }).waitFor();
    const answer = await page.locator("#answer-body").innerText();
    assert.match(answer, /Key CI \(ci\) may not do project:delete at project Shop \(shop\)/);
    assert.match(answer, /a key never has more than its owner/);
    assert.equal(await page.locator("#walk .side").count(), 2);
    assert.match(await page.locator("#walk").innerText(), /Its owner, user Ben \(ben\)/);
    const sets = page.locator("#repair .set");
    assert.ok((await sets.count()) > 0);
    const promised = await sets.first().locator("li").first().innerText();
    await sets.first().getByRole("button").click();
    await verdict(page).filter({ hasText: "Allowed" }).waitFor();
    assert.match(await page.locator("#changes").innerText(), /playground-1/);
    assert.ok((await page.locator("#changes").innerText()).includes(promised.split("\n")[0]));
    await page.getByRole("button", { name: "Undo all changes" }).click();
    await verdict(page).filter({ hasText: "Denied" }).waitFor();
    assert.equal(await page.locator("#changes").innerText(), "");
  });
});

test("every control works from the keyboard and has a label", async () => {
  await onPage(async (page) => {
    const nameless = await page.locator("select, input, textarea, button").evaluateAll((controls) =>
      controls
        .filter((control) => control.labels?.length !== 1 && !control.getAttribute("aria-label") && control.textContent.trim() === "")
        .map((control) => control.outerHTML),
    );
    assert.deepEqual(nameless, []);
    await page.locator("#who").focus();
    await page.keyboard.press("Tab");
    await page.keyboard.type("prompts:view");
    await verdict(page).filter({ hasText: "Allowed" }).waitFor();
    const chip = page.getByRole("button", { name: "project:delete: not allowed" });
    await chip.focus();
    await page.keyboard.press("Enter");
    await verdict(page).filter({ hasText: "Denied" }).waitFor();
    await page.waitForFunction(() => document.activeElement.getAttribute("aria-label") === "project:delete: not allowed");
    assert.equal(await page.locator("#what").inputValue(), "project:delete");
  });
});

test("the page asks about the moment that is chosen", async () => {
  await onPage(async (page) => {
    await page.locator("#who").selectOption('{"key":"trial"}');
    await page.locator("#what").selectOption("prompts:view");
    await page.locator("#answer-body").filter({ hasText: "the key has expired" }).waitFor();
    await page.locator("#when").fill("2026-03-31T12:00");
    await page.locator("#when").dispatchEvent("change");
    await verdict(page).filter({ hasText: "Allowed" }).waitFor();
    assert.match(await page.locator("#answer-body").innerText(), /until 2026-04-01 00:00:00 UTC/);
  });
});

test("another directory can be opened or pasted, and a mistake in it is named", async () => {
  await onPage(async (page) => {
    const file = join(folder, "small.json");
    const text = '{"organizations": [{"id": "solo"}], "users": [{"id": "<b>zoe</b>"}]}';
    await writeFile(file, text);
    await page.locator("#data-file").setInputFiles(file);
    await page.locator("#data-summary").filter({ hasText: "1 organization, 0 teams" }).waitFor();
    await page.locator("#answer-body").filter({ hasText: "not a member of the organization" }).waitFor();
    // Names are text, whatever they hold.
    assert.match(await page.locator("#answer-body").innerText(), /User <b>zoe<\/b> may not/);
    await page.locator("summary").click();
    await page.locator("#data-text").fill('{"teams": [{"id": "t", "organization": "nowhere"}]}');
    await page.getByRole("button", { name: "Load this text" }).click();
    await page.locator("#data-error").filter({ hasText: "directory: " }).waitFor();
    assert.match(await page.locator("#data-error").innerText(), /teams\[0\].organization/);
    await page.locator("#data-text").fill("{}");
    await page.getByRole("button", { name: "Load this text" }).click();
    await page.locator("#answer-body").filter({ hasText: "There is nobody" }).waitFor();
    await page.getByRole("button", { name: "Back to the example company" }).click();
    await page.locator("#data-summary").filter({ hasText: "3 teams" }).waitFor();
  });
});

test("another policy is compared, and can answer", async () => {
  await onPage(async (page) => {
    await page.locator("#compare-file").setInputFiles(path("policy/dist/langwatch.wasm"));
    await page.locator("#compare").filter({ hasText: "Nobody gains or loses anything" }).waitFor();
    await page.locator("#compare-file").setInputFiles(path("policy/dist/strict.wasm"));
    await page.locator("#compare table").waitFor();
    const summary = await page.locator("#compare .summary").innerText();
    assert.equal(summary, await differences());
    assert.match(await page.locator("#compare table").innerText(), /User Ben \(ben\)/);
    // What is shown is never about other data than the page has.
    await page.locator("#repair button").first().click();
    await page.getByRole("button", { name: "Compare again" }).click();
    await page.locator("#compare table").waitFor();
    const before = await page.locator("#policy").innerText();
    await page.getByRole("button", { name: "Let this policy answer here" }).click();
    await page.waitForFunction((before) => document.getElementById("policy").innerText !== before, before);
    assert.match(await page.locator("#policy").innerText(), /strict/);
  });
});

test("a policy that loops is stopped, and one that is not a policy is refused", async () => {
  await onPage(async (page) => {
    const looping = join(folder, "looping.wasm");
    // It loops at a question about everything that somebody may do, and not before.
    await writeFile(looping, hostile(await readFile(path("policy/dist/langwatch.wasm")), { at: { ...AT, loop: Date.parse("2027-01-01T00:00:00Z") } }));
    await page.locator("#when").fill("2027-01-01T00:00");
    await page.locator("#when").dispatchEvent("change");
    await page.locator("#compare-file").setInputFiles(looping);
    await page.locator("#compare-error").filter({ hasText: "timeout: " }).waitFor();
    const other = join(folder, "other.wasm");
    await writeFile(other, "not a policy");
    await page.locator("#compare-file").setInputFiles(other);
    await page.locator("#compare-error").filter({ hasText: "not-a-component: " }).waitFor();
    assert.match(await verdict(page).innerText(), /Denied/);
  });
});

test("the package answers in the page as everywhere, and another instance after a failure", async () => {
  const company = await readFile(new URL("embed/transcripts/company.jsonl", root), "utf8");
  const steps = company.split("\n").filter(Boolean).slice(1).map((line) => JSON.parse(line));
  const policy = [...hostile(await readFile(path("policy/dist/langwatch.wasm")))];
  await onPage(async (page) => {
    const answers = await page.evaluate(async (steps) => {
      const { Authorizer } = await import("/index.js");
      let authorizer;
      const answer = async ({ load, ask, askText, now }) => {
        try {
          if (load === undefined) return { answer: authorizer.ask(ask ?? askText, now) };
          authorizer = await Authorizer.load({ directory: load.text, allowUnsigned: true });
          return { answer: {} };
        } catch (error) {
          return { error: error.code };
        }
      };
      const answers = [];
      for (const step of steps) answers.push(await answer(step));
      return answers;
    }, steps);
    const wanted = steps.map(({ answer, error }) => (error === undefined ? { answer } : { error }));
    assert.ok(wanted.length > 100 && steps.every(({ load, ask, askText }) => load ?? ask ?? askText));
    assert.deepEqual(answers, wanted);
    const failures = await page.evaluate(
      async ({ policy, at }) => {
        const { Authorizer } = await import("/index.js");
        const directory = await (await fetch("/playground/company.json")).text();
        const authorizer = await Authorizer.load({ directory, policy: { component: new Uint8Array(policy) }, allowUnsigned: true });
        const ask = (now) => authorizer.explain({ key: "ci" }, "prompts:view", { project: "shop" }, now).reason;
        const failed = (now) => {
          try {
            return ask(now);
          } catch (error) {
            return error.code;
          }
        };
        return ["trap", "stack", "memory", "nonsense", "outside"].map((misdeed) => [failed(at[misdeed]), ask(at.trap - 1)]);
      },
      { policy, at: AT },
    );
    assert.deepEqual(failures, ["trap", "stack", "trap", "wrong-answer", "trap"].map((code) => [code, "binding"]));
  });
});

test("the page fits a narrow screen, in light and in dark", async () => {
  await onPage(async (page) => {
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      for (const width of [1280, 360]) {
        await page.setViewportSize({ width, height: 900 });
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.equal(overflow, 0, `${width} pixels`);
        const options = { path: join(pictures ?? folder, `${colorScheme}-${width}.png`), fullPage: true };
        await page.screenshot(options);
        if (width === 1280) await page.screenshot({ path: join(pictures ?? folder, `${colorScheme}-top.png`) });
      }
    }
  });
});

test("every word of a policy has a sentence", async () => {
  const rust = await readFile(new URL("policy/src/word.rs", root), "utf8");
  for (const [name, sentences] of Object.entries(SENTENCES)) {
    const [, body] = rust.match(new RegExp(`\\n    ${name} \\{(.*?)\\n    \\}`, "s"));
    const words = [...body.matchAll(/= "([^"]+)"/g)].map(([, word]) => word);
    assert.ok(words.length > 2);
    assert.deepEqual(Object.keys(sentences), words, name);
  }
});
