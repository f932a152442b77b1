/** Who asks: exactly one of a user, a key and a project key (by the id of its project). */
export type Principal = { user: string } | { key: string } | { projectKey: string };

/** Where: exactly one organization, team or project, by id. */
export type Place = { organization: string } | { team: string } | { project: string };

/** May this principal do this here, and which rule said so. */
export interface Decision {
  allow: boolean;
  /** The rule that decided, as a word of the contract: `binding`, `owner-lacks`, `key-revoked`, … */
  reason: string;
  /** The id of the binding that grants. Present exactly when the reason is `binding`. */
  binding?: string;
  /** The digest of the policy version that decided. */
  policy: string;
}

/** All that a principal may do at a place. */
export interface Effective {
  /** Names, in the order of the catalog. */
  permissions: string[];
  /** The reason of the one rule that denies everything, if there is one. */
  reason?: string;
  /** The first moment for which this holds, in RFC 3339. Absent where there is none. */
  since?: string;
  /** The last moment for which this holds, in RFC 3339. Absent where there is none. */
  until?: string;
  policy: string;
}

/** One source that the policy looked at. */
export interface Step {
  source: "floor" | "project-key" | { binding: Record<string, unknown> } | { "team-membership": Record<string, unknown> };
  reading: string;
  fault?: string;
  verdict: string;
}

/** What one side answers by itself. */
export interface Side {
  allow: boolean;
  reason: string;
  binding?: string;
  steps: Step[];
}

/** A decision with the walk to it. */
export interface Explanation extends Decision {
  since?: string;
  until?: string;
  principal: Side;
  /** The ceiling: what the owner of a key could do by itself. */
  owner?: Side;
}

/** What would grant a permission. */
export type Repair =
  | { outcome: "allowed"; policy: string }
  | { outcome: "sets"; sets: Array<Array<Record<string, unknown> & { by: string }>>; more: boolean; policy: string }
  | { outcome: "nothing"; obstacle: string; policy: string };

/** A policy: a component, and its signature by minisign. */
export interface Policy {
  component: Uint8Array;
  signature?: string;
}

export interface LoadOptions {
  /** The data: the text of a directory file, or what it parses to. */
  directory: string | object;
  /** The policy. Without it, the default one, which is part of this package. */
  policy?: Policy;
  /** The public keys of minisign whose owners may say what a policy is. */
  trustedKeys?: string[];
  /** Whether a policy that nobody signed is taken. */
  allowUnsigned?: boolean;
}

/** A call was not answered. This is never a denial: refuse, and look for the cause. */
export class ClearanceError extends Error {
  readonly name: "ClearanceError";
  /** The same word in every language: `trap`, `malformed`, `refused`, `not-a-component`, `lost`, … */
  readonly code: string;
  /** The field that is wrong, as a path. */
  readonly field?: string;
  /** Which change of a batch is refused, counted from 0. */
  readonly index?: number;
}

/** Permission checks over a directory in memory. */
export class Authorizer {
  private constructor();

  /** Loads data and a policy. */
  static load(options: LoadOptions): Promise<Authorizer>;

  /** May this principal do this here? `now` is in milliseconds since 1970-01-01T00:00:00Z; it is the present moment by default. */
  check(principal: Principal, permission: string, place: Place, now?: number): Decision;

  /** Many decisions, in the order of the questions. */
  checkMany(questions: Array<Principal & { permission: string; at: Place }>, now?: number): Decision[];

  /** All that a principal may do at a place. */
  effective(principal: Principal, place: Place, now?: number): Effective;

  /** A decision with the walk to it. */
  explain(principal: Principal, permission: string, place: Place, now?: number): Explanation;

  /** What would grant a permission, as far as `asker` may know it. Without `asker`, everything is shown. */
  repair(principal: Principal, permission: string, place: Place, asker?: { user: string } | { key: string }, now?: number): Repair;

  /** The projects that a key can see. */
  visibleProjects(key: string, now?: number): { all: true } | { projects: string[] };

  /** A decision with all that it takes to make it again: a file for `clearance replay`, in base64. */
  capsule(principal: Principal, permission: string, place: Place, now?: number): string;

  /** Makes all changes of the data, or none. The next question sees them. */
  apply(changes: object[]): void;

  /** Makes another policy version the live one. Until it is ready, the old one answers. */
  swap(policy: Policy): Promise<void>;

  /** Lets another version answer for one organization. */
  pin(organization: string, policy: Policy): Promise<void>;

  /** Lets the live version answer for an organization again. */
  unpin(organization: string): void;

  /** What the live version knows, as `clearance catalog --json` prints it. */
  describe(): Record<string, unknown>;

  /** All the data, as a directory file has it. */
  document(): Record<string, unknown>;
}
