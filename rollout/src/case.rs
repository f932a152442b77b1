//! Files of questions, with or without the expected answers: one JSON object a line.

use std::fmt;

use clearance::{Decision, EvalError, PlaceId, PrincipalId, View, document::Timestamp};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};

/// A question, with the expected answer if the case has one.
///
/// ```
/// use clearance_rollout::Case;
///
/// let line =
/// r#"{"id":"k1","key":"ci","permission":"prompts:update","at":{"project":"shop"},"allow":false,"reason":"owner-lacks"}"#; let
/// cases = Case::read_all(line)?; assert_eq!(cases[0].allow, Some(false));
///
/// let error = Case::read_all(r#"{"id":"k1","key":"ci","at":{}}"#).unwrap_err();
/// assert_eq!(error.line, 1);
/// # Ok::<(), clearance_rollout::CaseError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Case {
    /// The id of the case, for people who read the answer.
    pub id: String,
    /// The principal that the question is about.
    pub principal: Principal,
    /// The place that is asked about.
    pub place: Place,
    /// The name of the permission. Absent where all permissions are asked for.
    pub permission: Option<String>,
    /// The moment of the question. Absent where it is the moment of the run.
    pub now: Option<Timestamp>,
    /// The expected answer: whether the permission is granted.
    pub allow: Option<bool>,
    /// The expected reason, as a word of [`Reason::as_str`](clearance::Reason::as_str).
    pub reason: Option<String>,
    /// The names of all permissions that the principal is expected to have there, in any order.
    pub permissions: Option<Vec<String>>,
}

/// The principal that a case is about, by id.
#[derive(Clone, Debug)]
pub enum Principal {
    /// A user, by id.
    User(String),
    /// A key, by id.
    Key(String),
    /// The project key of a project, by the id of the project.
    ProjectKey(String),
}

/// The place at which a case asks, by id.
#[derive(Clone, Debug)]
pub enum Place {
    /// An organization, by id.
    Organization(String),
    /// A team, by id.
    Team(String),
    /// A project, by id.
    Project(String),
}

/// A line that is not a case.
#[derive(Debug, thiserror::Error)]
#[error("line {line}{problem}")]
#[non_exhaustive]
pub struct CaseError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with the line: the place in it, what is there, and what is expected.
    pub problem: String,
}

impl Principal {
    /// The principal, as [`View::check`](clearance::View::check) takes it.
    #[must_use]
    pub fn id(&self) -> PrincipalId<'_> {
        match self {
            Self::User(id) => PrincipalId::User(id),
            Self::Key(id) => PrincipalId::Key(id),
            Self::ProjectKey(id) => PrincipalId::ProjectKey(id),
        }
    }
}

impl Place {
    /// The place, as [`View::check`](clearance::View::check) takes it.
    #[must_use]
    pub fn id(&self) -> PlaceId<'_> {
        match self {
            Self::Organization(id) => PlaceId::Organization(id),
            Self::Team(id) => PlaceId::Team(id),
            Self::Project(id) => PlaceId::Project(id),
        }
    }
}

impl Case {
    /// Reads all lines.
    ///
    /// # Errors
    ///
    /// [`CaseError`] for the first line that is wrong.
    pub fn read_all(text: &str) -> Result<Vec<Self>, CaseError> {
        let numbered = (1..).zip(text.lines());
        numbered.map(|(line, text)| read(text).map_err(|Wrong(problem)| CaseError { line, problem })).collect()
    }

    /// Whether the case has an expected answer.
    #[must_use]
    pub fn expects(&self) -> bool {
        if self.permission.is_some() { self.allow.is_some() || self.reason.is_some() } else { self.permissions.is_some() }
    }

    /// Asks the question. Fails where the policy gave no answer.
    pub(crate) fn answer(&self, moment: View<'_>) -> Result<Answer, EvalError> {
        let Some(permission) = &self.permission else {
            let effective = moment.effective(self.principal.id(), self.place.id())?;
            let mut permissions: Vec<String> = effective.permissions().map(str::to_owned).collect();
            permissions.sort_unstable();
            return Ok(Answer::Permissions(permissions));
        };
        Ok(Answer::Decision(moment.check(self.principal.id(), permission, self.place.id())?))
    }

    /// Whether this is what it expects.
    pub(crate) fn is_answered_by(&self, answer: &Answer) -> bool {
        match answer {
            Answer::Decision(decision) => {
                self.allow.is_none_or(|allow| allow == decision.allow)
                    && self.reason.as_deref().is_none_or(|wanted| wanted == decision.reason.as_str())
            }
            Answer::Permissions(found) => self.permissions.as_ref().is_none_or(|wanted| {
                let mut wanted: Vec<&String> = wanted.iter().collect();
                wanted.sort_unstable();
                found.iter().eq(wanted)
            }),
        }
    }
}

/// What is answered to a case.
pub(crate) enum Answer {
    Decision(Decision),
    /// The permissions, sorted.
    Permissions(Vec<String>),
}

impl fmt::Display for Answer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decision(Decision { allow, reason, binding, .. }) => {
                write!(out, "{}, `{}`", if *allow { "allowed" } else { "denied" }, reason)?;
                binding.as_ref().map_or(Ok(()), |binding| write!(out, " by `{binding}`"))
            }
            Self::Permissions(names) if names.is_empty() => out.write_str("no permission"),
            Self::Permissions(names) => out.write_str(&names.join(", ")),
        }
    }
}

/// What is wrong with a line, to be written behind its number.
#[derive(Debug)]
struct Wrong(String);

impl fmt::Display for Wrong {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A line as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Line {
    id: String,
    #[serde(default, deserialize_with = "present")]
    user: Option<String>,
    #[serde(default, deserialize_with = "present")]
    key: Option<String>,
    #[serde(default, deserialize_with = "present")]
    project_key: Option<String>,
    #[serde(default, deserialize_with = "present")]
    permission: Option<String>,
    at: Place,
    #[serde(default, deserialize_with = "present")]
    now: Option<Timestamp>,
    #[serde(default, deserialize_with = "present")]
    allow: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    reason: Option<String>,
    #[serde(default, deserialize_with = "present")]
    permissions: Option<Vec<String>>,
    // Files of questions may note where an expectation comes from.
    #[serde(default, rename = "own")]
    _own: serde::de::IgnoredAny,
}

/// A field that is there has a value: without this, a `null` would ask another question.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

fn read(text: &str) -> Result<Case, Wrong> {
    // A list would be read as the fields in their order.
    if !text.trim_start().starts_with('{') {
        let found = if text.trim().is_empty() { "the line is empty" } else { "this is no JSON object" };
        return Err(Wrong(format!(
            ": {found}, write one question such as `{{\"id\":\"1\",\"user\":\"ana\",\"at\":{{\"team\":\"web\"}}}}`"
        )));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let line: Line = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        line_error(&path, error.inner())
    })?;
    deserializer.end().map_err(|error| line_error("", &error))?;
    let Line { id, user, key, project_key, permission, at, now, allow, reason, permissions, .. } = line;
    let principal = match (user, key, project_key) {
        (Some(id), None, None) => Principal::User(id),
        (None, Some(id), None) => Principal::Key(id),
        (None, None, Some(id)) => Principal::ProjectKey(id),
        (None, None, None) => return Err(Wrong(format!(": no principal, write exactly one of {PRINCIPALS}"))),
        (user, key, project_key) => {
            let named = [("user", user.is_some()), ("key", key.is_some()), ("projectKey", project_key.is_some())];
            let named: Vec<String> = named.iter().filter(|(_, there)| *there).map(|(name, _)| format!("`{name}`")).collect();
            return Err(Wrong(format!(": more than one principal, {}: keep exactly one of {PRINCIPALS}", named.join(" and "))));
        }
    };
    Ok(Case { id, principal, place: at, permission, now, allow, reason, permissions })
}

const PRINCIPALS: &str = "`user`, `key` and `projectKey`";

fn line_error(path: &str, error: &serde_json::Error) -> Wrong {
    let message = error.to_string();
    let message = message.strip_suffix(&format!(" at line {} column {}", error.line(), error.column())).unwrap_or(&message);
    // A name that is not read yet shows as `?`, and the line itself as a dot.
    match path.trim_end_matches('?').trim_matches('.') {
        path if path.is_empty() || !error.is_data() => Wrong(format!(", column {}: {message}", error.column())),
        path => Wrong(format!(", field `{path}`: {message}")),
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PlaceVisitor)
    }
}

struct PlaceVisitor;

const PLACES: &[&str] = &["organization", "team", "project"];

impl<'de> Visitor<'de> for PlaceVisitor {
    type Value = Place;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object with exactly one of `organization`, `team` and `project`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Place, A::Error> {
        let mut place = None;
        while let Some(name) = map.next_key::<String>()? {
            let make = match &*name {
                "organization" => Place::Organization,
                "team" => Place::Team,
                "project" => Place::Project,
                other => return Err(A::Error::unknown_field(other, PLACES)),
            };
            if place.replace(make(map.next_value()?)).is_some() {
                return Err(A::Error::custom("more than one place, keep exactly one of `organization`, `team` and `project`"));
            }
        }
        place.ok_or_else(|| A::Error::custom("no place, write exactly one of `organization`, `team` and `project`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: [&str; 4] = [
        r#"{"id":"k1","key":"ci","permission":"prompts:update","at":{"project":"shop"}}"#,
        r#"{"id":"e1","user":"ana","at":{"team":"web"},"now":"2026-02-03T04:05:06.789Z"}"#,
        r#"{"id":"\u00e4","projectKey":"shop","permission":"traces:create","at":{"organization":"acme"},"allow":false,"reason":"key-lacks"}"#,
        r#"{"id":"p","user":"","at":{"project":"\"\\"},"permissions":["project:view"],"own":true}"#,
    ];

    /// 100,000 lines with one to three characters changed, put in or taken out: each is read or refused with what is wrong.
    #[test]
    fn spoilt_lines_are_refused_or_read() {
        let alphabet: Vec<char> = "{}[]\":,\\ue0919.-ntkTZ \u{0}\u{e9}\u{1f511}".chars().collect();
        let mut seed = 7_u64;
        let mut below = |end: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % end
        };
        let (mut read_lines, mut refused) = (0_u32, 0_u32);
        for round in 0..100_000 {
            let mut line: Vec<char> = LINES[round % LINES.len()].chars().collect();
            for _ in 0..=below(3) {
                let at = below(line.len());
                match below(4) {
                    0 => drop(line.remove(at)),
                    1 => line.insert(at, alphabet[below(alphabet.len())]),
                    2 => line[at] = alphabet[below(alphabet.len())],
                    _ => {
                        let other = line.len() - 1 - at;
                        line.swap(at, other);
                    }
                }
            }
            let line: String = line.into_iter().collect();
            match read(&line) {
                Ok(_) => read_lines += 1,
                Err(Wrong(message)) => {
                    assert!(message.starts_with([':', ',']), "{message}");
                    refused += 1;
                }
            }
        }
        assert!(read_lines > 5_000 && refused > 50_000, "{read_lines} read, {refused} refused");
    }
}
