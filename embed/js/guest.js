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
  #words;
  #decide;
  #call;
  #release;
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
    this.#call = exports[CALL];
    this.#release = exports[RELEASE];
    this.#reserve = exports.cabi_realloc;
    this.#exports = exports;
    this.#view();
  }

  #view() {
    this.#bytes = new Uint8Array(this.#exports.memory.buffer);
    this.#words = new Uint32Array(this.#exports.memory.buffer);
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
    if (this.#bytes.length === 0) this.#view();
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
   * @param {(memory: Uint8Array, start: number, length: number) => boolean} take copies the answer, or answers that it is too large
   * @returns {number}
   */
  call(question, take) {
    try {
      const written = this.#write(question);
      const at = this.#call(written, question.length) >>> 0;
      if (this.#bytes.length === 0) this.#view();
      const [start, length] = [this.#words[at >>> 2], this.#words[(at >>> 2) + 1]];
      // Not a number, where the address itself lies outside.
      if (at % 4 !== 0 || !(start + length <= this.#bytes.length)) throw new RangeError("the answer lies outside of the memory");
      if (!take(this.#bytes, start, length)) {
        this.drop();
        return ANSWER_TOO_LARGE;
      }
      this.#release(at);
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
