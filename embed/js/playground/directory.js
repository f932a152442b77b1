// What the page knows of the data: who and where, by name, and the changes that a repair asks for.

const PRINCIPALS = { user: "User", key: "Key", projectKey: "Project key of" };
const PLACES = { organization: "Organization", team: "Team", project: "Project" };

/** A directory file, looked up by id. */
export class Directory {
  #names;

  constructor(document) {
    this.document = document;
    const named = (rows = []) => new Map(rows.map(({ id, name }) => [id, name]));
    this.#names = {
      user: named(document.users),
      key: named(document.keys),
      projectKey: named(document.projects),
      organization: named(document.organizations),
      team: named(document.teams),
      project: named(document.projects),
    };
  }

  /** Everybody who can be asked about, as `{user}`, `{key}` or `{projectKey}`. */
  principals() {
    const { users = [], keys = [], projects = [] } = this.document;
    return [
      ...users.map(({ id }) => ({ user: id })),
      ...keys.map(({ id }) => ({ key: id })),
      ...projects.filter(({ projectKey }) => projectKey).map(({ id }) => ({ projectKey: id })),
    ];
  }

  /** Every place, as `{organization}`, `{team}` or `{project}`. */
  places() {
    const { organizations = [], teams = [], projects = [] } = this.document;
    return [
      ...organizations.map(({ id }) => ({ organization: id })),
      ...teams.map(({ id }) => ({ team: id })),
      ...projects.map(({ id }) => ({ project: id })),
    ];
  }

  /** The name of one of them, with its id where that is another word. */
  label(object) {
    const [[kind, id]] = Object.entries(object);
    const name = this.#names[kind]?.get(id);
    return name === undefined || name === null || name === id ? id : `${name} (${id})`;
  }

  /** The same behind what it is. */
  title(object) {
    const [kind] = Object.keys(object);
    return `${PRINCIPALS[kind] ?? PLACES[kind]} ${this.label(object)}`;
  }

  /** In one sentence. */
  summary() {
    const { organizations = [], users = [], keys = [], teams = [], projects = [], bindings = [] } = this.document;
    const count = (rows, one, many = `${one}s`) => `${rows.length} ${rows.length === 1 ? one : many}`;
    return [
      count(organizations, "organization"),
      count(teams, "team"),
      count(projects, "project"),
      count(users, "user"),
      count(keys, "key"),
      count(bindings, "binding"),
    ].join(", ");
  }

  /** The changes of the data that a set of a repair stands for, as `apply` takes them. */
  changesOf(set) {
    const { users = [], keys = [], members = [] } = this.document;
    const ids = new Set((this.document.bindings ?? []).map(({ id }) => id));
    const change = ({ bind, membership, reactivate, renew }) => {
      if (bind !== undefined) return { addBinding: { id: freshId(ids), ...bind } };
      if (membership !== undefined) {
        const { organization, user } = membership;
        const isMember = members.some((row) => row.organization === organization && row.user === user);
        return isMember ? { editMember: membership } : { addMember: membership };
      }
      if (reactivate !== undefined) {
        const { deactivatedAt, ...user } = users.find(({ id }) => id === reactivate.user);
        return { editUser: user };
      }
      const { expiresAt, ...key } = keys.find(({ id }) => id === renew.key);
      return { editKey: key };
    };
    return set.map(change);
  }

  /** A change of a repair, in a sentence. */
  sentenceOf({ bind, membership, reactivate, renew }) {
    if (bind !== undefined) {
      const holder = bind.user === undefined ? { key: bind.key } : { user: bind.user };
      const role = bind.customRole === undefined ? bind.role : `the custom role ${bind.customRole}`;
      return `${this.title(holder)} gets ${role} at ${lower(this.title(bind.scope))}`;
    }
    if (membership !== undefined) {
      const { organization, user, role } = membership;
      return `${this.title({ user })} becomes a member of ${lower(this.title({ organization }))} as ${role}`;
    }
    if (reactivate !== undefined) return `${this.title(reactivate)} is reactivated`;
    return `${this.title(renew)} no longer expires`;
  }
}

/** With a small letter at its start, within a sentence. */
export function lower(text) {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function freshId(ids) {
  let number = 1;
  while (ids.has(`playground-${number}`)) number += 1;
  ids.add(`playground-${number}`);
  return `playground-${number}`;
}
