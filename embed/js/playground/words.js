// The words of the policy in sentences for people.

const REASONS = {
  binding: "a binding grants it",
  floor: "every member has it at the organization itself",
  "team-membership": "a team membership grants it",
  "project-key": "the project key of this project has it",
  "permission-unknown": "the policy has no such permission",
  "place-unknown": "the data has no such place",
  "principal-unknown": "the data has no such user or key",
  "user-deactivated": "the user is deactivated",
  "not-member": "the user is not a member of the organization, whatever else is stored",
  "lite-member": "nothing grants it, and the user is an external member",
  lacks: "nothing grants it to the user",
  "key-revoked": "the key is revoked",
  "key-expired": "the key has expired",
  "owner-deactivated": "the owner of the key is deactivated",
  "key-lacks": "nothing grants it to the key itself",
  "owner-not-member": "the key has it, but its owner is unknown or not a member of the organization",
  "owner-lacks": "the key has it, but its owner does not, and a key never has more than its owner",
  "bad-facts": "the policy says that the question is malformed, which is a defect",
  readonly: "the key is for reading only",
  "creator-deactivated": "the user who made this service key is deactivated",
};

const READINGS = {
  everything: "read as every permission",
  "organization-member": "read as what a member of the organization has",
  "lite-member": "read as what an external member may have",
  viewer: "read as what a viewer has",
  member: "read as what a member has",
  admin: "read as what an admin has",
  custom: "read as the list of the custom role",
  "project-key": "read as what project keys have",
  nothing: "read as nothing",
};

const FAULTS = {
  missing: "the custom role does not exist",
  "other-organization": "the custom role belongs to another organization",
  empty: "the custom role lists no permission",
  private: "the custom role is private to one key, and something else names it",
};

const VERDICTS = {
  grants: "grants it",
  "off-chain": "applies elsewhere, not at this place or above it",
  "other-organization": "belongs to another organization",
  "other-organization-group": "is held through a group of another organization",
  "organization-only": "does not count: only a binding at the organization can grant this permission",
  "external-member": "does not count: a built-in role at the organization grants nothing to an external member",
  "not-listed": "does not list it",
  "below-organization": "does not count: it grants at the organization itself, not below it",
  silenced: "does not count, because a binding of the user applies here",
  "personal-team": "does not count: a personal team grants nothing at the organization",
  archived: "does not count: the project is archived",
};

const MAKERS = {
  "key-owner": "The owner of the key can do this.",
  "organization-admin": "An organization admin can do this.",
  nobody: "Only the administrator of the data can do this.",
};

const OBSTACLES = {
  "bad-facts": "The question is malformed, which is a defect.",
  "not-shown": "The one who asks may not see this.",
  "permission-unknown": "The permission does not exist.",
  "place-unknown": "The place does not exist.",
  "principal-unknown": "The user or key does not exist.",
  "project-key": "What project keys hold is fixed, at their own project.",
  "other-organization": "The key belongs to another organization.",
  "key-revoked": "The key was revoked, which is for good.",
  "owner-unknown": "The owner of the key is not a known user.",
  "organization-only": "Only bindings at the organization grant it, and no role on offer does there.",
  "no-role": "No role on offer grants it here.",
  "other-rule": "Another rule of the policy denies it all the same.",
};

/** A word that a newer policy may have is shown as it is. */
const of = (sentences) => (word) => sentences[word] ?? word;

export const reasonOf = of(REASONS);
export const readingOf = of(READINGS);
export const faultOf = of(FAULTS);
export const verdictOf = of(VERDICTS);
export const makerOf = of(MAKERS);
export const obstacleOf = of(OBSTACLES);

/** All sentences, for the test that looks whether a word is missing. */
export const SENTENCES = { Reason: REASONS, Reading: READINGS, RoleFault: FAULTS, Verdict: VERDICTS, Maker: MAKERS, Obstacle: OBSTACLES };
