//! Questions about keys at one moment.

use clearance_directory::{
    PlaceId, PrincipalId, PrincipalSlot, RoleSets,
    document::{Binding, BindingRole, Member, Mode, Project, Team, Timestamp},
};
use clearance_host::{Digest, EvalError};
use clearance_policy::types::{
    Facts, Mode as ModeFacts,
    lifecycle::{Change, Draft, ProjectKeyUse, Refusal, Sight, WantedBinding as WantedFacts, WantedProject, WantedRole},
};

use crate::{
    Moment,
    authorizer::Live,
    key::{KeyChange, KeyDraft, KeyEdit, KeyError, KeyName, KeyPlan, KeyRecord, KeyRefusal, KeyRevocation, WantedBinding},
};

/// What an organization has is shown to the policy in parts of so many, so that no question outgrows its limits.
const AT_ONCE: usize = 1_000;

/// So many places of a draft are looked up; what comes after them stands nowhere, which is refused. No policy allows nearly as many.
const PLACES: usize = 256;

impl Moment<'_> {
    /// May this principal make this key? And what is to be stored.
    ///
    /// # Errors
    ///
    /// [`KeyError`] tells a refusal from a policy that gave no answer.
    pub fn create_key(self, actor: PrincipalId<'_>, organization: &str, draft: &KeyDraft) -> Result<KeyPlan, KeyError> {
        let live = self.authorizer.read();
        let owner = match &draft.assignee {
            Some(assignee) => live.directory.principal(PrincipalId::User(assignee)),
            None => live.directory.user_behind(actor),
        };
        let question = Draft {
            unreadable: draft.unreadable.clone(),
            kind: draft.kind,
            name: draft.name.clone(),
            description: draft.description.clone(),
            expires: draft.expires.map(Timestamp::millis),
            mode: draft.mode.map(mode),
            assignee: draft.assignee.as_deref().map(|assignee| live.directory.assignee(assignee, organization)),
            permissions: draft.permissions.clone(),
            bindings: self.wanted(&live, &live.in_organization(organization).roles, owner, &draft.bindings),
            projects: draft.projects.iter().enumerate().map(|(index, project)| wanted_project(&live, index, project)).collect(),
        };
        let answer =
            live.in_organization(organization).version.create(&self.at_organization(&live, actor, organization), &question)?;
        let plan = answer.map_err(|refusal| KeyError::refused(refusal, draft.bindings.len()))?;
        let policy = live.in_organization(organization).version.digest();
        KeyPlan::named(&live.directory, organization, plan, policy).ok_or_else(|| unstorable(policy, "create"))
    }

    /// May this principal change this key so? And what is to be changed.
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
    ) -> Result<KeyEdit, KeyError> {
        let live = self.authorizer.read();
        let owner = live.directory.user_behind(PrincipalId::Key(key));
        let question = Change {
            unreadable: change.unreadable.clone(),
            name: change.name.clone(),
            description: change.description.clone(),
            mode: change.mode.map(mode),
            permissions: change.permissions.clone(),
            bindings: change
                .bindings
                .as_ref()
                .map(|bindings| self.wanted(&live, &live.in_organization(organization).roles, owner, bindings)),
        };
        let stored = live.directory.stored_key(key);
        let answer = live.in_organization(organization).version.edit(
            &self.at_organization(&live, actor, organization),
            stored.as_ref(),
            &question,
        )?;
        let edited = answer.map_err(|refusal| KeyError::refused(refusal, usize::MAX))?;
        let policy = live.in_organization(organization).version.digest();
        KeyEdit::named(&live.directory, key, edited, policy).ok_or_else(|| unstorable(policy, "edit"))
    }

    /// May this principal revoke this key? And what is to be changed.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn revoke_key(self, actor: PrincipalId<'_>, organization: &str, key: &str) -> Result<KeyRevocation, KeyError> {
        let live = self.authorizer.read();
        let stored = live.directory.stored_key(key);
        live.in_organization(organization)
            .version
            .revoke(&self.at_organization(&live, actor, organization), stored.as_ref())?
            .map_err(refused)?;
        Ok(KeyRevocation::of(
            &live.directory,
            key,
            Timestamp::saturating_from_millis(self.now),
            live.in_organization(organization).version.digest(),
        ))
    }

    /// The keys of an organization that this principal sees in a list, newest first.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn list_keys(self, actor: PrincipalId<'_>, organization: &str) -> Result<Vec<KeyRecord>, KeyError> {
        let live = self.authorizer.read();
        let facts = self.at_organization(&live, actor, organization);
        let (ids, keys): (Vec<_>, Vec<_>) = live.directory.keys_of(organization).into_iter().unzip();
        let seen = in_parts(&ids, &keys, |keys| live.in_organization(organization).version.list(&facts, keys))?;
        Ok(seen.into_iter().filter_map(|id| KeyRecord::of(&live.directory, id, self.now)).collect())
    }

    /// One key, if this principal can see it.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn read_key(self, actor: PrincipalId<'_>, organization: &str, key: &str) -> Result<KeyRecord, KeyError> {
        let live = self.authorizer.read();
        let stored = live.directory.stored_key(key);
        live.in_organization(organization)
            .version
            .read(&self.at_organization(&live, actor, organization), stored.as_ref())?
            .map_err(refused)?;
        KeyRecord::of(&live.directory, key, self.now).ok_or(KeyError::Refused(KeyRefusal::NotFound))
    }

    /// The name of any key of the organization, for a signed-in user. None where there is no such key.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn key_name(self, actor: PrincipalId<'_>, organization: &str, key: &str) -> Result<Option<KeyName>, KeyError> {
        let live = self.authorizer.read();
        let keys: Vec<_> = live.directory.stored_key(key).into_iter().collect();
        let facts = self.at_organization(&live, actor, organization);
        let seen = in_parts(&keys, &keys, |keys| {
            live.in_organization(organization).version.look(&facts, &Sight::KeyNames(keys.to_vec()))
        })?;
        Ok(seen.into_iter().next().map(|key| KeyName { name: key.name.into(), revoked: key.revoked }))
    }

    /// The bindings of their own that a signed-in user has in the organization, in the order of their ids.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn own_bindings(self, actor: PrincipalId<'_>, organization: &str) -> Result<Vec<Binding>, KeyError> {
        let live = self.authorizer.read();
        let (facts, bindings, slots) = match actor {
            PrincipalId::User(user) => {
                let own = live.directory.own_bindings(user, organization, self.now, &live.in_organization(organization).roles);
                (own.facts, own.bindings, own.slots)
            }
            PrincipalId::Key(_) | PrincipalId::ProjectKey(_) => {
                (self.at_organization(&live, actor, organization), Vec::new(), Vec::new())
            }
        };
        let seen = in_parts(&slots, &bindings, |bindings| {
            live.in_organization(organization).version.look(&facts, &Sight::OwnBindings(bindings.to_vec()))
        })?;
        Ok(seen.into_iter().filter_map(|slot| live.directory.binding_row(slot)).collect())
    }

    /// The teams that a signed-in user can choose a scope from, in the order of their ids.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn teams(self, actor: PrincipalId<'_>, organization: &str) -> Result<Vec<Team>, KeyError> {
        let live = self.authorizer.read();
        let facts = self.at_organization(&live, actor, organization);
        let (ids, teams): (Vec<_>, Vec<_>) = live.directory.teams_of(organization).into_iter().unzip();
        let seen = in_parts(&ids, &teams, |teams| {
            live.in_organization(organization).version.look(&facts, &Sight::Teams(teams.to_vec()))
        })?;
        Ok(seen.into_iter().filter_map(|id| live.directory.team(id)).collect())
    }

    /// The projects that a signed-in user can choose a scope from, in the order of their ids, without their project keys.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn projects(self, actor: PrincipalId<'_>, organization: &str) -> Result<Vec<Project>, KeyError> {
        let live = self.authorizer.read();
        let facts = self.at_organization(&live, actor, organization);
        let (ids, projects): (Vec<_>, Vec<_>) = live.directory.projects_of(organization).into_iter().unzip();
        let seen = in_parts(&ids, &projects, |projects| {
            live.in_organization(organization).version.look(&facts, &Sight::Projects(projects.to_vec()))
        })?;
        let without_key = |project| Project { project_key: None, ..project };
        Ok(seen.into_iter().filter_map(|id| live.directory.project(id)).map(without_key).collect())
    }

    /// The members whom a signed-in user can give a key to, in the order of their ids.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn members(self, actor: PrincipalId<'_>, organization: &str) -> Result<Vec<Member>, KeyError> {
        let live = self.authorizer.read();
        let facts = self.at_organization(&live, actor, organization);
        let (ids, members): (Vec<_>, Vec<_>) = live.directory.members_of(organization).into_iter().unzip();
        let seen = in_parts(&ids, &members, |members| {
            live.in_organization(organization).version.look(&facts, &Sight::Members(members.to_vec()))
        })?;
        Ok(seen.into_iter().filter_map(|id| live.directory.member(organization, id)).collect())
    }

    /// May this principal see or replace the key of this project? Answers the policy version that says so.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn project_key(self, actor: PrincipalId<'_>, project: &str, wanted: ProjectKeyUse) -> Result<Digest, KeyError> {
        let live = self.authorizer.read();
        let (actor, place) = (live.directory.principal(actor), live.directory.place(PlaceId::Project(project)));
        let judge = live.judge(place);
        let facts = self.gather(&live, judge, actor, place).facts;
        judge.version.project_key(&facts, wanted)?.map_err(refused)?;
        Ok(judge.version.digest())
    }

    /// Whoever asks, at the organization.
    fn at_organization(self, live: &Live, actor: PrincipalId<'_>, organization: &str) -> Facts {
        let place = live.directory.place(PlaceId::Organization(organization));
        self.gather(live, live.judge(place), live.directory.principal(actor), place).facts
    }

    fn wanted(self, live: &Live, roles: &RoleSets, owner: Option<PrincipalSlot>, bindings: &[WantedBinding]) -> Vec<WantedFacts> {
        let Live { directory, .. } = live;
        let one = |(index, WantedBinding { role, scope }): (usize, &WantedBinding)| {
            let place = directory.place(PlaceId::from(scope)).filter(|_| index < PLACES);
            let role = match role {
                BindingRole::Admin => WantedRole::Admin,
                BindingRole::Member => WantedRole::Member,
                BindingRole::Viewer => WantedRole::Viewer,
                BindingRole::Custom => WantedRole::Custom,
            };
            let ceiling = directory.ceiling(owner, place, self.now, roles);
            WantedFacts { role, workspace: directory.workspace(place), ceiling }
        };
        bindings.iter().enumerate().map(one).collect()
    }
}

fn wanted_project(live: &Live, index: usize, project: &str) -> WantedProject {
    let place = live.directory.place(PlaceId::Project(project)).filter(|_| index < PLACES);
    WantedProject { place: live.directory.place_facts(place), workspace: live.directory.workspace(place) }
}

/// Shows things to the policy, and answers with those that it lets be seen. It is asked once even where there is nothing to show:
/// whoever may not look must not learn that.
fn in_parts<I: Clone, T>(
    ids: &[I],
    things: &[T],
    ask: impl Fn(&[T]) -> Result<Result<Vec<u32>, Refusal>, EvalError>,
) -> Result<Vec<I>, KeyError> {
    let mut seen = Vec::new();
    let mut first = 0;
    loop {
        let end = things.len().min(first + AT_ONCE);
        let part = ids.get(first..end).unwrap_or_default();
        for index in ask(things.get(first..end).unwrap_or_default())?.map_err(refused)? {
            seen.extend(usize::try_from(index).ok().and_then(|index| part.get(index)).cloned());
        }
        first = end;
        if first == things.len() {
            return Ok(seen);
        }
    }
}

fn refused(refusal: Refusal) -> KeyError {
    KeyError::refused(refusal, usize::MAX)
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
