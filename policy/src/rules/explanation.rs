//! The walk to a decision.

use alloc::vec::Vec;

use super::{
    chain::Chain,
    decision::{Asked, decide, holder_of, key_leg, refusal_of_key, user_leg},
    effective::{ALWAYS, validity},
    malformed::is_malformed,
    role::{Holder, Read, Reader},
    without_binding::deny,
};
use crate::{
    catalog::Catalog,
    types::{
        Binding, Decision, Explanation, Facts, KeyFacts, Leg, Owner, PermissionSet, Principal, Reading, Reason, Source, Step,
        UserFacts, Verdict,
    },
};

/// Answers one question with every source that the rules know, whether it grants, and if not which rule stopped it.
#[must_use]
#[inline]
pub fn explain(catalog: &Catalog, facts: &Facts, permission: u32) -> Explanation {
    let decision = decide(catalog, facts, permission);
    let mut principal = Leg { decision, steps: Vec::new() };
    let mut owner = None;
    if let Some(chain) = Chain::of(&facts.place).filter(|_| !is_malformed(catalog, facts)) {
        let walk = Walk { reader: Reader { catalog, facts, chain }, permission };
        match &facts.principal {
            Principal::Unknown => {}
            Principal::User(user) => principal = walk.user(user),
            Principal::Key(key) => {
                principal = walk.key(key);
                if let Some(Owner::User(user)) = &key.owner {
                    owner = Some(walk.user(user));
                }
            }
            Principal::ProjectKey(key) => {
                let verdict = chain.refuses_key_of(key.project).unwrap_or_else(|| walk.listed(catalog.project_key));
                principal.steps.push(Step { source: Source::ProjectKey, reading: Reading::ProjectKey, fault: None, verdict });
            }
        }
    }
    let known = catalog.all.contains(permission);
    let (since, until) = if known { validity(catalog, facts) } else { ALWAYS };
    Explanation { decision, principal, owner, since, until }
}

struct Walk<'a> {
    reader: Reader<'a>,
    permission: u32,
}

impl Walk<'_> {
    #[inline]
    fn user(&self, user: &UserFacts) -> Leg {
        let Self { reader, .. } = self;
        // Someone who is not a member has no membership that would cap what is left behind.
        let holder = user.membership.map_or(Holder::User, holder_of);
        let mut steps = Vec::new();
        let verdict = match reader.chain.is_organization() {
            true => self.listed(reader.catalog.organization_member),
            false => Verdict::BelowOrganization,
        };
        steps.push(Step { source: Source::Floor, reading: Reading::OrganizationMember, fault: None, verdict });
        self.bindings(&user.bindings, holder, &mut steps);
        let silenced = user.bindings.iter().any(|binding| reader.chain.misses(binding).is_none());
        for (index, membership) in (0..).zip(&user.team_memberships) {
            let read = reader.membership(membership.role, holder);
            let stopped = reader.chain.ignores(membership, silenced);
            steps.push(self.step(Source::TeamMembership(index), &read, stopped));
        }
        let decision = self.alone(|asked| user_leg(*reader, user, asked));
        Leg { decision, steps }
    }

    #[inline]
    fn key(&self, key: &KeyFacts) -> Leg {
        let Self { reader, .. } = self;
        let mut steps = Vec::new();
        self.bindings(&key.bindings, Holder::Key(key.handle), &mut steps);
        if key.organization != reader.chain.organization {
            steps.iter_mut().for_each(|step| step.verdict = Verdict::OtherOrganization);
        }
        // An unknown permission outranks all that is wrong with the key, as it does in the decision.
        let known = reader.catalog.all.contains(self.permission);
        let decision = match refusal_of_key(reader.catalog.rules, key, reader.facts.now).filter(|_| known) {
            Some(reason) => deny(reason),
            None => self.alone(|asked| key_leg(*reader, key, asked)),
        };
        Leg { decision, steps }
    }

    #[inline]
    fn bindings(&self, bindings: &[Binding], holder: Holder, steps: &mut Vec<Step>) {
        steps.reserve(bindings.len());
        for (index, binding) in (0..).zip(bindings) {
            let read = self.reader.read(binding.role, binding.scope.tier, holder);
            steps.push(self.step(Source::Binding(index), &read, self.reader.chain.misses(binding)));
        }
    }

    #[inline]
    fn step(&self, source: Source, read: &Read<'_>, stopped: Option<Verdict>) -> Step {
        let (reading, list) = read.for_one(self.permission);
        // Read as no list: by the strict rules for its fault, or for being a team membership; otherwise for an external member.
        let external = reading == Reading::Nothing && read.fault.is_none() && matches!(source, Source::Binding(_));
        let verdict = match stopped {
            Some(verdict) => verdict,
            None if !read.of(PermissionSet::only(self.permission)).is_empty() => Verdict::Grants,
            None if list.contains(self.permission) => Verdict::OrganizationOnly,
            None if external => Verdict::ExternalMember,
            None => Verdict::NotListed,
        };
        Step { source, reading, fault: read.fault, verdict }
    }

    #[inline]
    fn listed(&self, list: PermissionSet) -> Verdict {
        if list.contains(self.permission) { Verdict::Grants } else { Verdict::NotListed }
    }

    /// What one side answers by itself.
    #[inline]
    fn alone(&self, leg: impl FnOnce(&mut Asked<'_, &mut dyn FnMut(Decision, PermissionSet)>)) -> Decision {
        if !self.reader.catalog.all.contains(self.permission) {
            return deny(Reason::PermissionUnknown);
        }
        let mut decision = deny(Reason::BadFacts);
        let mut tell: &mut dyn FnMut(Decision, PermissionSet) = &mut |found, _| decision = found;
        leg(&mut Asked { left: PermissionSet::only(self.permission), tell: &mut tell });
        decision
    }
}
