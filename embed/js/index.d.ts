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

/** A row of `bindings` of a directory file. Exactly one of `user`, `group` and `key` is there. */
export interface Binding {
  id: string;
  organization: string;
  user?: string;
  group?: string;
  key?: string;
  role: "ADMIN" | "MEMBER" | "VIEWER" | "CUSTOM";
  customRole?: string;
  scope: Place;
}

/** One source that the policy looked at. */
export interface Step {
  source:
    | "floor"
    | "project-key"
    | { binding: Binding }
    | { "team-membership": { team: string; role: Binding["role"]; customRole?: string } };
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

/** A change that is part of a repair. A set of them grants the permission. */
export type RepairChange =
  | { renew: { key: string } }
  | { reactivate: { user: string } }
  | { membership: { organization: string; user: string; role: "ADMIN" | "MEMBER" | "EXTERNAL" } }
  | { bind: Omit<Binding, "id" | "group"> };

/** What would grant a permission. `by` is the least who could make a change. */
export type Repair =
  | { outcome: "allowed"; policy: string }
  | {
      outcome: "sets";
      sets: Array<Array<RepairChange & { by: "key-owner" | "organization-admin" | "nobody" }>>;
      more: boolean;
      policy: string;
    }
  | { outcome: "nothing"; obstacle: string; policy: string };

/** A question of `checkMany`. It may say itself when it is asked, in RFC 3339. */
export type Question = Principal & { permission: string; at: Place; now?: string };

/** Who wants to know what would grant a permission. */
export type Asker = { user: string } | { key: string };

/** The projects that a key can see. */
export type VisibleProjects = { all: true } | { projects: string[] };

/** What a policy version knows. */
export interface Catalog {
  /** The name of the policy. */
  policy: string;
  version: string;
  contract: string;
  digest: string;
  permissions: Array<{ name: string; tier: "organization" | "any" | "platform" }>;
  implications: Array<{ action: string; implies: string[] }>;
  lists: Array<{ name: string; permissions: string[] }>;
  categories: Array<{ key: string; label: string; read: string[]; write: string[] }>;
  viewProject?: string;
}

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

/** Why a call was not answered. This is never a denial: refuse, and look for the cause. */
export class ClearanceError extends Error {
  readonly name: "ClearanceError";
  /** The same word in every language: `trap`, `malformed`, `refused`, `not-a-component`, `lost`, … README.md lists them. */
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
  checkMany(questions: readonly Question[], now?: number): Decision[];

  /** All that a principal may do at a place. */
  effective(principal: Principal, place: Place, now?: number): Effective;

  /** A decision with the walk to it. */
  explain(principal: Principal, permission: string, place: Place, now?: number): Explanation;

  /** What would grant a permission, as far as `asker` may know it. Without `asker`, everything is shown. */
  repair(principal: Principal, permission: string, place: Place, asker?: Asker, now?: number): Repair;

  /** The projects that a key can see. */
  visibleProjects(key: string, now?: number): VisibleProjects;

  /** A decision with all that it takes to make it again: a file for `clearance replay`, in base64. */
  capsule(principal: Principal, permission: string, place: Place, now?: number): string;

  /** Any request of the table in `embed/README.md`, as an object or as its text. Answers what the request answers. */
  ask(request: string | object, now?: number): Record<string, unknown>;

  /** Makes all changes of the data, or none: a list, or its text. The next question sees them. */
  apply(changes: string | readonly object[]): void;

  /** Makes another policy version the live one. Until it is ready, the old one answers. */
  swap(policy: Policy): Promise<void>;

  /** Lets another version answer for one organization. */
  pin(organization: string, policy: Policy): Promise<void>;

  /** Lets the live version answer for an organization again. */
  unpin(organization: string): void;

  /** What the live version knows, as `clearance catalog --json` prints it. */
  describe(): Catalog;

  /** All the data, as a directory file has it. */
  document(): Record<string, unknown>;
}
