// What a caller asks: looked at before anything is asked, and written as the module reads it. Nothing is converted.

import { ClearanceError } from "./failure.js";

export const PRINCIPALS = ["user", "key", "projectKey"];
export const PLACES = ["organization", "team", "project"];

const toUtf8 = new TextEncoder();

export const NOTHING = {};

/** Which one of three is there alone, from 0: -1 where none or several are. */
export function theOnly(first, second, third) {
  if (first !== undefined) return second === undefined && third === undefined ? 0 : -1;
  if (second !== undefined) return third === undefined ? 1 : -1;
  return third === undefined ? -1 : 2;
}

/** Takes the ids alone, so that nothing else that an object may hold becomes part of a question. */
export function question(principal, place, more = {}) {
  return { ...named(principal, PRINCIPALS, "principal"), at: named(place, PLACES, "place"), ...more };
}

/** Whether a question has a principal, a permission and a place, and nothing else. */
export function isPlain(question) {
  const { user, key, projectKey, permission, at } = question ?? NOTHING;
  const hasPrincipal = theOnly(user, key, projectKey) >= 0 && permission !== undefined;
  return hasPrincipal && typeof at === "object" && Object.keys(question).length === 3 && Object.keys(at ?? NOTHING).length === 1;
}

/** The one field of three that an object has. */
function named(object, names, what) {
  const position = theOnly(...names.map((name) => object?.[name]));
  const id = object?.[names[position]];
  if (typeof id !== "string") throw notNamed(names, what);
  return { [names[position]]: id };
}

export function notNamed(names, what) {
  return wrong(what, `an object with exactly one of ${names.join(", ")}, which is a string`);
}

/** A value as the bytes of its JSON. */
export function json(value, field = "request") {
  let written;
  try {
    written = JSON.stringify(value);
  } catch (cause) {
    throw new ClearanceError("malformed", `\`${field}\` cannot be written as JSON: ${cause.message}`, { cause, field });
  }
  if (written === undefined) throw wrong(field, "a value of JSON");
  return toUtf8.encode(written);
}

/** A text as it is, or a value as the bytes of its JSON. */
export function text(value, field) {
  if (typeof value !== "string") return json(value, field);
  // Half a character would be written as another one.
  if (!value.isWellFormed()) throw new ClearanceError("malformed", `\`${field}\` is not well-formed Unicode`, { field });
  return toUtf8.encode(value);
}

export function time(now) {
  if (typeof now !== "number") throw wrong("now", "a number of milliseconds");
  return now;
}

export function wrong(field, wanted) {
  return new ClearanceError("malformed", `\`${field}\` must be ${wanted}`, { field });
}
