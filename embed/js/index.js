// The authorizer: permission checks for API keys, in process. See README.md.

import { bundled } from "./bytes.js";
import { ClearanceError } from "./failure.js";
import { Guest } from "./guest.js";
import { NOTHING, PLACES, PRINCIPALS, isPlain, json, notNamed, question, text, theOnly, time, wrong } from "./question.js";

export { ClearanceError };

// What `check` of the module answers beside the number of the reason.
const FAILED = 1 << 31;
const SPOILT = 1 << 30;
const ALLOWED = 1 << 8;
/** How many bytes the three texts of a check may have together before they go the slower way. */
const ROOM = 1024;

const utf8 = new TextDecoder("utf-8", { fatal: true });

// Each in one piece, so that a bundler finds the files.
const AUTHORIZER = new URL("./authorizer.wasm", import.meta.url);
const LANGWATCH = new URL("./langwatch.wasm", import.meta.url);

/** @type {Promise<WebAssembly.Module> | undefined} */
let compiled;

/** The module of the authorizer, compiled once. */
function authorizerModule() {
  compiled ??= bundled(AUTHORIZER).then((bytes) => WebAssembly.compile(bytes));
  compiled.catch(() => (compiled = undefined));
  return compiled;
}

/** Permission checks over a directory in memory. */
export class Authorizer {
  #trust;
  /** @type {Map<number, {guest: Guest, digest: string}>} */
  #versions = new Map();
  #nextVersion = 1;
  #reasons;

  // The instance of the authorizer's module. `undefined` once it is lost.
  #module;
  #memory;
  #bytes;
  #words;
  #output;
  #check;
  /** Where the texts of a check are written. 0 if it must be asked for again. */
  #room = 0;
  /** What an import threw, to be the cause of the error that becomes of it. */
  #cause;

  /** @private */
  constructor(key, trust) {
    if (key !== PRIVATE) throw new TypeError("use `await Authorizer.load(…)`");
    this.#trust = trust;
  }

  /**
   * Loads data and a policy. Without `policy` it is the default one, which is part of this package.
   */
  static async load({ directory, policy = DEFAULT, trustedKeys = [], allowUnsigned = false } = {}) {
    const authorizer = new Authorizer(PRIVATE, { trustedKeys, allowUnsigned });
    await authorizer.#start();
    await authorizer.#open(policy, (version) => authorizer.#load(version, directory));
    return authorizer;
  }

  async #start() {
    const module = await authorizerModule();
    const imports = {
      decide: (version, at, length, answer) => this.#decided(version, at, length, answer >>> 0),
      call: (version, at, length) => this.#called(version, at, length),
    };
    const { exports } = await WebAssembly.instantiate(module, { policy: imports });
    this.#module = exports;
    this.#memory = exports.memory;
    this.#check = exports.check;
    this.#view();
    this.#output = exports.output() >>> 2;
    this.#reasons = this.#ask({ words: {} }).reasons;
  }

  #view() {
    this.#bytes = new Uint8Array(this.#memory.buffer);
    this.#words = new Uint32Array(this.#memory.buffer);
  }

  #decided(version, at, length, answer) {
    const guest = this.#versions.get(version).guest;
    if (this.#bytes.length === 0) this.#view();
    const question = this.#bytes.subarray(at >>> 0, (at >>> 0) + length);
    const stopped = guest.decide(question, (word) => new DataView(this.#memory.buffer).setBigInt64(answer, word, true));
    if (stopped !== 0) this.#cause = guest.stoppedBy;
    return stopped;
  }

  #called(version, at, length) {
    const guest = this.#versions.get(version).guest;
    if (this.#bytes.length === 0) this.#view();
    const question = this.#bytes.subarray(at >>> 0, (at >>> 0) + length);
    const stopped = guest.call(question, this.#take);
    if (stopped !== 0) this.#cause = guest.stoppedBy;
    return stopped;
  }

  /** Copies an answer of a policy to where the module wants it, unless it is too large. */
  #take = (memory, start, length) => {
    const at = this.#module.answer(length) >>> 0;
    if (at === 0 && length > 0) return false;
    if (this.#bytes.length === 0) this.#view();
    this.#bytes.set(memory.subarray(start, start + length), at);
    return true;
  };

  /** Calls a function of the module with an input, and answers its text. */
  #call(name, input, ...parameters) {
    const exports = this.#module;
    if (exports === undefined) throw lost();
    this.#room = 0;
    this.#cause = undefined;
    let word;
    try {
      const at = exports.input(input.length) >>> 0;
      if (this.#bytes.length === 0) this.#view();
      this.#bytes.set(input, at);
      word = exports[name](...parameters);
    } catch (error) {
      // Whatever stopped the module, half of something may be written in it.
      this.#module = undefined;
      throw lost(error);
    }
    return this.#answer(word);
  }

  #answer(word) {
    if (this.#bytes.length === 0) this.#view();
    if (word & SPOILT) for (const { guest } of this.#versions.values()) guest.drop();
    const text = this.#text();
    if (word & FAILED) {
      const cause = this.#cause;
      const { error, message, field, index } = JSON.parse(text);
      throw new ClearanceError(error, message, { cause, field, index });
    }
    return text;
  }

  #text() {
    const [at, length] = [this.#words[this.#output], this.#words[this.#output + 1]];
    return utf8.decode(this.#bytes.subarray(at, at + length));
  }

  #ask(request, now = 0) {
    return JSON.parse(this.#call("ask", json(request), now));
  }

  /**
   * Takes a component apart, starts it, lets the authorizer look at it, and uses it by its number. Nothing comes between the last three: a
   * version that nobody uses yet would be removed by another call.
   */
  async #open(policy, use) {
    // The default policy is part of this package, and as trustworthy as the rest of it.
    const isDefault = policy === DEFAULT;
    const component = isDefault ? await bundled(LANGWATCH) : policy?.component;
    // A component that is missing, for instance because it was not found, is never another one.
    if (!(component instanceof Uint8Array)) throw wrong("policy.component", "a Uint8Array");
    const options = json(isDefault ? { allowUnsigned: true } : { ...this.#trust, signature: policy.signature }, "policy");
    const input = new Uint8Array(component.length + options.length);
    input.set(component);
    input.set(options, component.length);
    const info = this.#call("open_component", input, options.length);
    const { digest } = JSON.parse(info);
    let guest;
    if (this.#numberOf(digest) === undefined) {
      const [at, length] = [this.#words[this.#output + 3], this.#words[this.#output + 4]];
      const core = this.#bytes.slice(at, at + length);
      try {
        guest = new Guest(await WebAssembly.compile(core));
      } catch (cause) {
        throw new ClearanceError("invalid", `this component cannot be compiled: ${cause.message}`, { cause });
      }
    }
    try {
      use(this.#numberOf(digest) ?? this.#add(guest, digest, info));
    } finally {
      this.#removeUnused();
    }
  }

  /** The number of a version that is there already. */
  #numberOf(digest) {
    for (const [version, known] of this.#versions) if (known.digest === digest) return version;
    return undefined;
  }

  #add(guest, digest, info) {
    const version = this.#nextVersion++;
    this.#versions.set(version, { guest, digest });
    try {
      this.#call("add_version", text(info, "info"), version);
    } catch (error) {
      this.#versions.delete(version);
      throw error;
    }
    return version;
  }

  #load(version, directory) {
    this.#call("load", text(directory, "directory"), version);
  }

  /**
   * May this principal do this here? `now` is in milliseconds since 1970-01-01T00:00:00Z.
   */
  check(principal, permission, place, now = Date.now()) {
    const { user, key, projectKey } = principal ?? NOTHING;
    const { organization, team, project } = place ?? NOTHING;
    const kind = theOnly(user, key, projectKey);
    const tier = theOnly(organization, team, project);
    const who = kind === 0 ? user : kind === 1 ? key : projectKey;
    const where = tier === 0 ? organization : tier === 1 ? team : project;
    if (kind < 0 || typeof who !== "string") throw notNamed(PRINCIPALS, "principal");
    if (tier < 0 || typeof where !== "string") throw notNamed(PLACES, "place");
    if (typeof permission !== "string") throw wrong("permission", "a string");
    if (typeof now !== "number") throw wrong("now", "a number of milliseconds");
    if (this.#module === undefined) throw lost();
    if (this.#room === 0) this.#makeRoom();
    const first = this.#put(who, this.#room);
    const second = first < 0 ? -1 : this.#put(permission, first);
    const third = second < 0 ? -1 : this.#put(where, second);
    if (third < 0) return this.#checkSlowly(principal, permission, place, now);
    let word;
    try {
      word = this.#check(kind | (tier << 2), first - this.#room, second - first, third - second, now);
    } catch (error) {
      this.#module = undefined;
      throw lost(error);
    }
    if (word & (FAILED | SPOILT)) this.#answer(word);
    if (this.#bytes.length === 0) this.#view();
    const length = this.#words[this.#output + 1];
    const decision = {
      allow: (word & ALLOWED) !== 0,
      reason: this.#reasons[word & 0xff],
      policy: this.#versions.get(this.#words[this.#output + 2])?.digest,
    };
    if (length > 0) decision.binding = this.#ascii(this.#words[this.#output], length);
    return decision;
  }

  #makeRoom() {
    this.#room = this.#module.input(ROOM) >>> 0;
    if (this.#bytes.length === 0) this.#view();
  }

  /** Writes a text, and answers where it ends: -1 where it is not of ASCII alone, or does not fit. */
  #put(text, at) {
    const end = at + text.length;
    if (end > this.#room + ROOM) return -1;
    const bytes = this.#bytes;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > 127) return -1;
      bytes[at + index] = code;
    }
    return end;
  }

  /** Ids are visible ASCII characters, and short. */
  #ascii(at, length) {
    let text = "";
    for (let index = at; index < at + length; index++) text += String.fromCharCode(this.#bytes[index]);
    return text;
  }

  #checkSlowly(principal, permission, place, now) {
    return this.#ask({ check: question(principal, place, { permission }) }, now);
  }

  /** Many decisions: each as `{user | key | projectKey, permission, at}`. */
  checkMany(questions, now = Date.now()) {
    time(now);
    // Nothing comes between two questions here, so all of them are about the same state, and each can go the short way. What is not as
    // plain goes the longer way, where every field is looked at.
    if (Array.isArray(questions) && questions.every(isPlain)) {
      return questions.map((question) => this.check(question, question.permission, question.at, now));
    }
    return this.#ask({ checkMany: { questions } }, now).answers;
  }

  /** All that a principal may do at a place. */
  effective(principal, place, now = Date.now()) {
    return this.#ask({ effective: question(principal, place) }, time(now));
  }

  /** A decision with the walk to it. */
  explain(principal, permission, place, now = Date.now()) {
    return this.#ask({ explain: question(principal, place, { permission }) }, time(now));
  }

  /** What would grant a permission, as far as `asker` (`{user}` or `{key}`) may know it. Without `asker`, everything is shown. */
  repair(principal, permission, place, asker, now = Date.now()) {
    return this.#ask({ repair: question(principal, place, { permission, asker }) }, time(now));
  }

  /** The projects that a key can see: `{all: true}` or `{projects}`. */
  visibleProjects(key, now = Date.now()) {
    return this.#ask({ visibleProjects: { key } }, time(now));
  }

  /** A decision with all that it takes to make it again: a file for `clearance replay`, in base64. */
  capsule(principal, permission, place, now = Date.now()) {
    return this.#ask({ capsule: question(principal, place, { permission }) }, time(now)).capsule;
  }

  /** Any request of the table in `embed/README.md`, as an object or as text. Answers what the request answers. */
  ask(request, now = Date.now()) {
    const answer = JSON.parse(this.#call("ask", text(request, "request"), time(now)));
    // What a request says of versions may have left one without use.
    if (Array.isArray(answer.answering)) this.#keepOnly(answer.answering);
    return answer;
  }

  /** Makes all changes of the data, or none, as `POST /v1/directory/changes` does: a list or its text. The next question sees them. */
  apply(changes) {
    this.#call("apply", text(changes, "changes"));
  }

  /** Makes another policy version the live one. Questions are answered by the old one until it is ready. */
  async swap(policy) {
    await this.#open(policy, (version) => this.#ask({ swap: { version } }));
  }

  /** Lets another version answer for one organization. */
  async pin(organization, policy) {
    await this.#open(policy, (version) => this.#ask({ pin: { organization, version } }));
  }

  /** Lets the live version answer for an organization again. */
  unpin(organization) {
    this.#ask({ unpin: { organization } });
    this.#removeUnused();
  }

  #removeUnused() {
    if (this.#module !== undefined) this.#keepOnly(this.#ask({ versions: {} }).answering);
  }

  #keepOnly(answering) {
    for (const version of [...this.#versions.keys()].filter((version) => !answering.includes(version))) {
      this.#versions.delete(version);
      this.#ask({ removeVersion: { version } });
    }
  }

  /** What the live version knows: its name, its permissions, its categories. */
  describe() {
    return this.#ask({ describe: {} });
  }

  /** All the data. */
  document() {
    return this.#ask({ document: {} });
  }
}

const PRIVATE = Symbol("private");
/** The policy that is part of this package. */
const DEFAULT = Symbol("default");

function lost(cause) {
  return new ClearanceError("lost", "the authorizer stopped and its data is lost: load it again", { cause });
}
