import type { Request, Response, NextFunction } from "express";
import type { Decision } from "./index.js";
import type { GuardOptions } from "./guard.js";

/**
 * A middleware that lets a request pass if the policy allows it. The decision is in `response.locals.clearance` then. A denial is answered
 * with 403, a request of nobody with 401, and no answer with 503, each as `application/problem+json`.
 */
export function guard<P = Record<string, string>>(
  options: GuardOptions<Request<P>>,
): (request: Request<P>, response: Response<any, { clearance: Decision }>, next: NextFunction) => Promise<void>;
