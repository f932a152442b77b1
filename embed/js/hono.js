// A guard for routes of Hono.

import { checkedOptions, judge } from "./problem.js";

/** A middleware that lets a request pass if the policy allows it. The decision is `context.get("clearance")` then. */
export function guard(options) {
  const { ...question } = checkedOptions(options);
  return async function clearance(context, next) {
    const { decision, problem } = await judge(context, question);
    if (problem !== undefined) return new Response(problem.body, { status: problem.status, headers: problem.headers });
    context.set("clearance", decision);
    await next();
  };
}
