//! Facts that a caller gathered itself, without a directory: read once, asked about by number.
//!
//! The JSON has the names of the contract. A case of a variant is `{"tag": name}` or `{"tag": name, "val": payload}`. A handle or a time
//! is a string of decimal digits, or a number below 2^53, which every reader of JSON keeps exact. The permissions of a custom role are
//! their names, which each version compiles for itself.

use std::sync::{Arc, Mutex, PoisonError};

use clearance::role_list;
use clearance_policy::types::{
    Binding, CustomRole, Facts, KeyFacts, Membership, Mode, Owner, PermissionSet, Place, Principal, PrivateUse, ProjectKeyFacts,
    ProjectPlace, Role, Scope, TeamMembership, TeamPlace, Tier, UserFacts,
};
use clearance_question::{Digest, EvalError, PolicyVersion};
use serde_json::{Map, Value};

use crate::failure::Failure;

/// The largest number that every reader of JSON keeps exact: the next one is also what some make of the one behind it.
const MAX_EXACT: u64 = (1 << 53) - 1;

/// Facts, and the names of the permissions of their custom roles. A copy shares the facts.
#[derive(Clone, Debug)]
pub(crate) struct GivenFacts(Arc<Given>);

#[derive(Debug)]
struct Given {
    /// The permissions of its roles are those of no version.
    facts: Facts,
    /// The names for each role of `facts`.
    names: Vec<Vec<Box<str>>>,
    /// The facts for the version that was asked last.
    compiled: Mutex<Option<(Digest, Arc<Facts>)>>,
}

impl GivenFacts {
    /// Reads facts.
    ///
    /// # Errors
    ///
    /// [`Failure`] names the field that is wrong.
    pub(crate) fn read(value: &Value) -> Result<Self, Failure> {
        let record = At { value, path: "readFacts".to_owned() }.record(&["now", "place", "principal", "roles"])?;
        let mut names = Vec::new();
        let roles = record.required("roles")?.list(|role| {
            let (role, of_role) = custom_role(role)?;
            names.push(of_role);
            Ok(role)
        })?;
        let now = record.required("now")?.number()?;
        let (place, principal) = (place(&record.required("place")?)?, principal(&record.required("principal")?)?);
        let facts = Facts { now, place, principal, roles };
        Ok(Self(Arc::new(Given { facts, names, compiled: Mutex::default() })))
    }

    /// The facts for a version.
    ///
    /// # Errors
    ///
    /// [`EvalError`] where the version fails to compile a role.
    pub(crate) fn for_version(&self, version: &PolicyVersion) -> Result<Arc<Facts>, EvalError> {
        let Given { facts, names, compiled } = &*self.0;
        let slot = || compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((digest, compiled)) = &*slot()
            && *digest == version.digest()
        {
            return Ok(Arc::clone(compiled));
        }
        // The lock is let go meanwhile: nobody waits for a policy.
        let sets: Vec<_> = names.iter().map(|names| version.compile(names)).collect::<Result<_, _>>()?;
        let mut facts = facts.clone();
        facts.roles.iter_mut().zip(sets).for_each(|(role, set)| role.permissions = set);
        let facts = Arc::new(facts);
        *slot() = Some((version.digest(), Arc::clone(&facts)));
        Ok(facts)
    }
}

/// A value, and where it stands.
struct At<'a> {
    value: &'a Value,
    path: String,
}

/// An object, and where it stands.
struct Record<'a> {
    fields: &'a Map<String, Value>,
    path: String,
}

impl<'a> At<'a> {
    fn wrong(&self, wanted: &str) -> Failure {
        Failure {
            field: Some(self.path.clone()),
            ..Failure::new("malformed", format!("field `{}`: expected {wanted}", self.path))
        }
    }

    /// The object, which has no other fields than these.
    fn record(self, known: &[&str]) -> Result<Record<'a>, Failure> {
        let Some(fields) = self.value.as_object() else { return Err(self.wrong("an object")) };
        match fields.keys().find(|name| !known.contains(&name.as_str())) {
            Some(unknown) => {
                let at = At { value: self.value, path: format!("{}.{unknown}", self.path) };
                Err(at.wrong(&format!("one of the fields {}", known.join(", "))))
            }
            None => Ok(Record { fields, path: self.path }),
        }
    }

    fn list<T>(&self, mut read: impl FnMut(At<'a>) -> Result<T, Failure>) -> Result<Vec<T>, Failure> {
        let values = self.value.as_array().ok_or_else(|| self.wrong("a list"))?;
        let at = |(index, value)| At { value, path: format!("{}[{index}]", self.path) };
        values.iter().enumerate().map(|entry| read(at(entry))).collect()
    }

    fn number(&self) -> Result<u64, Failure> {
        let number = match self.value {
            Value::String(digits) if !digits.starts_with('+') => digits.parse().ok(),
            value => value.as_u64().filter(|number| *number <= MAX_EXACT),
        };
        number.ok_or_else(|| self.wrong("a whole number of 64 bits, in a string unless it is below 2^53"))
    }

    fn flag(&self) -> Result<bool, Failure> {
        self.value.as_bool().ok_or_else(|| self.wrong("true or false"))
    }

    fn text(&self) -> Result<&'a str, Failure> {
        self.value.as_str().ok_or_else(|| self.wrong("a string"))
    }

    /// One of some words.
    fn word<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, Failure> {
        let found = words.iter().find(|(word, _)| self.value.as_str() == Some(*word));
        found.map(|(_, meaning)| *meaning).ok_or_else(|| self.wrong(&one_of(words)))
    }

    /// The name of a case, and its payload. Which cases there are, and which have a payload, is for the caller to say.
    fn case(&self) -> Result<(&'a str, Option<At<'a>>), Failure> {
        let record = At { value: self.value, path: self.path.clone() }.record(&["tag", "val"])?;
        Ok((record.required("tag")?.text()?, record.optional("val")))
    }
}

fn one_of<T>(words: &[(&str, T)]) -> String {
    let words: Vec<_> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
    format!("one of {}", words.join(", "))
}

impl<'a> Record<'a> {
    fn required(&self, name: &str) -> Result<At<'a>, Failure> {
        self.optional(name).ok_or_else(|| {
            let path = format!("{}.{name}", self.path);
            Failure { field: Some(path.clone()), ..Failure::new("malformed", format!("field `{path}` is missing")) }
        })
    }

    fn optional(&self, name: &str) -> Option<At<'a>> {
        self.fields.get(name).map(|value| At { value, path: format!("{}.{name}", self.path) })
    }

    fn number(&self, name: &str) -> Result<u64, Failure> {
        self.required(name)?.number()
    }

    fn flag(&self, name: &str) -> Result<bool, Failure> {
        self.required(name)?.flag()
    }

    fn optional_number(&self, name: &str) -> Result<Option<u64>, Failure> {
        self.optional(name).map(|at| at.number()).transpose()
    }
}

fn place(at: &At<'_>) -> Result<Place, Failure> {
    match at.case()? {
        ("unknown", None) => Ok(Place::Unknown),
        ("organization", Some(organization)) => Ok(Place::Organization(organization.number()?)),
        ("team", Some(place)) => {
            let record = place.record(&["team", "organization"])?;
            Ok(Place::Team(TeamPlace { team: record.number("team")?, organization: record.number("organization")? }))
        }
        ("project", Some(place)) => {
            let record = place.record(&["project", "team", "organization", "archived"])?;
            Ok(Place::Project(ProjectPlace {
                project: record.number("project")?,
                team: record.number("team")?,
                organization: record.number("organization")?,
                archived: record.flag("archived")?,
            }))
        }
        _ => Err(at.wrong("unknown, organization, team or project, each but the first with `val`")),
    }
}

fn principal(at: &At<'_>) -> Result<Principal, Failure> {
    match at.case()? {
        ("unknown", None) => Ok(Principal::Unknown),
        ("user", Some(facts)) => Ok(Principal::User(user(facts)?)),
        ("key", Some(facts)) => Ok(Principal::Key(key(facts)?)),
        ("project-key", Some(facts)) => {
            Ok(Principal::ProjectKey(ProjectKeyFacts { project: facts.record(&["project"])?.number("project")? }))
        }
        _ => Err(at.wrong("unknown, user, key or project-key, each but the first with `val`")),
    }
}

fn user(at: At<'_>) -> Result<UserFacts, Failure> {
    const MEMBERSHIPS: [(&str, Membership); 3] =
        [("admin", Membership::Admin), ("member", Membership::Member), ("external", Membership::External)];
    let record = at.record(&["handle", "membership", "bindings", "team-memberships", "deactivated"])?;
    Ok(UserFacts {
        handle: record.number("handle")?,
        membership: record.optional("membership").map(|at| at.word(&MEMBERSHIPS)).transpose()?,
        bindings: record.required("bindings")?.list(binding)?,
        team_memberships: record.required("team-memberships")?.list(team_membership)?,
        deactivated: record.flag("deactivated")?,
    })
}

fn key(at: At<'_>) -> Result<KeyFacts, Failure> {
    const MODES: [(&str, Mode); 3] = [("all", Mode::All), ("readonly", Mode::Readonly), ("restricted", Mode::Restricted)];
    let record =
        at.record(&["handle", "organization", "mode", "creator-deactivated", "expires", "revoked", "bindings", "owner"])?;
    Ok(KeyFacts {
        handle: record.number("handle")?,
        organization: record.number("organization")?,
        mode: record.required("mode")?.word(&MODES)?,
        creator_deactivated: record.flag("creator-deactivated")?,
        expires: record.optional_number("expires")?,
        revoked: record.flag("revoked")?,
        bindings: record.required("bindings")?.list(binding)?,
        owner: record.optional("owner").map(|at| owner(&at)).transpose()?,
    })
}

fn owner(at: &At<'_>) -> Result<Owner, Failure> {
    match at.case()? {
        ("unknown", None) => Ok(Owner::Unknown),
        ("user", Some(facts)) => Ok(Owner::User(user(facts)?)),
        _ => Err(at.wrong("unknown, or user with `val`")),
    }
}

fn binding(at: At<'_>) -> Result<Binding, Failure> {
    const TIERS: [(&str, Tier); 3] = [("organization", Tier::Organization), ("team", Tier::Team), ("project", Tier::Project)];
    let record = at.record(&["organization", "scope", "role", "group"])?;
    let scope = record.required("scope")?.record(&["tier", "at"])?;
    Ok(Binding {
        organization: record.number("organization")?,
        scope: Scope { tier: scope.required("tier")?.word(&TIERS)?, at: scope.number("at")? },
        role: role(&record.required("role")?)?,
        group: record.optional_number("group")?,
    })
}

fn team_membership(at: At<'_>) -> Result<TeamMembership, Failure> {
    let record = at.record(&["team", "organization", "personal", "role"])?;
    Ok(TeamMembership {
        team: record.number("team")?,
        organization: record.number("organization")?,
        personal: record.flag("personal")?,
        role: role(&record.required("role")?)?,
    })
}

fn role(at: &At<'_>) -> Result<Role, Failure> {
    match at.case()? {
        ("admin", None) => Ok(Role::Admin),
        ("member", None) => Ok(Role::Member),
        ("viewer", None) => Ok(Role::Viewer),
        ("missing", None) => Ok(Role::Missing),
        ("custom", Some(index)) => {
            let number = u32::try_from(index.number()?).map_err(|_| index.wrong("the position of a role in `roles`"))?;
            Ok(Role::Custom(number))
        }
        _ => Err(at.wrong("admin, member, viewer or missing, or custom with `val`")),
    }
}

/// A custom role without its permissions, and their names.
fn custom_role(at: At<'_>) -> Result<(CustomRole, Vec<Box<str>>), Failure> {
    let record = at.record(&["organization", "private", "permissions"])?;
    let private = record.optional("private").map(|at| match at.case()? {
        ("used-by", Some(key)) => Ok(PrivateUse::UsedBy(key.number()?)),
        ("used-by-others", None) => Ok(PrivateUse::UsedByOthers),
        _ => Err(at.wrong("used-by-others, or used-by with `val`")),
    });
    let names = record.required("permissions")?.list(|name| name.text().map(Box::from))?;
    if !role_list::is_within_bounds(&names) {
        return Err(record.required("permissions")?.wrong("a list of permissions within the bounds of a stored role"));
    }
    let permissions = PermissionSet { w0: 0, w1: 0, w2: 0, w3: 0 };
    let role = CustomRole {
        organization: record.number("organization")?,
        private: private.transpose()?,
        empty: names.is_empty(),
        permissions,
    };
    Ok((role, names))
}
