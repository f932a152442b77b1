//! The changes that would turn a denial into an allow.

use clearance_directory::{
    Gathered, PlaceId, PrincipalId,
    document::{BindingRole, Holder, MemberRole, Scope},
};
pub use clearance_policy::types::repair::{Maker, Obstacle};
use clearance_policy::types::{
    Facts, Handle, Membership, Principal, Role, Scope as ScopeFacts, Tier, UserFacts,
    repair::{Action, Addition, Asker as AskerFacts, Change, ChangeSets, RepairAnswer, RepairQuestion, Side},
};
use clearance_question::{Digest, EvalError};

use crate::{
    View,
    active_version::ActiveVersion,
    live::Live,
    names::{self, Names},
    view::UNKNOWN_PERMISSION,
};

/// Who asks what would grant a permission. The answer shows nobody what they may not see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker<'a> {
    /// The program that holds the directory, which sees everything.
    Keeper,
    /// A signed-in user, by id.
    User(&'a str),
    /// A key that asks by itself, by id.
    Key(&'a str),
}

/// The changes that would turn a denial into an allow, and the policy version that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub struct Repair {
    /// Whether there are such changes, and which.
    pub outcome: RepairOutcome,
    /// The digest of the policy version that answered.
    pub policy: Digest,
}

/// Whether changes of the data would turn a denial into an allow, and which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RepairOutcome {
    /// The permission is granted already.
    Allowed,
    /// Each of these sets of changes would grant the permission, and no change in a set can be left out.
    Sets {
        /// At least one and at most three sets, best first.
        sets: Vec<Vec<RepairAction>>,
        /// Whether there are further sets.
        more: bool,
    },
    /// No change would grant it, for this reason.
    Nothing(Obstacle),
}

/// One change of the data, and who could make it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RepairAction {
    /// The change to make.
    pub change: RepairChange,
    /// The least powerful user who could make the change.
    pub by: Maker,
}

/// One change of the data, with ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RepairChange {
    /// The key expires later than now, or never.
    Renew {
        /// The id of the key.
        key: Box<str>,
    },
    /// The user is no longer deactivated.
    Reactivate {
        /// The id of the user.
        user: Box<str>,
    },
    /// The user joins the organization, or is more than an external member of it.
    Membership {
        /// The id of the organization.
        organization: Box<str>,
        /// The id of the user.
        user: Box<str>,
        /// The role that the user is to have in the organization.
        role: MemberRole,
    },
    /// A binding is added.
    Bind {
        /// The id of the organization that the binding is stored under.
        organization: Box<str>,
        /// The user or the key that gets the binding.
        holder: Holder,
        /// The role that the binding gives.
        role: BindingRole,
        /// The id of the custom role. Present exactly when the role is CUSTOM.
        custom_role: Option<Box<str>>,
        /// The place at which the role applies, with everything below.
        scope: Scope,
    },
}

impl View<'_> {
    /// Asks which changes of the data would give a principal a permission at a place. Of roles, it considers the built-in ones
    /// and the shared custom roles of the organization of the place. The contract says what is shown to which asker.
    ///
    /// # Errors
    ///
    /// [`EvalError`] where the policy gave no answer. [`EvalError::NoRepair`] means that the version does not export the
    /// interface `repair`.
    pub fn repair(
        self,
        principal: PrincipalId<'_>,
        permission: &str,
        place: PlaceId<'_>,
        asker: Asker<'_>,
    ) -> Result<Repair, EvalError> {
        let live = self.authorizer.read();
        let at = live.directory.place(place);
        let active = live.version_at(at);
        let principal = live.directory.principal(principal);
        // Whether the question can be asked is a matter of the roles that the principal has, and not of those on offer.
        self.can_ask(&live, active, principal, at)?;
        let (gathered, mut offers) = live.directory.facts_and_offers(principal, at, self.now, active.roles.sets());
        offers.retain(|role| match role {
            Role::Custom(index) => {
                let role = usize::try_from(*index).ok().and_then(|index| gathered.roles().get(index));
                role.is_some_and(|role| !active.roles.is_unusable(*role))
            }
            Role::Admin | Role::Member | Role::Viewer | Role::Missing => true,
        });
        let organization = names::organization(&gathered.facts.place);
        let question = RepairQuestion {
            permission: active.version.permission(permission).unwrap_or(UNKNOWN_PERMISSION),
            offers,
            asker: self.asker(&live, active, organization, asker)?,
        };
        let (version, names) = (active.version.clone(), Names::of(&live.directory, &gathered));
        let Gathered { facts, .. } = gathered;
        // A slow policy must not hold up changes.
        drop(live);
        let policy = version.digest();
        let answer = version.repair(&facts, &question).inspect_err(|error| self.authorizer.count_failure(error))?;
        let outcome = match answer {
            RepairAnswer::Allowed => RepairOutcome::Allowed,
            RepairAnswer::Nothing(obstacle) => RepairOutcome::Nothing(obstacle),
            RepairAnswer::Sets(ChangeSets { sets, more }) => {
                let named = Named { names: &names, facts: &facts };
                let named = sets.iter().map(|set| set.iter().map(|action| named.action(action)).collect());
                let what = "it names what is not in the question";
                let sets = named.collect::<Option<_>>().ok_or(EvalError::WrongAnswer { policy, question: "repair", what })?;
                RepairOutcome::Sets { sets, more }
            }
        };
        Ok(Repair { outcome, policy })
    }

    fn asker(
        self,
        live: &Live,
        active: &ActiveVersion,
        organization: Option<Handle>,
        asker: Asker<'_>,
    ) -> Result<AskerFacts, EvalError> {
        Ok(match asker {
            Asker::Keeper => AskerFacts::Keeper,
            Asker::Key(key) => AskerFacts::Key(live.directory.stored_key(key).map_or(NOTHING, |key| key.handle)),
            Asker::User(user) => {
                let scope = organization.and_then(|at| live.directory.scope(ScopeFacts { tier: Tier::Organization, at }));
                let place = scope.as_ref().and_then(|scope| live.directory.place(PlaceId::from(scope)));
                let gathered = self.gather(live, active, live.directory.principal(PrincipalId::User(user)), place)?;
                AskerFacts::User(match gathered.facts.principal {
                    Principal::User(user) => user,
                    _ => nobody(),
                })
            }
        })
    }
}

/// No handle of any directory.
const NOTHING: Handle = 0;

/// A user who is not stored: no member of anything.
fn nobody() -> UserFacts {
    UserFacts { handle: NOTHING, membership: None, bindings: Vec::new(), team_memberships: Vec::new(), deactivated: false }
}

/// An answer that gets its names.
struct Named<'a> {
    names: &'a Names,
    facts: &'a Facts,
}

/// `None` means that the policy named something that is not in the question. The host has refused such an answer before.
impl Named<'_> {
    fn action(&self, Action { change, by }: &Action) -> Option<RepairAction> {
        let change = match change {
            Change::Renew => RepairChange::Renew { key: self.key()? },
            Change::Reactivate => RepairChange::Reactivate { user: self.user()? },
            Change::Membership(membership) => RepairChange::Membership {
                organization: self.organization()?,
                user: self.user()?,
                role: match membership {
                    Membership::Admin => MemberRole::Admin,
                    Membership::Member => MemberRole::Member,
                    Membership::External => MemberRole::External,
                },
            },
            Change::Bind(Addition { side, role, scope }) => {
                let holder = match (side, &self.facts.principal) {
                    (Side::Principal, Principal::Key(_)) => Holder::Key(self.key()?),
                    (Side::Principal | Side::Owner, _) => Holder::User(self.user()?),
                };
                let (role, custom_role) = match self.names.role(*role) {
                    (BindingRole::Custom, None) => return None,
                    named => named,
                };
                let scope = self.names.scope(scope.tier, scope.at);
                RepairChange::Bind { organization: self.organization()?, holder, role, custom_role, scope }
            }
        };
        Some(RepairAction { change, by: *by })
    }

    fn key(&self) -> Option<Box<str>> {
        match &self.facts.principal {
            Principal::Key(key) => Some(self.names.id(key.handle).into()),
            _ => None,
        }
    }

    /// The id of the user that the question is about, or of the owner of the key.
    fn user(&self) -> Option<Box<str>> {
        let user = names::user(self.facts, Side::Principal).or_else(|| names::user(self.facts, Side::Owner));
        user.map(|user| self.names.id(user.handle).into())
    }

    fn organization(&self) -> Option<Box<str>> {
        names::organization(&self.facts.place).map(|organization| self.names.id(organization).into())
    }
}
