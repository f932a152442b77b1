// One version of a policy: its core module, and the instance that answers.

// What a call answers to the authorizer: 0, or which limit it broke.
const TRAP = 1;
const STACK = 5;
const ANSWER_TOO_LARGE = 6;
/** A limit of the stack that nobody here can set, so that none is named. */
const OF_UNKNOWN_HEIGHT = 0;

const DECIDE = "clearance:policy/wire@0.1.0#decide";
const CALL = "clearance:policy/wire@0.1.0#call";
const RELEASE = "cabi_post_clearance:policy/wire@0.1.0#call";

export class Guest {
  #module;
  #exports;
  #bytes;
  #decide;
  #reserve;
  /** What last stopped a call, for the error that becomes of it. */
  stoppedBy;

  /** @param {WebAssembly.Module} module */
  constructor(module) {
    this.#module = module;
    this.#start();
  }

  #start() {
    const { exports } = new WebAssembly.Instance(this.#module, {});
    this.#decide = exports[DECIDE];
    this.#reserve = exports.cabi_realloc;
    this.#bytes = new Uint8Array(exports.memory.buffer);
    this.#exports = exports;
  }

  /**
   * The next question gets a new instance. One that failed may have written half of something.
   */
  drop() {
    this.#exports = undefined;
  }

  /** Writes a question into the memory of the instance, and answers where. */
  #write(question) {
    if (this.#exports === undefined) this.#start();
    const at = this.#reserve(0, 0, 1, question.length) >>> 0;
    // Memory that has grown is another buffer, and the old one is empty.
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(this.#exports.memory.buffer);
    this.#bytes.set(question, at);
    return at;
  }

  /**
   * @param {Uint8Array} question
   * @param {(answer: bigint) => void} answer
   * @returns {number}
   */
  decide(question, answer) {
    try {
      // First the question, then the function: writing may start a new instance, and the function is one of an instance.
      const at = this.#write(question);
      answer(this.#decide(at, question.length));
      return 0;
    } catch (error) {
      return this.#stopped(error);
    }
  }

  /**
   * @param {Uint8Array} question
   * @param {(length: number) => Uint8Array | undefined} room
   * @returns {number}
   */
  call(question, room) {
    try {
      const written = this.#write(question);
      const at = this.#exports[CALL](written, question.length) >>> 0;
      const memory = new DataView(this.#exports.memory.buffer);
      const [start, length] = [memory.getUint32(at, true), memory.getUint32(at + 4, true)];
      // What lies outside of the memory throws here, like a trap.
      const answer = new Uint8Array(this.#exports.memory.buffer, start, length);
      const place = room(length);
      if (place === undefined) {
        this.drop();
        return ANSWER_TOO_LARGE;
      }
      place.set(answer);
      this.#exports[RELEASE](at);
      return 0;
    } catch (error) {
      return this.#stopped(error);
    }
  }

  #stopped(error) {
    this.drop();
    this.stoppedBy = error;
    // A stack that is used up is a RangeError in every engine but one, where it is an InternalError.
    const isStack = !(error instanceof WebAssembly.RuntimeError) && /stack|recursion/i.test(String(error?.message));
    return isStack ? STACK | (OF_UNKNOWN_HEIGHT << 4) : TRAP;
  }
}
