import type {
  Asker,
  Catalog,
  Decision,
  Effective,
  Explanation,
  LoadOptions,
  Place,
  Policy,
  Principal,
  Question,
  Repair,
  VisibleProjects,
} from "./index.js";

export { ClearanceError } from "./index.js";
export type * from "./index.js";

export interface WorkerLoadOptions extends LoadOptions {
  /** How long one call may take, in milliseconds: 2,000 by default. A call that takes longer fails with the code `timeout`. */
  deadline?: number;
  /** How long it may take to load data or a policy, in milliseconds: 60,000 by default. */
  loadDeadline?: number;
  /** How many calls may wait: 1,000 by default. A call beyond that fails with the code `busy`. */
  maxWaiting?: number;
}

/** Permission checks in a Worker: what `Authorizer` of `clearance-embed` does, as promises. */
export class Authorizer {
  private constructor();

  /** Starts a Worker, and loads data and a policy there. */
  static load(options: WorkerLoadOptions): Promise<Authorizer>;

  check(principal: Principal, permission: string, place: Place, now?: number): Promise<Decision>;
  checkMany(questions: readonly Question[], now?: number): Promise<Decision[]>;
  effective(principal: Principal, place: Place, now?: number): Promise<Effective>;
  explain(principal: Principal, permission: string, place: Place, now?: number): Promise<Explanation>;
  repair(principal: Principal, permission: string, place: Place, asker?: Asker, now?: number): Promise<Repair>;
  visibleProjects(key: string, now?: number): Promise<VisibleProjects>;
  capsule(principal: Principal, permission: string, place: Place, now?: number): Promise<string>;

  /** Any request but those about a version or facts by number: a number means nothing to a Worker that is started later. */
  ask(request: string | object, now?: number): Promise<Record<string, unknown>>;

  apply(changes: string | readonly object[]): Promise<void>;
  swap(policy: Policy): Promise<void>;
  pin(organization: string, policy: Policy): Promise<void>;
  unpin(organization: string): Promise<void>;
  describe(): Promise<Catalog>;
  document(): Promise<Record<string, unknown>>;

  /** Ends the Worker. Calls that wait, and every later one, fail with the code `closed`. */
  close(): void;
}
