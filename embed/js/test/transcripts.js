// Plays the transcripts: files of steps, each with what has to come of it, which every language plays. `embed/transcripts` says how a step
// is written.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const root = new URL("../../../", import.meta.url);

/** The folder of the transcripts. */
export const folder = process.env.CLEARANCE_TRANSCRIPTS
  ? pathToFileURL(`${process.env.CLEARANCE_TRANSCRIPTS}/`)
  : new URL("embed/transcripts/", root);

/** The transcripts of the folder, by name: how many steps each has, and the steps. */
export async function transcripts() {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".jsonl")).sort();
  const read = async (name) => {
    const lines = (await readFile(new URL(name, folder), "utf8")).split("\n").filter(Boolean);
    const [{ file }, ...steps] = lines.map((line) => JSON.parse(line));
    return { name, promised: file.steps, steps };
  };
  return Promise.all(names.map(read));
}

/**
 * Plays steps with an `Authorizer` of the package, and answers how many were played and left out. `stops` says whether it can stop a
 * policy that loops.
 */
export async function play({ name, steps }, Authorizer, { stops = false, options = {} } = {}) {
  const player = new Player(Authorizer, options);
  const counts = { played: 0, leftOut: 0 };
  try {
    for (const [index, step] of steps.entries()) {
      if (step.needs === "deadline" && !stops) {
        counts.leftOut += 1;
        continue;
      }
      await player.step(step).catch((error) => {
        error.message = `${name}, step ${index + 1}: ${JSON.stringify(step).slice(0, 300)}: ${error.message}`;
        throw error;
      });
      counts.played += 1;
    }
  } finally {
    player.close();
  }
  return counts;
}

class Player {
  #Authorizer;
  #options;
  #authorizer;

  constructor(Authorizer, options) {
    this.#Authorizer = Authorizer;
    this.#options = options;
  }

  close() {
    this.#authorizer?.close?.();
  }

  async step(step) {
    let answer;
    try {
      answer = await this.#make(step);
    } catch (error) {
      // What is not an error of the package is a defect of it, or of this player.
      if (error.name !== "ClearanceError") throw error;
      this.#expectError(step, error);
      return this.#failTyped(step);
    }
    assert.ok("answer" in step, `answered with ${JSON.stringify(answer)}`);
    assert.deepEqual(answer ?? {}, step.answer);
    if (step.ask !== undefined) await this.#askTyped(step);
  }

  #expectError({ error: expected, index, field }, error) {
    assert.ok([expected].flat().includes(error.code), `failed with \`${error.code}\`: ${error.message}`);
    if (index !== undefined) assert.equal(error.index, index);
    if (field !== undefined) assert.equal(error.field, field);
  }

  async #make(step) {
    const authorizer = this.#authorizer;
    if (step.load !== undefined) return this.#load(step.load);
    // A string is a request as text to this package, so a request that is a string is written as one.
    if (step.ask !== undefined) return authorizer.ask(typeof step.ask === "string" ? JSON.stringify(step.ask) : step.ask, step.now);
    if (step.askText !== undefined) return authorizer.ask(step.askText, step.now);
    if (step.apply !== undefined) return authorizer.apply(JSON.stringify(step.apply));
    if (step.applyText !== undefined) return authorizer.apply(step.applyText);
    if (step.swap !== undefined) return authorizer.swap(await policy(step.swap));
    if (step.pin !== undefined) return authorizer.pin(step.pin.organization, await policy(step.pin.policy));
    if (step.unpin !== undefined) return authorizer.unpin(step.unpin);
    throw new Error("this step has no verb that this player knows");
  }

  async #load({ policy: name, text }) {
    const options = { ...this.#options, directory: text, allowUnsigned: true };
    if (name !== undefined) options.policy = await policy(name);
    const loaded = await this.#Authorizer.load(options);
    this.close();
    this.#authorizer = loaded;
  }

  /** Asks again by the method of the same name. */
  async #askTyped(step) {
    const typed = this.#typed(step);
    if (typed !== undefined) assert.deepEqual(await typed(), step.answer, "the method of that name");
  }

  /** Asks again by the method of the same name, which fails in the same way. */
  async #failTyped(step) {
    const isRequest = typeof step.ask === "object" && step.ask !== null;
    // A method leaves out fields that it does not know, and knows no list in the place of a principal.
    if (!isRequest || ![step.error].flat().every((code) => code !== "malformed")) return;
    const typed = this.#typed(step);
    if (typed === undefined) return;
    const failed = await Promise.resolve().then(typed).catch((error) => error);
    assert.ok([step.error].flat().includes(failed.code), `the method of that name: ${failed.code ?? JSON.stringify(failed)}`);
  }

  /** The call by the method of the same name, if there is one. */
  #typed({ ask, now }) {
    const [name, question] = Object.entries(ask)[0];
    if (now === undefined || question?.now !== undefined || question?.asker !== undefined) return undefined;
    const { permission, at, user, key, projectKey } = question ?? {};
    const principal = Object.fromEntries(Object.entries({ user, key, projectKey }).filter(([, id]) => id !== undefined));
    return {
      check: () => this.#authorizer.check(principal, permission, at, now),
      effective: () => this.#authorizer.effective(principal, at, now),
      explain: () => this.#authorizer.explain(principal, permission, at, now),
      repair: () => this.#authorizer.repair(principal, permission, at, undefined, now),
      visibleProjects: () => this.#authorizer.visibleProjects(key, now),
      checkMany: async () => ({ answers: await this.#authorizer.checkMany(question.questions, now) }),
      capsule: async () => ({ capsule: await this.#authorizer.capsule(principal, permission, at, now) }),
      describe: () => this.#authorizer.describe(),
      document: () => this.#authorizer.document(),
    }[name];
  }
}

async function policy(name) {
  const own = new URL(`policies/${name}.wasm`, folder);
  return { component: await readFile(existsSync(own) ? own : new URL(`policy/dist/${name}.wasm`, root)) };
}
