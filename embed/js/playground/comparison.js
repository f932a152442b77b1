// Who gains and who loses what between two policies.

/** How many pairs of a principal and a place are compared. */
export const MAX_PAIRS = 20_000;

/**
 * Asks both authorizers for everything that every principal may do at every place, and answers what differs: for each pair what is gained
 * and what is lost. `hears` is told how far it is, and answers whether to go on.
 */
export async function compare(before, after, directory, now, hears) {
  const places = directory.places();
  const principals = directory.principals();
  const total = principals.length * places.length;
  const compared = Math.min(total, MAX_PAIRS);
  const differences = [];
  let done = 0;
  for (const principal of principals) {
    for (const place of places) {
      if (done === compared) return { differences, done, total };
      const [old, changed] = await Promise.all([before.effective(principal, place, now), after.effective(principal, place, now)]);
      const gained = without(changed.permissions, old.permissions);
      const lost = without(old.permissions, changed.permissions);
      if (gained.length + lost.length > 0) differences.push({ principal, place, gained, lost });
      done += 1;
      if (!hears(done, compared)) return { differences, done, total };
    }
  }
  return { differences, done, total };
}

function without(permissions, others) {
  const taken = new Set(others);
  return permissions.filter((permission) => !taken.has(permission));
}
