// The authorizer in a Worker, where a call that takes too long can be stopped. See README.md.

import { ClearanceError } from "./failure.js";
import { Port } from "./worker-port.js";

export { ClearanceError };

/** How long one call may take, in milliseconds. The time of a busy machine counts too, so this is far more than a call needs. */
const DEADLINE = 2_000;
/** How long it may take to load data or a policy, in milliseconds. */
const LOAD_DEADLINE = 60_000;
/** The longest time that the timers of every runtime can wait for, in milliseconds. */
const MAX_DEADLINE = 2 ** 31 - 1;
/** How many calls may wait. */
const MAX_WAITING = 1_000;
/** How many characters of changes are kept, before the data as a whole is kept in their place. */
const MAX_KEPT_CHARACTERS = 4_000_000;

/** What goes by a number of a version or of facts. A number means nothing to the next Worker, or something else. */
const BY_NUMBER = new Set(["swap", "pin", "unpin", "removeVersion", "readFacts", "decide", "dropFacts"]);

/** Permission checks in a Worker: what `Authorizer` of `clearance-embed` does, as promises. */
export class Authorizer {
  #limits;
  /** What a new Worker loads: the options, of which `policy` is the live version, and then what was changed and pinned since. */
  #options;
  #changes = [];
  #keptCharacters = 0;
  #pins = new Map();

  /** @type {Port} */
  #port;
  #isIdle = false;
  /** The calls that wait, oldest first. */
  #waiting = [];
  /** Why nothing can be asked any more. */
  #over;

  /** @private */
  constructor(key, limits, options) {
    if (key !== PRIVATE) throw new TypeError("use `await Authorizer.load(…)`");
    this.#limits = limits;
    this.#options = options;
  }

  /** Starts a Worker, and loads data and a policy there. The parameters are those of the other `Authorizer`, and three limits. */
  static async load(options = {}) {
    const { directory, policy, trustedKeys, allowUnsigned } = options;
    const limits = {
      deadline: limit(options, "deadline", DEADLINE, MAX_DEADLINE),
      loadDeadline: limit(options, "loadDeadline", LOAD_DEADLINE, MAX_DEADLINE),
      maxWaiting: limit(options, "maxWaiting", MAX_WAITING, Number.MAX_SAFE_INTEGER),
    };
    // All of it is copied: a Worker that is started later loads the same.
    const loaded = { directory: text(directory, "directory"), ...cloned({ trustedKeys, allowUnsigned }) };
    if (policy !== undefined) loaded.policy = copied(policy);
    const authorizer = new Authorizer(PRIVATE, limits, loaded);
    try {
      await authorizer.#start();
    } catch (error) {
      authorizer.#end(error);
      throw error;
    }
    authorizer.#goOn();
    return authorizer;
  }

  check(...parameters) {
    return this.#call("check", parameters);
  }

  checkMany(...parameters) {
    return this.#call("checkMany", parameters);
  }

  effective(...parameters) {
    return this.#call("effective", parameters);
  }

  explain(...parameters) {
    return this.#call("explain", parameters);
  }

  repair(...parameters) {
    return this.#call("repair", parameters);
  }

  visibleProjects(...parameters) {
    return this.#call("visibleProjects", parameters);
  }

  capsule(...parameters) {
    return this.#call("capsule", parameters);
  }

  describe() {
    return this.#call("describe", []);
  }

  document() {
    return this.#call("document", []);
  }

  async ask(request, ...now) {
    const name = requestNames(request).find((name) => BY_NUMBER.has(name));
    if (name !== undefined) {
      const instead = "use the methods `swap`, `pin` and `unpin` for versions, and an authorizer of this thread for facts of your own";
      throw new ClearanceError("malformed", `\`${name}\` goes by a number, which means nothing to the next Worker: ${instead}`, { field: name });
    }
    return this.#call("ask", [request, ...now]);
  }

  async apply(changes) {
    const batch = text(changes, "changes");
    await this.#call("apply", [batch], { done: () => this.#keep(batch) });
  }

  async swap(policy) {
    const kept = copied(policy);
    const done = () => (this.#options = { ...this.#options, policy: kept });
    await this.#call("swap", [kept], { done, deadline: this.#limits.loadDeadline });
  }

  async pin(organization, policy) {
    const kept = copied(policy);
    const done = () => this.#pins.set(organization, kept);
    await this.#call("pin", [organization, kept], { done, deadline: this.#limits.loadDeadline });
  }

  async unpin(organization) {
    await this.#call("unpin", [organization], { done: () => this.#pins.delete(organization) });
  }

  /** Ends the Worker. Calls that wait, and every later one, fail with the code `closed`. */
  close() {
    this.#end(new ClearanceError("closed", "the authorizer was closed"));
  }

  /** Puts a call at the end of the queue. `done` is called when the Worker has done it, and before it is asked anything else. */
  async #call(name, parameters, { done, deadline = this.#limits.deadline } = {}) {
    const { maxWaiting } = this.#limits;
    if (this.#over !== undefined) throw this.#over;
    if (this.#waiting.length >= maxWaiting) {
      throw new ClearanceError("busy", `${maxWaiting} calls wait already: ask again later, or spread them over more Workers`);
    }
    const call = { name, parameters: cloned(parameters), done, deadline };
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...call, resolve, reject });
      this.#next();
    });
  }

  /** Sends the call that has waited longest. The Worker has one at a time, so that a deadline is about one. */
  #next() {
    if (!this.#isIdle || this.#over !== undefined) return;
    const call = this.#waiting.shift();
    this.#port.keepsProcess(call !== undefined);
    if (call !== undefined) this.#run(call);
  }

  async #run({ name, parameters, done, deadline, resolve, reject }) {
    this.#isIdle = false;
    const port = this.#port;
    try {
      const answer = await port.ask(name, parameters, deadline);
      done?.(answer);
      resolve(answer);
    } catch (error) {
      reject(this.#over ?? error);
    }
    if (port.isEnded && this.#over === undefined) await this.#startAgain();
    this.#goOn();
  }

  #goOn() {
    this.#isIdle = true;
    this.#next();
  }

  /** Starts a Worker that knows all that the last one knew. */
  async #start() {
    const port = await Port.start();
    if (this.#over !== undefined) return port.end(this.#over);
    this.#port = port;
    const { loadDeadline } = this.#limits;
    await port.ask("load", [this.#options], loadDeadline);
    for (const batch of this.#changes) await port.ask("apply", [batch], loadDeadline);
    for (const pin of this.#pins) await port.ask("pin", pin, loadDeadline);
  }

  async #startAgain() {
    try {
      await this.#start();
    } catch (cause) {
      const message = `the Worker was ended, and another one could not load the data again: ${cause.message}`;
      this.#end(new ClearanceError("lost", message, { cause }));
    }
  }

  #end(error) {
    this.#over ??= error;
    this.#port?.end(this.#over);
    for (const { reject } of this.#waiting.splice(0)) reject(this.#over);
  }

  /** Keeps a batch of changes for the next Worker. */
  #keep(batch) {
    this.#changes.push(batch);
    this.#keptCharacters += batch.length;
    if (this.#keptCharacters <= MAX_KEPT_CHARACTERS) return;
    // Before anything else is changed, the data as it is now takes the place of what it came from.
    const done = (directory) => {
      this.#options = { ...this.#options, directory };
      this.#changes = [];
      this.#keptCharacters = 0;
    };
    // If it fails, the next change tries again.
    const [resolve, reject] = [() => {}, () => {}];
    this.#waiting.unshift({ name: "documentText", parameters: [], done, deadline: this.#limits.loadDeadline, resolve, reject });
  }
}

const PRIVATE = Symbol("private");

/** A limit of the options: a whole number from 1 on. */
function limit(options, field, usual, most) {
  const { [field]: value = usual } = options;
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new ClearanceError("malformed", `\`${field}\` must be a whole number from 1 to ${most}`, { field });
}

/** A text, or a value as JSON. */
function text(value, field) {
  if (typeof value === "string") return value;
  try {
    const written = JSON.stringify(value);
    if (written !== undefined) return written;
  } catch (cause) {
    throw new ClearanceError("malformed", `\`${field}\` cannot be written as JSON: ${cause.message}`, { cause, field });
  }
  throw new ClearanceError("malformed", `\`${field}\` must be a value of JSON`, { field });
}

function cloned(value) {
  try {
    return structuredClone(value);
  } catch (cause) {
    throw new ClearanceError("malformed", `a parameter cannot be sent to a Worker: ${cause.message}`, { cause });
  }
}

/** A policy of our own, which nobody else writes to. */
function copied(policy) {
  const field = "policy.component";
  if (!(policy?.component instanceof Uint8Array)) {
    throw new ClearanceError("malformed", `\`${field}\` must be a Uint8Array`, { field });
  }
  return { component: new Uint8Array(policy.component), signature: policy.signature };
}

/** The fields of a request: the module refuses one that has not exactly one, and what is not JSON. */
function requestNames(request) {
  try {
    return Object.keys(typeof request === "string" ? JSON.parse(request) : request);
  } catch {
    return [];
  }
}
