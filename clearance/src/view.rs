//! Questions at one moment.
//!
//! A request asks through one [`View`], so that all its answers are about the same time. A decision that must be made again
//! later, when the data has changed, is a [`Capsule`].

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use clearance_directory::{Directory, Epoch, Gathered, PlaceId, PlaceSlot, PrincipalId, PrincipalSlot, document::Timestamp};
use clearance_policy::types::{self, Facts, repair::Side};
use clearance_question::{EvalError, PolicyVersion};

use crate::{
    Authorizer, Capsule, Decision, Effective, Explanation,
    active_version::ActiveVersion,
    cache::{Entry, Outcome, Question},
    live::Live,
    names::Names,
    sample::Sample,
};

/// An [`Authorizer`] at one moment.
///
/// The time of a view stands still, and the data goes on. One version answers each question from one state of the data: the state
/// at the moment when the question is asked. If a change comes between two questions of one view, the second question sees it. So
/// a revoked key is refused through every view, also through one that was made before. A view holds no lock: however long it
/// lives, nothing waits for it.
///
/// Which version answers depends on the place, because an organization may be pinned to a version. So ask a
/// [`place`](Self::place) for it:
///
/// ```
/// use clearance::{Authorizer, Directory, PlaceId::Project, PrincipalId::Key};
/// use clearance_host::{Engine, LANGWATCH, Limits};
///
/// let directory = Directory::from_json(include_str!("../../examples/company/directory.json"))?;
/// let policy = Engine::new(Limits::default())?.load(LANGWATCH)?;
/// let authorizer = Authorizer::new(policy, directory)?;
///
/// let view = authorizer.view_at("2026-06-01T12:00:00Z".parse()?);
/// let shop = view.place(Project("shop"));
/// let decision = shop.check(Key("ci"), "prompts:view")?;
/// assert!(decision.allow);
/// assert_eq!(decision.policy, shop.version().digest());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    pub(crate) authorizer: &'a Authorizer,
    pub(crate) now: u64,
}

/// A permission that no catalog has: they hold 256 at the most.
pub(crate) const UNKNOWN_PERMISSION: u32 = u32::MAX;

impl Authorizer {
    /// A view of the present, by the clock of this machine. Where there is no clock, or it cannot be read, the view is at the end
    /// of time, when every key that expires has expired.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        View { authorizer: self, now: clock().unwrap_or(u64::MAX) }
    }

    /// A view of the moment that the caller gives. It reads no clock.
    #[must_use]
    pub fn view_at(&self, now: Timestamp) -> View<'_> {
        View { authorizer: self, now: now.millis() }
    }
}

/// The milliseconds since 1970-01-01T00:00:00Z. `None` means that there is no clock, or that it cannot be read.
fn clock() -> Option<u64> {
    // Where nothing is known of the system, asking for the time panics.
    if cfg!(all(target_family = "wasm", target_os = "unknown")) {
        return None;
    }
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}

impl<'a> View<'a> {
    /// The authorizer itself.
    #[must_use]
    pub fn authorizer(self) -> &'a Authorizer {
        self.authorizer
    }
}

impl View<'_> {
    /// Asks whether a principal has a permission at a place. `permission` is a name such as `traces:create`.
    ///
    /// An unknown principal, permission or place is denied with a reason of its own.
    ///
    /// # Errors
    ///
    /// [`EvalError`] where the policy gave no answer: refuse.
    pub fn check(self, principal: PrincipalId<'_>, permission: &str, place: PlaceId<'_>) -> Result<Decision, EvalError> {
        self.decide(principal, Asked::About(permission), place)
    }

    /// Asks whether anything is wrong with a principal at a place, such as a key that has expired: the decision about the first
    /// permission of the version that answers there. A reason such as `key-expired` comes before what a key or its owner lacks.
    ///
    /// # Errors
    ///
    /// As for [`check`](Self::check).
    pub fn standing(self, principal: PrincipalId<'_>, place: PlaceId<'_>) -> Result<Decision, EvalError> {
        self.decide(principal, Asked::First, place)
    }

    /// Looks up the version and asks it in one state of both, so that a permission is never one of another version.
    fn decide(self, principal: PrincipalId<'_>, asked: Asked<'_>, place: PlaceId<'_>) -> Result<Decision, EvalError> {
        let live = self.authorizer.read();
        let (principal, place) = (live.directory.principal(principal), live.directory.place(place));
        let active = live.version_at(place);
        let permission = asked.number(&active.version);
        let sampled = match (&live.sink, principal, place) {
            // What a pinned version answers says nothing about the live one.
            (Some(sink), Some(principal), Some(place)) if live.versions.is_live(active) && sink.wants() => {
                let epoch = live.directory.epoch(principal, place);
                let name = asked.name(&active.version).map(Box::from);
                name.map(|permission| (Arc::clone(sink), principal, place, permission, epoch, active.generation))
            }
            _ => None,
        };
        let decision = match (principal, permission, place) {
            (Some(principal), Some(permission), Some(place)) if self.authorizer.cache.is_on() => {
                let policy = active.version.digest();
                let entry = match self.cached(&live, active, principal, place) {
                    Some(entry) => entry,
                    None => {
                        let miss = self.miss(&live, active, principal, place)?;
                        drop(live);
                        self.evaluate(miss)?
                    }
                };
                entry.decision(permission, policy)
            }
            // An unknown principal, permission or place is the policy's to judge as well.
            (principal, permission, place) => {
                let gathered = self.gather(&live, active, principal, place)?;
                let (version, names) = (active.version.clone(), binding_ids(&live.directory, &gathered));
                drop(live);
                self.decide_uncached(&version, &gathered.facts, permission.unwrap_or(UNKNOWN_PERMISSION), &names)
            }
        }?;
        if let Some((sink, principal, place, permission, epoch, generation)) = sampled {
            let answer = (decision.allow, decision.reason);
            sink.take(Sample { principal, place, permission, now: self.now, epoch, generation, answer });
        }
        Ok(decision)
    }

    /// All permissions that a principal has at a place.
    ///
    /// # Errors
    ///
    /// As for [`check`](Self::check).
    pub fn effective(self, principal: PrincipalId<'_>, place: PlaceId<'_>) -> Result<Effective, EvalError> {
        let live = self.authorizer.read();
        let place = live.directory.place(place);
        let active = live.version_at(place);
        let version = active.version.clone();
        let entry = match (live.directory.principal(principal), place) {
            (Some(principal), Some(place)) => match self.cached(&live, active, principal, place) {
                Some(entry) => entry,
                None => {
                    let miss = self.miss(&live, active, principal, place)?;
                    drop(live);
                    self.evaluate(miss)?
                }
            },
            (principal, place) => {
                let gathered = self.gather(&live, active, principal, place)?;
                let names = binding_ids(&live.directory, &gathered);
                drop(live);
                Arc::new(entry(&version, &gathered, &names).inspect_err(|error| self.authorizer.count_failure(error))?)
            }
        };
        Ok(Effective { version, entry })
    }

    /// The same decision as [`check`](Self::check), with every source that the policy looked at.
    ///
    /// # Errors
    ///
    /// As for [`check`](Self::check).
    pub fn explain(self, principal: PrincipalId<'_>, permission: &str, place: PlaceId<'_>) -> Result<Explanation, EvalError> {
        let Named { version, facts, names } = self.gather_named(principal, place)?;
        let number = version.permission(permission).unwrap_or(UNKNOWN_PERMISSION);
        let explanation = version.explain(&facts, number).inspect_err(|error| self.authorizer.count_failure(error))?;
        Ok(names.explanation(&facts, version.digest(), &explanation))
    }

    /// The same decision as [`check`](Self::check), with everything that is needed to make it again later.
    ///
    /// # Errors
    ///
    /// As for [`check`](Self::check).
    pub fn capsule(self, principal: PrincipalId<'_>, permission: &str, place: PlaceId<'_>) -> Result<Capsule, EvalError> {
        let Named { version, facts, names } = self.gather_named(principal, place)?;
        Capsule::record(&version, permission, facts, names).inspect_err(|error| self.authorizer.count_failure(error))
    }

    /// What a question is about, to be asked without holding the data.
    fn gather_named(self, principal: PrincipalId<'_>, place: PlaceId<'_>) -> Result<Named, EvalError> {
        let live = self.authorizer.read();
        let place = live.directory.place(place);
        let active = live.version_at(place);
        let gathered = self.gather(&live, active, live.directory.principal(principal), place)?;
        Ok(Named { version: active.version.clone(), names: Names::of(&live.directory, &gathered), facts: gathered.facts })
    }

    /// All answers of a known principal at a known place, if the cache has them.
    pub(crate) fn cached(
        self,
        live: &Live,
        active: &ActiveVersion,
        principal: PrincipalSlot,
        place: PlaceSlot,
    ) -> Option<Arc<Entry>> {
        let question = Question { generation: active.generation, principal, place };
        self.authorizer.cache.get(&question, live.directory.epoch(principal, place), self.now)
    }

    /// What it takes to ask the policy for answers that the cache does not have. Asking is apart, so that it can be done without
    /// holding the data: a slow policy must not hold up changes.
    ///
    /// # Errors
    ///
    /// As for [`gather`](Self::gather).
    #[cold]
    pub(crate) fn miss(
        self,
        live: &Live,
        active: &ActiveVersion,
        principal: PrincipalSlot,
        place: PlaceSlot,
    ) -> Result<Box<Miss>, EvalError> {
        let question = Question { generation: active.generation, principal, place };
        let epoch = live.directory.epoch(principal, place);
        let gathered = self.gather(live, active, Some(principal), Some(place))?;
        let names = binding_ids(&live.directory, &gathered);
        Ok(Box::new(Miss { question, epoch, version: active.version.clone(), gathered, names }))
    }

    /// Asks the policy, and keeps the answers.
    pub(crate) fn evaluate(self, miss: Box<Miss>) -> Result<Arc<Entry>, EvalError> {
        let Miss { question, epoch, version, gathered, names } = *miss;
        let entry = Arc::new(entry(&version, &gathered, &names).inspect_err(|error| self.authorizer.count_failure(error))?);
        self.authorizer.cache.insert(question, epoch, Arc::clone(&entry));
        Ok(entry)
    }

    /// Asks the policy, and keeps nothing. Like [`evaluate`](Self::evaluate), without holding the data.
    fn decide_uncached(
        self,
        version: &PolicyVersion,
        facts: &Facts,
        permission: u32,
        names: &[Option<Arc<str>>],
    ) -> Result<Decision, EvalError> {
        let decided = version.decide(facts, permission).inspect_err(|error| self.authorizer.count_failure(error))?;
        let types::Decision { allow, reason, binding } = decided;
        Ok(Decision { allow, reason, binding: binding_name(names, binding), policy: version.digest() })
    }

    /// Whether the version can be asked about this principal here: see [`gather`](Self::gather).
    pub(crate) fn can_ask(
        self,
        live: &Live,
        active: &ActiveVersion,
        principal: Option<PrincipalSlot>,
        place: Option<PlaceSlot>,
    ) -> Result<(), EvalError> {
        if active.roles.are_usable() { Ok(()) } else { self.gather(live, active, principal, place).map(drop) }
    }

    /// The facts of a question, for the version that answers it.
    ///
    /// # Errors
    ///
    /// [`EvalError::UnusableRole`] where they name a custom role that the version cannot use. It is not counted as a failure of the
    /// version: what is stored is at fault.
    pub(crate) fn gather(
        self,
        live: &Live,
        active: &ActiveVersion,
        principal: Option<PrincipalSlot>,
        place: Option<PlaceSlot>,
    ) -> Result<Gathered, EvalError> {
        let gathered = live.directory.facts(principal, place, self.now, active.roles.sets());
        active.roles.check(&live.directory, &gathered, active.version.digest())?;
        Ok(gathered)
    }
}

/// Which permission is asked about.
#[derive(Clone, Copy)]
enum Asked<'a> {
    /// The one of this name.
    About(&'a str),
    /// The first of whichever version answers.
    First,
}

impl<'a> Asked<'a> {
    /// Its number in a version. `None` means that the version does not know it.
    fn number(self, version: &PolicyVersion) -> Option<u32> {
        match self {
            Self::About(name) => version.permission(name),
            Self::First => version.permission_name(0).map(|_| 0),
        }
    }

    /// Its name.
    fn name<'v>(self, version: &'v PolicyVersion) -> Option<&'v str>
    where
        'a: 'v,
    {
        match self {
            Self::About(name) => Some(name),
            Self::First => version.permission_name(0),
        }
    }
}

/// A question that the cache does not answer, with all that belongs to the same state of the data.
pub(crate) struct Miss {
    question: Question,
    epoch: Epoch,
    version: PolicyVersion,
    gathered: Gathered,
    names: BindingIds,
}

/// The facts of a question with their names, and the version that judges it.
struct Named {
    version: PolicyVersion,
    facts: Facts,
    names: Names,
}

type BindingIds = Box<[Option<Arc<str>>]>;

/// The ids of the bindings of the side that asks, by their index.
fn binding_ids(directory: &Directory, gathered: &Gathered) -> BindingIds {
    gathered.bindings(Side::Principal).iter().map(|slot| directory.binding_id(*slot).map(Arc::from)).collect()
}

fn entry(version: &PolicyVersion, gathered: &Gathered, names: &[Option<Arc<str>>]) -> Result<Entry, EvalError> {
    let types::EffectiveSet { permissions, outcomes, since, until } = version.effective(&gathered.facts)?;
    let outcome = |types::Outcome { decision, permissions }| {
        let types::Decision { allow, reason, binding } = decision;
        Outcome { allow, reason, binding: binding_name(names, binding), permissions }
    };
    Ok(Entry { permissions, outcomes: outcomes.into_iter().map(outcome).collect(), since, until })
}

/// The id of a binding by its index.
fn binding_name(names: &[Option<Arc<str>>], binding: Option<u32>) -> Option<Arc<str>> {
    names.get(usize::try_from(binding?).ok()?)?.clone()
}
