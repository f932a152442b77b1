// A policy that misbehaves at certain moments: a real one, whose functions look first for a time that stands in the question.

const MODULE_SECTION = 1;
const [FUNCTION, EXPORT, CODE] = [3, 7, 10];
const [I32, I64] = [0x7f, 0x7e];
const DECIDE = "clearance:policy/wire@0.1.0#decide";
const CALL = "clearance:policy/wire@0.1.0#call";

const UNREACHABLE = [0x00];
const FOREVER = [0x03, 0x40, 0x0c, 0, 0x0b];
/** Grows the memory for as long as there is any, and traps. */
const GROW = [0x03, 0x40, 0x41, 16, 0x40, 0, 0x41, 0x7f, 0x47, 0x0d, 0, 0x0b, ...UNREACHABLE];

/** At which moment what happens, in milliseconds since 1970-01-01T00:00:00Z. */
export const AT = {
  trap: 1_900_000_000_001,
  loop: 1_900_000_000_002,
  stack: 1_900_000_000_003,
  memory: 1_900_000_000_004,
  /** An answer that no policy may give. */
  nonsense: 1_900_000_000_005,
  /** An answer that lies outside of the memory. */
  outside: 1_900_000_000_006,
};

/** The misbehaving copy of a component. `at` says at which moment, or at which other word of a question, it does what. */
export function hostile(component, { at = AT } = {}) {
  return withSections(component, (id, body) => (id === MODULE_SECTION ? hostileCore(body, at) : body));
}

/** The core module of a component. */
export function coreOf(component) {
  let core;
  withSections(component, (id, body) => {
    if (id === MODULE_SECTION) core = body;
    return body;
  });
  return core;
}

function hostileCore(module, at) {
  const functions = [];
  const exported = new Map();
  withSections(module, (id, body) => {
    if (id === FUNCTION) functions.push(...vector(body, (reader) => reader.number()));
    if (id === EXPORT) for (const { name, index } of vector(body, readExport)) exported.set(name, index);
    return body;
  });
  const wrapped = [DECIDE, CALL].map((name, position) => {
    const original = exported.get(name);
    return { name, original, type: functions[original], index: functions.length + position };
  });
  return withSections(module, (id, body) => {
    if (id === FUNCTION) return appended(body, wrapped.map(({ type }) => unsigned(type)));
    if (id === CODE) return appended(body, wrapped.map((own) => wrapper(own, at)));
    if (id !== EXPORT) return body;
    const rows = vector(body, readExport).map(({ name, kind, index }) => {
      const own = wrapped.find((wrapped) => wrapped.name === name);
      const bytes = new TextEncoder().encode(name);
      return [...unsigned(bytes.length), ...bytes, kind, ...unsigned(own?.index ?? index)];
    });
    return Uint8Array.from([...unsigned(rows.length), ...rows.flat()]);
  });
}

/** A function that walks over the words of the question, and then calls the real one. */
function wrapper({ name, original, index }, at) {
  const isDecide = name === DECIDE;
  const result = (number) => (isDecide ? [0x42, ...signed(number)] : [0x41, ...signed(number)]);
  const misdeeds = {
    trap: UNREACHABLE,
    loop: FOREVER,
    stack: [0x20, 0, 0x20, 1, 0x10, ...unsigned(index), 0x1a],
    memory: GROW,
    nonsense: [...result(0n), 0x0f],
    outside: [...result(-8n), 0x0f],
  };
  const looks = Object.entries(misdeeds).flatMap(([misdeed, code]) => [
    ...[0x20, 2, 0x42, ...signed(BigInt(at[misdeed])), 0x51, 0x04, 0x40], // if the word is this moment
    ...code,
    0x0b,
  ]);
  const body = [
    ...[2, 1, I64, 1, I32], // locals: 2 the word, 3 how far
    ...[0x03, 0x40], // loop
    ...[0x20, 3, 0x20, 1, 0x49, 0x04, 0x40], // if how far < length
    ...[0x20, 0, 0x20, 3, 0x6a, 0x29, 0, 0, 0x21, 2], // the word
    ...looks,
    ...[0x20, 3, 0x41, 8, 0x6a, 0x21, 3, 0x0c, 1], // on by 8, again
    ...[0x0b, 0x0b],
    ...[0x20, 0, 0x20, 1, 0x10, ...unsigned(original), 0x0b],
  ];
  return [...unsigned(body.length), ...body];
}

/** The same binary with the body of each section as `change` answers it. */
function withSections(binary, change) {
  const reader = new Reader(binary, 8);
  const parts = [binary.subarray(0, 8)];
  while (!reader.isAtEnd()) {
    const id = reader.byte();
    const body = change(id, reader.bytes(reader.number()));
    parts.push(Uint8Array.from([id, ...unsigned(body.length)]), body);
  }
  return Uint8Array.from(Buffer.concat(parts));
}

/** A vector with items more at its end. */
function appended(body, items) {
  const reader = new Reader(body, 0);
  const count = reader.number();
  return Uint8Array.from(Buffer.concat([Uint8Array.from(unsigned(count + items.length)), reader.rest(), Uint8Array.from(items.flat())]));
}

function vector(body, read) {
  const reader = new Reader(body, 0);
  return Array.from({ length: reader.number() }, () => read(reader));
}

function readExport(reader) {
  const name = new TextDecoder().decode(reader.bytes(reader.number()));
  return { name, kind: reader.byte(), index: reader.number() };
}

class Reader {
  #binary;
  #at;

  constructor(binary, at) {
    this.#binary = binary;
    this.#at = at;
  }

  isAtEnd() {
    return this.#at >= this.#binary.length;
  }

  byte() {
    return this.#binary[this.#at++];
  }

  bytes(length) {
    return this.#binary.subarray(this.#at, (this.#at += length));
  }

  rest() {
    return this.#binary.subarray(this.#at);
  }

  number() {
    let [number, shift, byte] = [0, 0, 0];
    do {
      byte = this.byte();
      number += (byte & 0x7f) * 2 ** shift;
      shift += 7;
    } while (byte & 0x80);
    return number;
  }
}

function unsigned(number) {
  const bytes = [];
  for (; number > 0x7f; number = Math.floor(number / 128)) bytes.push((number % 128) | 0x80);
  return [...bytes, number];
}

function signed(number) {
  const bytes = [];
  for (;;) {
    const byte = Number(number & 0x7fn);
    number >>= 7n;
    const isDone = byte & 0x40 ? number === -1n : number === 0n;
    if (isDone) return [...bytes, byte];
    bytes.push(byte | 0x80);
  }
}
