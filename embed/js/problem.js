// What a web service answers a request that it does not serve, as `application/problem+json`. The members are those of the server of
// Clearance: see docs/http.md of the project.

import { ClearanceError } from "./failure.js";

/**
 * Whether a request may pass: who asks and where, as the functions of the user say, and then the decision.
 *
 * @returns {Promise<{decision: object, problem?: undefined} | {decision?: undefined, problem: {status: number, headers: object, body: string}}>}
 */
export async function judge(request, { authorizer, permission, principal, place, onError = logged }) {
  try {
    const who = await principal(request);
    if (who === undefined || who === null) return { problem: unauthorized() };
    const where = await place(request);
    const decision = await authorizer.check(who, permission, where);
    // Only `true` is an allow, whatever another object in the place of the authorizer may answer.
    return decision.allow === true ? { decision } : { problem: forbidden(who, permission, where, decision) };
  } catch (error) {
    tell(onError, error, request);
    return { problem: fault() };
  }
}

/** Looks at the options once, when the program starts: a mistake in them must not wait for a request. */
export function checkedOptions(options) {
  const { authorizer, permission, principal, place, onError } = options ?? {};
  if (typeof authorizer?.check !== "function") throw wrong("authorizer", "an Authorizer");
  if (typeof permission !== "string") throw wrong("permission", "the name of a permission");
  if (typeof principal !== "function") throw wrong("principal", "a function from a request to who asks");
  if (typeof place !== "function") throw wrong("place", "a function from a request to the place");
  if (onError !== undefined && typeof onError !== "function") throw wrong("onError", "a function");
  return options;
}

function unauthorized() {
  const detail = "no valid credential: send an API key that is in use, and the project if it has several";
  return problem(401, "unauthorized", "Unauthorized", detail, {}, { "WWW-Authenticate": 'Bearer realm="clearance"' });
}

function forbidden({ key }, permission, { project }, { reason, policy }) {
  const detail = "the credential is valid, and does not hold the permission that this takes";
  const challenge = 'Bearer realm="clearance", error="insufficient_scope"';
  // As in the answer of the server, a member is null where the question names none.
  const members = { key: key ?? null, permission, policy, project: project ?? null, reason };
  return problem(403, "forbidden", "Forbidden", detail, members, { "WWW-Authenticate": challenge, "X-Clearance-Policy": policy });
}

/** What exactly failed is for the log. */
function fault() {
  return problem(503, "fault", "Service Unavailable", "no answer could be given: see the log of the server");
}

function problem(status, word, title, detail, members = {}, headers = {}) {
  const body = JSON.stringify({ type: `urn:clearance:problem:${word}`, title, status, detail, ...members });
  return { status, headers: { "Content-Type": "application/problem+json", ...headers }, body };
}

/** A listener that fails itself changes nothing about the answer. */
function tell(onError, error, request) {
  try {
    onError(error, request);
  } catch (failed) {
    logged(failed);
    logged(error);
  }
}

function logged(error) {
  console.error("clearance: a request was not answered:", error);
}

function wrong(field, wanted) {
  return new ClearanceError("malformed", `\`${field}\` must be ${wanted}`, { field });
}
