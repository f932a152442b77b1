//! A second opinion: the rules once more, as plain loops over stored rows.
//!
//! It is written from the text of the rules and not from the policy. It compares ids and permission names, prepares nothing,
//! keeps nothing and is slow. It shares with the policy the words for reasons and the catalog's file, and with the directory the
//! types of the rows.

mod catalog;
mod role;

use clearance_directory::document::{Binding, Document, Holder, Key, MemberRole, Mode, Scope, TeamMembership, User};
use clearance_policy::types::Reason;

pub use catalog::Catalog;

use crate::question::{Answer, Effective, Principal, Situation, Visible};
use role::{Grantee, Row};

/// The rules over one document.
pub struct Oracle<'d> {
    catalog: Catalog,
    document: &'d Document,
    /// Whether by the rules of the strict policy.
    strict: bool,
}

/// A place and its ancestors, by id.
#[derive(Clone, Copy)]
struct Chain<'d> {
    organization: &'d str,
    team: Option<&'d str>,
    project: Option<&'d str>,
}

impl Chain<'_> {
    fn is_organization_itself(&self) -> bool {
        self.team.is_none()
    }

    fn has(&self, scope: &Scope) -> bool {
        match scope {
            Scope::Organization(id) => **id == *self.organization,
            Scope::Team(id) => Some(&**id) == self.team,
            Scope::Project(id) => Some(&**id) == self.project,
        }
    }
}

impl<'d> Oracle<'d> {
    /// Looks at a document, which must be one that a directory accepts.
    pub fn new(document: &'d Document) -> Self {
        Self { catalog: Catalog::read(), document, strict: false }
    }

    /// The same by the rules of the strict policy.
    pub fn strict(document: &'d Document) -> Self {
        Self { strict: true, ..Self::new(document) }
    }

    /// May this principal do this here?
    pub fn decide(&self, situation: &Situation, permission: &str) -> Answer {
        if !self.catalog.knows(permission) {
            return Answer::deny(Reason::PermissionUnknown);
        }
        let Some(chain) = self.chain(&situation.at) else { return Answer::deny(Reason::PlaceUnknown) };
        match &situation.principal {
            Principal::User(id) => match self.user(id) {
                Some(user) => self.user_may(user, permission, chain),
                None => Answer::deny(Reason::PrincipalUnknown),
            },
            Principal::Key(id) => match self.document.keys.iter().find(|key| *key.id == **id) {
                Some(key) => self.key_may(key, permission, chain, situation.now),
                None => Answer::deny(Reason::PrincipalUnknown),
            },
            Principal::ProjectKey(id) => {
                let project = self.document.projects.iter().find(|project| *project.id == **id && project.project_key.is_some());
                let Some(project) = project else { return Answer::deny(Reason::PrincipalUnknown) };
                let here = chain.project == Some(&project.id) && project.archived_at.is_none();
                if here && self.catalog.tier(permission) == "any" {
                    Answer { allow: true, reason: Reason::ProjectKey, binding: None }
                } else {
                    Answer::deny(Reason::KeyLacks)
                }
            }
        }
    }

    /// Decides for every permission of the catalog, and finds out for how long the answers hold by asking again around the only
    /// moment at which they can change.
    pub fn effective(&self, situation: &Situation) -> Effective {
        let answers = self.answers(situation);
        let mut since = 0;
        let mut until = u64::MAX;
        let expires_at = match &situation.principal {
            Principal::Key(id) => self.document.keys.iter().find(|key| *key.id == **id).and_then(|key| key.expires_at),
            Principal::User(_) | Principal::ProjectKey(_) => None,
        };
        if let Some(last) = expires_at.map(|moment| moment.millis())
            && self.answers(&situation.at_moment(last)) != self.answers(&situation.at_moment(last + 1))
        {
            if situation.now <= last {
                until = last;
            } else {
                since = last + 1;
            }
        }
        let allowed = answers.iter().filter(|(_, answer)| answer.allow);
        let permissions = allowed.map(|(permission, _)| permission.clone()).collect();
        Effective { permissions, answers, since, until }
    }

    fn answers(&self, situation: &Situation) -> Vec<(String, Answer)> {
        let all = self.catalog.permissions().iter();
        all.map(|permission| (permission.clone(), self.decide(situation, permission))).collect()
    }

    /// The projects that a key can see. A key that is not known sees none.
    pub fn visible_projects(&self, key: &str, now: u64) -> Visible {
        let may_view =
            |at: Scope| self.decide(&Situation { principal: Principal::Key(key.into()), at, now }, "project:view").allow;
        let Some(organization) = self.document.keys.iter().find(|other| *other.id == *key).map(|key| &key.organization) else {
            return Visible::These(vec![]);
        };
        if may_view(Scope::Organization(organization.clone())) {
            return Visible::All;
        }
        let mut seen = Vec::new();
        for project in &self.document.projects {
            if project.archived_at.is_none() && may_view(Scope::Project(project.id.clone())) {
                seen.push(project.id.to_string());
            }
        }
        seen.sort();
        Visible::These(seen)
    }

    fn user(&self, id: &str) -> Option<&'d User> {
        self.document.users.iter().find(|user| *user.id == *id)
    }

    /// The stored lineage. None when a node of it does not exist.
    fn chain(&self, at: &Scope) -> Option<Chain<'d>> {
        match at {
            Scope::Organization(id) => {
                let organization = self.document.organizations.iter().find(|organization| organization.id == *id)?;
                Some(Chain { organization: &organization.id, team: None, project: None })
            }
            Scope::Team(id) => {
                let team = self.document.teams.iter().find(|team| team.id == *id)?;
                let above = self.chain(&Scope::Organization(team.organization.clone()))?;
                Some(Chain { team: Some(&team.id), ..above })
            }
            Scope::Project(id) => {
                let project = self.document.projects.iter().find(|project| project.id == *id)?;
                let above = self.chain(&Scope::Team(project.team.clone()))?;
                Some(Chain { project: Some(&project.id), ..above })
            }
        }
    }

    fn key_may(&self, key: &Key, permission: &str, chain: Chain<'_>, now: u64) -> Answer {
        if key.revoked_at.is_some() {
            return Answer::deny(Reason::KeyRevoked);
        }
        if key.expires_at.is_some_and(|last| last.millis() < now) {
            return Answer::deny(Reason::KeyExpired);
        }
        let owner = key.owner.as_ref().map(|id| self.user(id));
        if let Some(Some(owner)) = owner
            && owner.deactivated_at.is_some()
        {
            return Answer::deny(Reason::OwnerDeactivated);
        }
        if self.strict
            && owner.is_none()
            && key.created_by.as_ref().and_then(|id| self.user(id)).is_some_and(|creator| creator.deactivated_at.is_some())
        {
            return Answer::deny(Reason::CreatorDeactivated);
        }
        if self.strict && key.mode == Mode::Readonly && !permission.ends_with(":view") {
            return Answer::deny(Reason::Readonly);
        }
        if *key.organization != *chain.organization {
            return Answer::deny(Reason::KeyLacks);
        }
        let own = |binding: &Binding| matches!(&binding.holder, Holder::Key(id) if *id == key.id);
        let Some(binding) = self.first_binding(own, Grantee::Key(&key.id), permission, chain) else {
            return Answer::deny(Reason::KeyLacks);
        };
        let allowed = Answer { allow: true, reason: Reason::Binding, binding: Some(binding) };
        match owner {
            None => allowed,
            Some(None) => Answer::deny(Reason::OwnerNotMember),
            Some(Some(owner)) => {
                let ceiling = self.user_may(owner, permission, chain);
                if ceiling.allow {
                    allowed
                } else if ceiling.reason == Reason::NotMember {
                    Answer::deny(Reason::OwnerNotMember)
                } else {
                    Answer::deny(Reason::OwnerLacks)
                }
            }
        }
    }

    fn user_may(&self, user: &User, permission: &str, chain: Chain<'_>) -> Answer {
        if user.deactivated_at.is_some() {
            return Answer::deny(Reason::UserDeactivated);
        }
        let mut members = self.document.members.iter();
        let Some(member) = members.find(|member| *member.organization == *chain.organization && member.user == user.id) else {
            return Answer::deny(Reason::NotMember);
        };
        if chain.is_organization_itself() && self.catalog.list_holds("organization-member", permission) {
            return Answer { allow: true, reason: Reason::Floor, binding: None };
        }
        let external = member.role == MemberRole::External;
        let grantee = Grantee::User { external };
        let his = |binding: &Binding| self.holds_as_user(user, binding, chain);
        if let Some(binding) = self.first_binding(his, grantee, permission, chain) {
            return Answer { allow: true, reason: Reason::Binding, binding: Some(binding) };
        }
        for row in &self.document.team_memberships {
            if !self.strict && row.user == user.id && self.counts(row, user, chain) {
                let read = Row { role: row.role, custom_role: row.custom_role.as_deref(), at_organization: false };
                if self.row_grants(&read, grantee, permission, chain.organization) {
                    return Answer { allow: true, reason: Reason::TeamMembership, binding: None };
                }
            }
        }
        Answer::deny(if external { Reason::LiteMember } else { Reason::Lacks })
    }

    /// Whether the user has the binding, alone or by a group of the place's organization.
    fn holds_as_user(&self, user: &User, binding: &Binding, chain: Chain<'_>) -> bool {
        match &binding.holder {
            Holder::User(id) => *id == user.id,
            Holder::Group(id) => {
                self.document.groups.iter().any(|group| {
                    group.id == *id && *group.organization == *chain.organization && group.members.contains(&user.id)
                })
            }
            Holder::Key(_) => false,
        }
    }

    /// Whether a team membership of the user is looked at here.
    fn counts(&self, row: &TeamMembership, user: &User, chain: Chain<'_>) -> bool {
        let Some(team) = self.document.teams.iter().find(|team| team.id == row.team) else { return false };
        if *team.organization != *chain.organization {
            return false;
        }
        match chain.team {
            None => !team.personal,
            Some(here) => {
                let mut bindings = self.document.bindings.iter();
                let silenced = bindings.any(|binding| self.holds_as_user(user, binding, chain) && lies_on(binding, chain));
                *team.id == *here && !silenced
            }
        }
    }

    /// The id, lowest first, of a binding that grants the permission.
    fn first_binding(
        &self,
        held: impl Fn(&Binding) -> bool,
        grantee: Grantee<'_>,
        permission: &str,
        chain: Chain<'_>,
    ) -> Option<String> {
        let mut granting = Vec::new();
        for binding in &self.document.bindings {
            let at_organization = matches!(binding.scope, Scope::Organization(_));
            let read = Row { role: binding.role, custom_role: binding.custom_role.as_deref(), at_organization };
            if held(binding) && lies_on(binding, chain) && self.row_grants(&read, grantee, permission, chain.organization) {
                granting.push(binding.id.to_string());
            }
        }
        granting.sort();
        granting.into_iter().next()
    }
}

fn lies_on(binding: &Binding, chain: Chain<'_>) -> bool {
    chain.has(&binding.scope) && *binding.organization == *chain.organization
}
