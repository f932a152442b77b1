import type { Decision, Place, Principal } from "./index.js";

type Awaitable<T> = T | Promise<T>;

/** What a guard asks, and how it learns that from a request. */
export interface GuardOptions<Request> {
  /** An authorizer of `clearance-embed` or of `clearance-embed/worker`. */
  authorizer: { check(principal: Principal, permission: string, place: Place): Awaitable<Decision> };
  /** The permission that the route takes. */
  permission: string;
  /** Whose request it is: you verify the credential. `undefined` means that nobody is known, which is answered with 401. */
  principal: (request: Request) => Awaitable<Principal | undefined | null>;
  /** Which place the request is about. */
  place: (request: Request) => Awaitable<Place>;
  /** Hears why a request was answered with 503. By default the error goes to `console.error`. */
  onError?: (error: unknown, request: Request) => void;
}
