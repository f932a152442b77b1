// A guard for routes of Express.

import { checkedOptions, judge } from "./problem.js";

/** A middleware that lets a request pass if the policy allows it. The decision is in `response.locals.clearance` then. */
export function guard(options) {
  const { ...question } = checkedOptions(options);
  return async function clearance(request, response, next) {
    const { decision, problem } = await judge(request, question);
    if (problem === undefined) {
      response.locals.clearance = decision;
      return next();
    }
    response.writeHead(problem.status, problem.headers);
    response.end(problem.body);
  };
}
