//! Asking both versions about some principals.

use std::slice;

use clearance::{EvalError, PolicyVersion};
use clearance_directory::{Directory, PrincipalSlot, Region, RoleSets, RoleSlot, Survey};
use clearance_policy::types::{
    Decision, EffectiveSet, Facts, KeyFacts, Owner, PermissionSet, Principal, Reason, Role, UserFacts,
};

use super::{
    catalogs::{Catalogs, Delta, Deltas},
    entry::{Change, Entry, Through},
    error::DiffError,
};

/// A call has one deadline for all its questions, so it has no more than this many …
const MAX_BATCH_QUESTIONS: usize = 256;
/// … and no more bindings, team memberships and roles than this.
const MAX_BATCH_ROWS: usize = 8192;

/// All that it takes to compare. Of each pair the first is of the version before, the second of the one after.
pub(super) struct Worker<'a> {
    pub(super) directory: &'a Directory,
    pub(super) survey: &'a Survey<'a>,
    pub(super) versions: (&'a PolicyVersion, &'a PolicyVersion),
    pub(super) roles: (&'a RoleSets, &'a RoleSets),
    pub(super) catalogs: &'a Catalogs,
    pub(super) now: u64,
}

/// Facts that were not asked about yet, and what they are about.
#[derive(Default)]
struct Batch {
    facts: Vec<Facts>,
    subjects: Vec<Subject>,
    rows: usize,
}

struct Subject {
    principal: PrincipalSlot,
    region: Region,
    /// As many as `facts.roles`, for the same roles.
    roles: Vec<RoleSlot>,
}

impl Worker<'_> {
    /// What changes for these principals, and for how many sets each version was asked.
    pub(super) fn compare(&self, principals: &[PrincipalSlot], deltas: &mut Deltas) -> Result<(Vec<Entry>, usize), DiffError> {
        let (mut entries, mut sets) = (Vec::new(), 0);
        let mut batch = Batch::default();
        for &principal in principals {
            for region in self.survey.regions(principal) {
                let gathered = self.directory.facts(Some(principal), Some(region.place), self.now, self.roles.0);
                batch.subjects.push(Subject { principal, region, roles: gathered.roles().to_vec() });
                batch.rows += rows(&gathered.facts);
                batch.facts.push(gathered.facts);
                if batch.facts.len() >= MAX_BATCH_QUESTIONS || batch.rows >= MAX_BATCH_ROWS {
                    sets += batch.facts.len();
                    self.ask(&mut batch, deltas, &mut entries)?;
                }
            }
        }
        sets += batch.facts.len();
        self.ask(&mut batch, deltas, &mut entries)?;
        Ok((entries, sets))
    }

    /// Asks both versions about a batch, and empties it.
    fn ask(&self, batch: &mut Batch, deltas: &mut Deltas, entries: &mut Vec<Entry>) -> Result<(), DiffError> {
        let Batch { facts, subjects, rows } = batch;
        let before = self.effective_many(self.versions.0, facts, subjects)?;
        // The facts are the same but for what each version reads in the lists of custom roles.
        facts.iter_mut().zip(&*subjects).for_each(|(facts, subject)| put_role_sets(facts, subject, self.roles.1));
        let after = self.effective_many(self.versions.1, facts, subjects)?;
        for (((facts, subject), before), after) in facts.iter_mut().zip(&*subjects).zip(before).zip(after) {
            if let Some(delta) = self.catalogs.delta(before, after, deltas) {
                let after = self.effective(self.versions.1, facts, subject, after)?;
                put_role_sets(facts, subject, self.roles.0);
                let before = self.effective(self.versions.0, facts, subject, before)?;
                entries.push(Entry {
                    principal: subject.principal,
                    region: subject.region,
                    places: self.survey.count(subject.principal, &subject.region),
                    changes: self.changes(&delta, facts, subject, (&before, &after)),
                });
            }
        }
        facts.clear();
        subjects.clear();
        *rows = 0;
        Ok(())
    }

    fn effective_many(
        &self,
        version: &PolicyVersion,
        facts: &[Facts],
        subjects: &[Subject],
    ) -> Result<Vec<PermissionSet>, DiffError> {
        let error = match version.effective_many(facts) {
            Ok(sets) => return Ok(sets),
            Err(error) => error,
        };
        // One by one, to see which it is; and where all together were too much, each by itself may not be.
        let mut sets = Vec::with_capacity(facts.len());
        for (facts, subject) in facts.iter().zip(subjects) {
            let one = version.effective_many(slice::from_ref(facts)).map_err(|error| self.error_about(subject, error))?;
            sets.extend(one);
        }
        match (&error, subjects.first()) {
            (
                EvalError::Deadline { .. }
                | EvalError::Timeout { .. }
                | EvalError::Memory { .. }
                | EvalError::AnswerTooLarge { .. },
                _,
            )
            | (_, None) => Ok(sets),
            // No number of questions is a reason to fail in another way.
            (_, Some(first)) => Err(self.error_about(first, error)),
        }
    }

    /// The answers with their reasons. Asking for them asks the same question again.
    fn effective(
        &self,
        version: &PolicyVersion,
        facts: &Facts,
        subject: &Subject,
        known: PermissionSet,
    ) -> Result<EffectiveSet, DiffError> {
        let set = version.effective(facts).map_err(|error| self.error_about(subject, error))?;
        if set.permissions == known {
            return Ok(set);
        }
        let (principal, place) = self.names(subject);
        Err(DiffError::Unsteady { policy: version.digest(), principal, place })
    }

    fn error_about(&self, subject: &Subject, error: EvalError) -> DiffError {
        let (principal, place) = self.names(subject);
        DiffError::Eval { principal, place, error }
    }

    fn names(&self, subject: &Subject) -> (String, String) {
        let Subject { principal, region, .. } = subject;
        (self.directory.principal_id(*principal).to_string(), self.directory.place_id(region.place).to_string())
    }

    fn changes(&self, delta: &Delta, facts: &Facts, subject: &Subject, sets: (&EffectiveSet, &EffectiveSet)) -> Vec<Change> {
        let mut changes: Vec<Change> = Vec::new();
        let gained = delta.gained.iter().map(|&position| (true, position));
        for (gain, position) in gained.chain(delta.lost.iter().map(|&position| (false, position))) {
            let numbers = self.catalogs.numbers(position);
            let (before, after) = (decision(sets.0, numbers.0), decision(sets.1, numbers.1));
            let role = through(if gain { after } else { before }, facts, subject);
            let change = Change { gain, before: reason(before), after: reason(after), role, permissions: vec![position] };
            let same = |known: &&mut Change| {
                (known.gain, known.before, known.after, known.role) == (change.gain, change.before, change.after, change.role)
            };
            match changes.iter_mut().find(same) {
                Some(known) => known.permissions.push(position),
                None => changes.push(change),
            }
        }
        changes
    }
}

/// Puts in what one version reads in the lists of the custom roles.
fn put_role_sets(facts: &mut Facts, subject: &Subject, roles: &RoleSets) {
    facts.roles.iter_mut().zip(&subject.roles).for_each(|(role, slot)| role.permissions = roles.of(*slot));
}

fn rows(facts: &Facts) -> usize {
    let of_user = |user: &UserFacts| user.bindings.len() + user.team_memberships.len();
    let of_principal = match &facts.principal {
        Principal::User(user) => of_user(user),
        Principal::Key(KeyFacts { bindings, owner: Some(Owner::User(user)), .. }) => bindings.len() + of_user(user),
        Principal::Key(key) => key.bindings.len(),
        Principal::Unknown | Principal::ProjectKey(_) => 0,
    };
    of_principal + facts.roles.len()
}

/// `None` means that the version does not have the permission.
fn decision(set: &EffectiveSet, number: Option<u32>) -> Option<Decision> {
    let outcome = set.outcomes.iter().find(|outcome| number.is_some_and(|number| outcome.permissions.contains(number)));
    outcome.map(|outcome| outcome.decision)
}

fn reason(decision: Option<Decision>) -> Reason {
    decision.map_or(Reason::PermissionUnknown, |decision| decision.reason)
}

fn through(decision: Option<Decision>, facts: &Facts, subject: &Subject) -> Through {
    let bindings = match &facts.principal {
        Principal::User(user) => &user.bindings[..],
        Principal::Key(key) => &key.bindings[..],
        Principal::Unknown | Principal::ProjectKey(_) => &[],
    };
    let index = decision.and_then(|decision| decision.binding).and_then(|index| usize::try_from(index).ok());
    match index.and_then(|index| bindings.get(index)).map(|binding| binding.role) {
        None => Through::NoBinding,
        Some(Role::Admin) => Through::Admin,
        Some(Role::Member) => Through::Member,
        Some(Role::Viewer) => Through::Viewer,
        Some(Role::Missing) => Through::Missing,
        Some(Role::Custom(index)) => {
            let role = usize::try_from(index).ok().and_then(|index| subject.roles.get(index));
            role.map_or(Through::Missing, |role| Through::Custom(*role))
        }
    }
}
