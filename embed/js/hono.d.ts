import type { Context, MiddlewareHandler } from "hono";
import type { Decision } from "./index.js";
import type { GuardOptions } from "./guard.js";

/**
 * A middleware that lets a request pass if the policy allows it. The decision is `context.get("clearance")` then. A denial is answered with
 * 403, a request of nobody with 401, and no answer with 503, each as `application/problem+json`.
 */
export function guard(options: GuardOptions<Context>): MiddlewareHandler<{ Variables: { clearance: Decision } }>;
