//! Questions about keys at one moment.

use clearance_directory::{
    OwnBindings, PlaceId, PrincipalId, PrincipalSlot,
    document::{Binding, BindingRole, Member, Mode, Project, Team, Timestamp},
};
use clearance_policy::types::{
    Facts, Mode as ModeFacts,
    lifecycle::{Change, Draft, ProjectKeyUse, Refusal, Sight, WantedBinding as WantedFacts, WantedProject, WantedRole},
};
use clearance_question::{Digest, EvalError, PolicyVersion};

use crate::{
    View,
    active_version::ActiveVersion,
    key::{
        KeyChange, KeyCreationPlan, KeyDraft, KeyEditPlan, KeyError, KeyName, KeyRecord, KeyRefusal, KeyRevocationPlan,
        WantedBinding,
    },
    live::Live,
};

/// The most things of an organization that one question shows to the policy, so that no question outgrows its limits.
const MAX_THINGS_AT_ONCE: usize = 1_000;

/// The most places of a draft that are looked up. Those after them count as unknown, which the policy refuses. No policy allows
/// nearly as many.
const MAX_DRAFT_PLACES: usize = 256;

impl View<'_> {
    /// Asks whether this principal may make this key in this organization, and answers what is to be stored then.
    ///
    /// # Errors
    ///
    /// [`KeyError::Refused`] where the policy refuses. Any other [`KeyError`] means that it gave no answer that can be used.
    pub fn create_key(self, actor: PrincipalId<'_>, organization: &str, draft: &KeyDraft) -> Result<KeyCreationPlan, KeyError> {
        self.ask(
            |live| {
                let Live { directory, .. } = live;
                let owner = match &draft.assignee {
                    Some(assignee) => directory.principal(PrincipalId::User(assignee)),
                    None => directory.user_behind(actor),
                };
                let question = Draft {
                    unreadable: draft.unreadable.clone(),
                    kind: draft.kind,
                    name: draft.name.clone(),
                    description: draft.description.clone(),
                    expires: draft.expires.map(Timestamp::millis),
                    mode: draft.mode.map(mode),
                    assignee: draft.assignee.as_deref().map(|assignee| directory.assignee(assignee, organization)),
                    permissions: draft.permissions.clone(),
                    bindings: self.resolve_bindings(live, live.version_in(organization), owner, &draft.bindings)?,
                    projects: (0..).zip(&draft.projects).map(|(index, project)| wanted_project(live, index, project)).collect(),
                };
                Ok((self.at_organization(live, actor, organization)?, question))
            },
            |(Asker { version, facts }, question)| {
                let answer = version.create(facts, question)?;
                answer.map_err(|refusal| KeyError::from_refusal(refusal, draft.bindings.len()))
            },
            |live, (Asker { version, .. }, _), plan| {
                let policy = version.digest();
                KeyCreationPlan::from_answer(&live.directory, organization, plan, policy)
                    .ok_or_else(|| unstorable(policy, "create"))
            },
        )
    }

    /// Asks whether this principal may change this key in this way, and answers what is to be stored then.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn edit_key(
        self,
        actor: PrincipalId<'_>,
        organization: &str,
        key: &str,
        change: &KeyChange,
    ) -> Result<KeyEditPlan, KeyError> {
        self.ask(
            |live| {
                let owner = live.directory.user_behind(PrincipalId::Key(key));
                let wanted = |bindings: &Vec<_>| self.resolve_bindings(live, live.version_in(organization), owner, bindings);
                let question = Change {
                    unreadable: change.unreadable.clone(),
                    name: change.name.clone(),
                    description: change.description.clone(),
                    mode: change.mode.map(mode),
                    permissions: change.permissions.clone(),
                    bindings: change.bindings.as_ref().map(wanted).transpose()?,
                };
                Ok((self.at_organization(live, actor, organization)?, live.directory.stored_key(key), question))
            },
            |(Asker { version, facts }, stored, question)| {
                let answer = version.edit(facts, stored.as_ref(), question)?;
                answer.map_err(|refusal| KeyError::from_refusal(refusal, usize::MAX))
            },
            |live, (Asker { version, .. }, ..), edited| {
                let policy = version.digest();
                KeyEditPlan::from_answer(&live.directory, key, edited, policy).ok_or_else(|| unstorable(policy, "edit"))
            },
        )
    }

    /// Asks whether this principal may revoke this key, and answers what is to be stored then.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn revoke_key(self, actor: PrincipalId<'_>, organization: &str, key: &str) -> Result<KeyRevocationPlan, KeyError> {
        self.ask(
            |live| Ok((self.at_organization(live, actor, organization)?, live.directory.stored_key(key))),
            |(Asker { version, facts }, stored)| version.revoke(facts, stored.as_ref())?.map_err(key_error),
            |live, (Asker { version, .. }, _), _| {
                let at = Timestamp::saturating_from_millis(self.now);
                Ok(KeyRevocationPlan::of(&live.directory, key, at, version.digest()))
            },
        )
    }

    /// The keys of an organization that this principal sees in a list, newest first.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn list_keys(self, actor: PrincipalId<'_>, organization: &str) -> Result<Vec<KeyRecord>, KeyError> {
        self.ask_in_parts(
            |live| self.things_seen_by(live, actor, organization, live.directory.keys_of(organization)),
            |Asker { version, facts }, keys| version.list(facts, keys),
            |live, id| KeyRecord::of(&live.directory, id, self.now),
        )
    }

    /// Every key of an organization that this principal can read, those that no list shows included, newest first.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key). A principal that may not see a list is refused as by
    /// [`list_keys`](Self::list_keys): it must not learn that there is nothing to read.
    pub fn readable_keys(self, actor: PrincipalId<'_>, organization: &str) -> Result<Vec<KeyRecord>, KeyError> {
        self.ask_in_parts(
            |live| self.things_seen_by(live, actor, organization, live.directory.keys_of(organization)),
            |Asker { version, facts }, keys| {
                if let Err(refusal) = version.list(facts, &[])? {
                    return Ok(Err(refusal));
                }
                let mut readable = Vec::new();
                for (index, key) in (0..).zip(keys) {
                    match version.read(facts, Some(key))? {
                        Ok(_) => readable.push(index),
                        Err(Refusal::NotFound) => {}
                        Err(refusal) => return Ok(Err(refusal)),
                    }
                }
                Ok(Ok(readable))
            },
            |live, id| KeyRecord::of(&live.directory, id, self.now),
        )
    }

    /// One key, if this principal can see it.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn read_key(self, actor: PrincipalId<'_>, organization: &str, key: &str) -> Result<KeyRecord, KeyError> {
        self.ask(
            |live| Ok((self.at_organization(live, actor, organization)?, live.directory.stored_key(key))),
            |(Asker { version, facts }, stored)| version.read(facts, stored.as_ref())?.map_err(key_error),
            |live, _, _| KeyRecord::of(&live.directory, key, self.now).ok_or(KeyError::Refused(KeyRefusal::NotFound)),
        )
    }

    /// The name of any key of the organization, for a signed-in user. `None` means that the organization has no such key.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn key_name(self, actor: PrincipalId<'_>, organization: &str, key: &str) -> Result<Option<KeyName>, KeyError> {
        let seen = self.ask_in_parts(
            |live| self.things_seen_by(live, actor, organization, live.directory.stored_key(key).map(|stored| (key, stored))),
            |Asker { version, facts }, keys| version.look(facts, &Sight::KeyNames(keys.to_vec())),
            |live, id| live.directory.stored_key(id),
        )?;
        Ok(seen.into_iter().next().map(|key| KeyName { name: key.name.into(), revoked: key.revoked }))
    }

    /// A signed-in user's own bindings in the organization, without those of groups, in the order of their ids.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn own_bindings(self, actor: PrincipalId<'_>, organization: &str) -> Result<Vec<Binding>, KeyError> {
        self.ask_in_parts(
            |live| {
                let asker = self.at_organization(live, actor, organization)?;
                let PrincipalId::User(user) = actor else { return Ok(Shown { asker, ids: Vec::new(), things: Vec::new() }) };
                let roles = live.version_in(organization).roles.sets();
                let OwnBindings { facts, bindings, slots, .. } = live.directory.own_bindings(user, organization, self.now, roles);
                // The rows themselves: the slot of a binding that is removed may be another binding's by the time that it is named.
                let rows = slots.into_iter().filter_map(|slot| live.directory.binding_row(slot)).collect();
                Ok(Shown { asker: Asker { facts, ..asker }, ids: rows, things: bindings })
            },
            |Asker { version, facts }, bindings| version.look(facts, &Sight::OwnBindings(bindings.to_vec())),
            |_, row| Some(row.clone()),
        )
    }

    /// The teams that a signed-in user can choose a scope from, in the order of their ids.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn teams(self, actor: PrincipalId<'_>, organization: &str) -> Result<Vec<Team>, KeyError> {
        self.ask_in_parts(
            |live| self.things_seen_by(live, actor, organization, live.directory.teams_of(organization)),
            |Asker { version, facts }, teams| version.look(facts, &Sight::Teams(teams.to_vec())),
            |live, id| live.directory.team(id),
        )
    }

    /// The projects that a signed-in user can choose a scope from, in the order of their ids, without their project keys.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn projects(self, actor: PrincipalId<'_>, organization: &str) -> Result<Vec<Project>, KeyError> {
        self.ask_in_parts(
            |live| self.things_seen_by(live, actor, organization, live.directory.projects_of(organization)),
            |Asker { version, facts }, projects| version.look(facts, &Sight::Projects(projects.to_vec())),
            |live, id| live.directory.project(id).map(|project| Project { project_key: None, ..project }),
        )
    }

    /// The members whom a signed-in user can give a key to, in the order of their ids.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn members(self, actor: PrincipalId<'_>, organization: &str) -> Result<Vec<Member>, KeyError> {
        self.ask_in_parts(
            |live| self.things_seen_by(live, actor, organization, live.directory.members_of(organization)),
            |Asker { version, facts }, members| version.look(facts, &Sight::Members(members.to_vec())),
            |live, id| live.directory.member(organization, id),
        )
    }

    /// Asks whether this principal may see or replace the project key of this project, and answers the digest of the policy
    /// version that allows it.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn project_key(self, actor: PrincipalId<'_>, project: &str, wanted: ProjectKeyUse) -> Result<Digest, KeyError> {
        self.ask(
            |live| {
                let (actor, place) = (live.directory.principal(actor), live.directory.place(PlaceId::Project(project)));
                let active = live.version_at(place);
                Ok(Asker { version: active.version.clone(), facts: self.gather(live, active, actor, place)?.facts })
            },
            |Asker { version, facts }| version.project_key(facts, wanted)?.map_err(key_error),
            |_, Asker { version, .. }, _| Ok(version.digest()),
        )
    }

    /// Gathers a question, lets go of the data, asks, and names what was answered: a slow policy must not hold up changes. Where all
    /// data was replaced meanwhile, it begins again: the numbers of the answer are other things then.
    fn ask<Q, A, T>(
        self,
        gather: impl Fn(&Live) -> Result<Q, KeyError>,
        ask: impl Fn(&Q) -> Result<A, KeyError>,
        name: impl Fn(&Live, &Q, A) -> Result<T, KeyError>,
    ) -> Result<T, KeyError> {
        loop {
            let (era, question) = {
                let live = self.authorizer.read();
                (live.era, gather(&live)?)
            };
            let answer = ask(&question)?;
            let live = self.authorizer.read();
            if live.era == era {
                return name(&live, &question, answer);
            }
        }
    }

    /// As [`ask`](Self::ask), for things that are shown to the policy part by part. Answers those that it lets be seen and that are
    /// still there.
    fn ask_in_parts<I: Clone, X, T>(
        self,
        gather: impl Fn(&Live) -> Result<Shown<I, X>, KeyError>,
        ask: impl Fn(&Asker, &[X]) -> Result<Result<Vec<u32>, Refusal>, EvalError>,
        name: impl Fn(&Live, &I) -> Option<T>,
    ) -> Result<Vec<T>, KeyError> {
        loop {
            let (era, Shown { asker, ids, things }) = {
                let live = self.authorizer.read();
                (live.era, gather(&live)?)
            };
            let seen = in_parts(&ids, &things, |part| ask(&asker, part))?;
            let mut named = Vec::with_capacity(seen.len());
            let is_named = seen.chunks(MAX_THINGS_AT_ONCE).all(|part| {
                let live = self.authorizer.read();
                named.extend(part.iter().filter_map(|id| name(&live, id)));
                live.era == era
            });
            if is_named {
                return Ok(named);
            }
        }
    }

    /// Things of an organization, and the principal that wants to see them.
    fn things_seen_by<'i, X>(
        self,
        live: &'i Live,
        actor: PrincipalId<'_>,
        organization: &str,
        things: impl IntoIterator<Item = (&'i str, X)>,
    ) -> Result<Shown<Box<str>, X>, KeyError> {
        let asker = self.at_organization(live, actor, organization)?;
        let (ids, things) = things.into_iter().map(|(id, thing)| (Box::from(id), thing)).unzip();
        Ok(Shown { asker, ids, things })
    }

    /// The principal that asks, at the organization.
    fn at_organization(self, live: &Live, actor: PrincipalId<'_>, organization: &str) -> Result<Asker, KeyError> {
        let place = live.directory.place(PlaceId::Organization(organization));
        let active = live.version_at(place);
        let facts = self.gather(live, active, live.directory.principal(actor), place)?.facts;
        Ok(Asker { version: active.version.clone(), facts })
    }

    fn resolve_bindings(
        self,
        live: &Live,
        active: &ActiveVersion,
        owner: Option<PrincipalSlot>,
        bindings: &[WantedBinding],
    ) -> Result<Vec<WantedFacts>, KeyError> {
        let Live { directory, .. } = live;
        let one = |(index, WantedBinding { role, scope }): (usize, &WantedBinding)| {
            let place = directory.place(PlaceId::from(scope)).filter(|_| index < MAX_DRAFT_PLACES);
            let role = match role {
                BindingRole::Admin => WantedRole::Admin,
                BindingRole::Member => WantedRole::Member,
                BindingRole::Viewer => WantedRole::Viewer,
                BindingRole::Custom => WantedRole::Custom,
            };
            // What the owner has there must be known whole.
            self.can_ask(live, active, owner, place)?;
            let ceiling = directory.ceiling(owner, place, self.now, active.roles.sets());
            Ok(WantedFacts { role, workspace: directory.workspace(place), ceiling })
        };
        bindings.iter().enumerate().map(one).collect()
    }
}

/// The principal that asks about keys, as facts, and the version that is asked.
struct Asker {
    version: PolicyVersion,
    facts: Facts,
}

/// Things that a policy is to be shown, by something that stays.
struct Shown<I, X> {
    asker: Asker,
    ids: Vec<I>,
    things: Vec<X>,
}

fn wanted_project(live: &Live, index: usize, project: &str) -> WantedProject {
    let place = live.directory.place(PlaceId::Project(project)).filter(|_| index < MAX_DRAFT_PLACES);
    WantedProject { place: live.directory.place_facts(place), workspace: live.directory.workspace(place) }
}

/// Shows things to the policy, and answers with those that it lets be seen. It is asked once even where there is nothing to show:
/// a principal that may not look must not learn that.
fn in_parts<I: Clone, T>(
    ids: &[I],
    things: &[T],
    ask: impl Fn(&[T]) -> Result<Result<Vec<u32>, Refusal>, EvalError>,
) -> Result<Vec<I>, KeyError> {
    let mut seen = Vec::new();
    let mut first = 0;
    loop {
        let end = things.len().min(first + MAX_THINGS_AT_ONCE);
        let part = ids.get(first..end).unwrap_or_default();
        for index in ask(things.get(first..end).unwrap_or_default())?.map_err(key_error)? {
            seen.extend(usize::try_from(index).ok().and_then(|index| part.get(index)).cloned());
        }
        first = end;
        if first == things.len() {
            return Ok(seen);
        }
    }
}

fn key_error(refusal: Refusal) -> KeyError {
    KeyError::from_refusal(refusal, usize::MAX)
}

/// The policy allowed what cannot be stored.
fn unstorable(policy: Digest, question: &'static str) -> KeyError {
    KeyError::Eval(EvalError::WrongAnswer { policy, question, what: "it names what is not in the question" })
}

fn mode(mode: Mode) -> ModeFacts {
    match mode {
        Mode::All => ModeFacts::All,
        Mode::Readonly => ModeFacts::Readonly,
        Mode::Restricted => ModeFacts::Restricted,
    }
}
