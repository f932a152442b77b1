//! Questions and orders as JSON.

use clearance::{
    PlaceId, PrincipalId,
    document::{Scope, Timestamp},
    repair::Asker,
};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

use crate::keys::{CreateKey, EditKey, ListKeys, OneKey};

/// What the module can be asked besides the hot path: an object whose one field is the name of the request.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Request {
    /// One decision.
    Check(Question),
    /// Many decisions, each as of the same state of the data.
    CheckMany(Questions),
    /// All that a principal may do at a place.
    Effective(Situation),
    /// A decision with the walk to it.
    Explain(Question),
    /// What would grant a permission.
    Repair(Question),
    /// The projects that a key can see.
    VisibleProjects(Situation),
    /// A decision with all that it takes to make it again, in base64.
    Capsule(Question),
    /// Reads facts that the caller gathered itself, and gives them a number.
    ReadFacts(Value),
    /// One decision about such facts.
    Decide(FactsQuestion),
    /// Forgets such facts.
    DropFacts(FactsNumber),
    /// Whether somebody may make a key, and what would be stored.
    CreateKey(CreateKey),
    /// Whether somebody may change a key, and what would be stored.
    EditKey(EditKey),
    /// Whether somebody may revoke a key, and what would be stored.
    RevokeKey(OneKey),
    /// A key, if somebody may see it.
    ReadKey(OneKey),
    /// The keys that somebody may see.
    ListKeys(ListKeys),
    /// What the live version knows.
    Describe(Nothing),
    /// The words of closed sets, each at the position that `check` answers.
    Words(Nothing),
    /// All the data.
    Document(Nothing),
    /// The numbers of the versions that answer anywhere.
    Versions(Nothing),
    /// Makes another version the live one.
    Swap(Number),
    /// Lets a version answer for an organization.
    Pin(Pin),
    /// Lets the live version answer for an organization again.
    Unpin(Organization),
    /// Forgets a version that answers nowhere.
    RemoveVersion(Number),
}

/// An object without fields.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// A version, by the number that the glue gave it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Number {
    pub(crate) version: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pin {
    pub(crate) organization: String,
    pub(crate) version: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Organization {
    pub(crate) organization: String,
}

/// A permission, and facts by their number.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FactsQuestion {
    pub(crate) facts: u32,
    pub(crate) permission: String,
}

/// Facts, by their number.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FactsNumber {
    pub(crate) facts: u32,
}

/// Many questions.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Questions {
    pub(crate) questions: Vec<Question>,
}

/// Who and where.
pub(crate) struct Situation {
    principal: Named,
    at: Option<Scope>,
    pub(crate) now: Option<Timestamp>,
}

/// Who, what and where. For a repair also who wants to know it.
pub(crate) struct Question {
    principal: Named,
    at: Scope,
    pub(crate) permission: String,
    asker: Option<Named>,
    pub(crate) now: Option<Timestamp>,
}

/// Who: exactly one of a user, a key and a project key, by id.
pub(crate) enum Named {
    User(String),
    Key(String),
    ProjectKey(String),
}

impl Situation {
    pub(crate) fn principal(&self) -> PrincipalId<'_> {
        self.principal.id()
    }

    pub(crate) fn place(&self) -> Option<PlaceId<'_>> {
        self.at.as_ref().map(PlaceId::from)
    }
}

impl Question {
    pub(crate) fn principal(&self) -> PrincipalId<'_> {
        self.principal.id()
    }

    pub(crate) fn place(&self) -> PlaceId<'_> {
        PlaceId::from(&self.at)
    }

    /// Whoever runs this program, unless somebody is named.
    pub(crate) fn asker(&self) -> Asker<'_> {
        match &self.asker {
            Some(Named::User(id)) => Asker::User(id),
            Some(Named::Key(id)) => Asker::Key(id),
            Some(Named::ProjectKey(_)) | None => Asker::Keeper,
        }
    }
}

impl Named {
    pub(crate) fn id(&self) -> PrincipalId<'_> {
        match self {
            Self::User(id) => PrincipalId::User(id),
            Self::Key(id) => PrincipalId::Key(id),
            Self::ProjectKey(id) => PrincipalId::ProjectKey(id),
        }
    }

    fn exactly_one<E: serde::de::Error>(
        user: Option<String>,
        key: Option<String>,
        project_key: Option<String>,
    ) -> Result<Self, E> {
        match (user, key, project_key) {
            (Some(id), None, None) => Ok(Self::User(id)),
            (None, Some(id), None) => Ok(Self::Key(id)),
            (None, None, Some(id)) => Ok(Self::ProjectKey(id)),
            _ => Err(E::custom("exactly one of `user`, `key` and `projectKey` must be there")),
        }
    }
}

/// The fields of every question, as they are written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Fields {
    #[serde(default, deserialize_with = "present")]
    user: Option<String>,
    #[serde(default, deserialize_with = "present")]
    key: Option<String>,
    #[serde(default, deserialize_with = "present")]
    project_key: Option<String>,
    #[serde(default, deserialize_with = "present")]
    permission: Option<String>,
    #[serde(default, deserialize_with = "present")]
    at: Option<Scope>,
    #[serde(default, deserialize_with = "present")]
    asker: Option<Named>,
    #[serde(default, deserialize_with = "present")]
    now: Option<Timestamp>,
}

/// The fields that name somebody, as they are written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NamedFields {
    #[serde(default, deserialize_with = "present")]
    user: Option<String>,
    #[serde(default, deserialize_with = "present")]
    key: Option<String>,
    #[serde(default, deserialize_with = "present")]
    project_key: Option<String>,
}

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let NamedFields { user, key, project_key } = NamedFields::deserialize(deserializer)?;
        Self::exactly_one(user, key, project_key)
    }
}

/// A field that is there has a value: without this, a `null` would ask another question.
pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl<'de> Deserialize<'de> for Question {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Fields { user, key, project_key, permission, at, asker, now } = Fields::deserialize(deserializer)?;
        let missing = |name| D::Error::missing_field(name);
        Ok(Self {
            principal: Named::exactly_one(user, key, project_key)?,
            permission: permission.ok_or_else(|| missing("permission"))?,
            at: at.ok_or_else(|| missing("at"))?,
            asker: match asker {
                Some(Named::ProjectKey(_)) => return Err(D::Error::custom("a project key cannot ask: name a user or a key")),
                asker => asker,
            },
            now,
        })
    }
}

impl<'de> Deserialize<'de> for Situation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Fields { user, key, project_key, permission, at, asker, now } = Fields::deserialize(deserializer)?;
        if permission.is_some() || asker.is_some() {
            return Err(D::Error::custom("this question is not about one permission: leave `permission` and `asker` out"));
        }
        Ok(Self { principal: Named::exactly_one(user, key, project_key)?, at, now })
    }
}
