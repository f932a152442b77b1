//! What the module remembers between two calls, and what each call does.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard},
};

use base64ct::{Base64, Encoding};
use clearance::{
    Authorizer, Change, Decision, Digest, Directory, PlaceId, PolicyVersion, PrincipalId, Reason, View, VisibleProjects,
    document::Timestamp, json::Catalog, swap::PinError,
};
use clearance_policy::types::Decision as Decided;
use clearance_question::{ComponentInfo, Guest};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    facts::GivenFacts,
    failure::Failure,
    request::{FactsNumber, FactsQuestion, Number, Organization, Pin, Question, Questions, Request, Situation},
};

/// The state of the module: the versions by the numbers that the glue gave them, and the authorizer.
///
/// Every call either does all that it says or changes nothing. All but [`load`](Self::load) can run side by side: no lock is held while
/// a policy computes.
pub struct Session<C> {
    /// Makes the guest that runs the version of a number.
    connect: C,
    versions: RwLock<BTreeMap<u32, PolicyVersion>>,
    authorizer: Option<Authorizer>,
    facts: Mutex<KeptFacts>,
}

/// Facts that callers gave, by number.
#[derive(Debug, Default)]
struct KeptFacts {
    by_number: BTreeMap<u32, GivenFacts>,
    /// The number that was given last.
    last: u32,
}

/// A number that no permission has: a catalog holds 256 at the most.
const UNKNOWN_PERMISSION: u32 = u32::MAX;

/// How many facts are kept at the most.
const MAX_KEPT_FACTS: usize = 10_000;

/// What [`Session::check`] answers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Checked {
    /// The decision.
    pub decision: Decision,
    /// The number of the version that decided. `None` means that the glue has had it removed since.
    pub version: Option<u32>,
}

impl<G: Guest + 'static, C: Fn(u32) -> G> Session<C> {
    /// A session without versions and without data. `connect` makes the guest that runs the version of a number.
    pub fn new(connect: C) -> Self {
        Self { connect, versions: RwLock::default(), authorizer: None, facts: Mutex::default() }
    }

    /// Takes a version that the glue has started under a number, once it has answered questions whose answers are known. It answers
    /// nobody yet. The answer is its label as JSON: `{"digest", "policy", "version"}`.
    ///
    /// # Errors
    ///
    /// [`Failure`] says why it is not taken.
    pub fn add_version(&self, number: u32, info: ComponentInfo) -> Result<String, Failure> {
        let version = PolicyVersion::new((self.connect)(number), info)?;
        let label = version.label();
        match self.versions.write().unwrap_or_else(PoisonError::into_inner).entry(number) {
            Entry::Vacant(place) => drop(place.insert(version)),
            Entry::Occupied(_) => {
                let message = format!("version {number} is there already: give each version a number of its own");
                return Err(Failure::new("version-taken", message));
            }
        }
        Ok(json!({"digest": label.digest.to_string(), "policy": label.name, "version": label.semver.to_string()}).to_string())
    }

    /// Puts a directory in the place of all data, and makes a version the live one. Nothing is pinned then.
    ///
    /// # Errors
    ///
    /// [`Failure`] says what is wrong with the text, or which version is not there or fails to compile the custom roles.
    pub fn load(&mut self, version: u32, directory: &str) -> Result<(), Failure> {
        let version = self.version(version)?;
        let directory = Directory::from_json(directory).map_err(|error| Failure::new("directory", error.to_string()))?;
        self.authorizer = Some(Authorizer::new(version, directory)?);
        Ok(())
    }

    /// Makes all changes of the data, or none: a list of changes as `POST /v1/directory/changes` takes it.
    ///
    /// # Errors
    ///
    /// [`Failure`] names the change that is refused.
    pub fn apply(&self, changes: &str) -> Result<(), Failure> {
        let changes: Vec<Change> = read(changes)?;
        let authorizer = self.authorizer()?;
        Ok(authorizer.apply_all(changes)?)
    }

    /// The hot path: one decision. `now` is in milliseconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    ///
    /// [`Failure`] where the time is not one, no data is loaded, or the policy gave no answer.
    #[inline]
    pub fn check(&self, principal: PrincipalId<'_>, permission: &str, place: PlaceId<'_>, now: f64) -> Result<Checked, Failure> {
        let decision = self.decide(principal, permission, place, now)?;
        let version = self.number(decision.policy);
        Ok(Checked { decision, version })
    }

    /// The same without the number of the version, for callers that read its digest.
    ///
    /// # Errors
    ///
    /// As for [`check`](Self::check).
    #[inline]
    pub fn decide(
        &self,
        principal: PrincipalId<'_>,
        permission: &str,
        place: PlaceId<'_>,
        now: f64,
    ) -> Result<Decision, Failure> {
        Ok(self.view(now)?.check(principal, permission, place)?)
    }

    /// Answers a request in JSON. `now` is when a question is asked that does not say it.
    ///
    /// # Errors
    ///
    /// [`Failure`], of which the names are those of the Rust crates.
    pub fn ask(&self, request: &str, now: f64) -> Result<String, Failure> {
        match read(request)? {
            Request::Check(question) => text(&self.answer(&question, now)?),
            Request::CheckMany(Questions { questions }) => {
                let answers = questions.iter().map(|question| self.answer(question, now)).collect::<Result<Vec<_>, _>>()?;
                text(&json!({ "answers": answers }))
            }
            Request::Effective(situation) => {
                let place = situation.place().ok_or_else(|| Failure::new("malformed", "field `effective.at` is missing"))?;
                text(&self.at(situation.now, now)?.effective(situation.principal(), place)?)
            }
            Request::Explain(question) => {
                let view = self.at(question.now, now)?;
                text(&view.explain(question.principal(), &question.permission, question.place())?)
            }
            Request::Repair(question) => {
                let view = self.at(question.now, now)?;
                text(&view.repair(question.principal(), &question.permission, question.place(), question.asker())?)
            }
            Request::VisibleProjects(situation) => self.visible_projects(&situation, now),
            Request::Capsule(question) => {
                let view = self.at(question.now, now)?;
                let capsule = view.capsule(question.principal(), &question.permission, question.place())?;
                text(&json!({ "capsule": Base64::encode_string(&capsule.to_bytes()) }))
            }
            Request::ReadFacts(facts) => self.read_facts(&facts),
            Request::Decide(question) => self.decide_about(&question),
            Request::DropFacts(FactsNumber { facts }) => {
                self.facts().by_number.remove(&facts).ok_or_else(|| unknown_facts(facts))?;
                Ok("{}".to_owned())
            }
            Request::CreateKey(question) => text(&question.answer(self.view(now)?, moment(now)?)?),
            Request::EditKey(question) => text(&question.answer(self.view(now)?, moment(now)?)?),
            Request::RevokeKey(question) => text(&question.revoke(self.view(now)?)?),
            Request::ReadKey(question) => text(&question.read(self.view(now)?)?),
            Request::ListKeys(question) => text(&question.answer(self.view(now)?)?),
            Request::Describe(_) => text(&Catalog::of(&self.authorizer()?.live_version())),
            Request::Words(_) => text(&json!({ "reasons": Reason::ALL.map(Reason::as_str) })),
            Request::Document(_) => text(&self.authorizer()?.read_directory(Directory::document)),
            Request::Versions(_) => text(&self.versions()),
            Request::Swap(Number { version }) => {
                self.authorizer()?.swap(self.version(version)?)?;
                text(&self.versions())
            }
            Request::Pin(Pin { organization, version }) => {
                let pinned = self.authorizer()?.pin(&organization, self.version(version)?);
                pinned.map_err(|error| match error {
                    PinError::Compile(error) => Failure::from(error),
                    error => Failure::new("pin", error.to_string()),
                })?;
                text(&self.versions())
            }
            Request::Unpin(Organization { organization }) => {
                self.authorizer()?.unpin(&organization);
                text(&self.versions())
            }
            Request::RemoveVersion(Number { version }) => {
                self.version(version)?;
                if self.answering().contains(&version) {
                    return Err(Failure::new("version-in-use", format!("version {version} answers: swap or unpin it first")));
                }
                self.versions.write().unwrap_or_else(PoisonError::into_inner).remove(&version);
                text(&self.versions())
            }
        }
    }
}

impl<C> Session<C> {
    fn authorizer(&self) -> Result<&Authorizer, Failure> {
        self.authorizer.as_ref().ok_or_else(Failure::not_loaded)
    }

    fn version(&self, number: u32) -> Result<PolicyVersion, Failure> {
        let unknown = || Failure::new("version-unknown", format!("version {number} was not added, or was removed"));
        self.known_versions().get(&number).cloned().ok_or_else(unknown)
    }

    fn number(&self, digest: Digest) -> Option<u32> {
        self.known_versions().iter().find(|(_, version)| version.digest() == digest).map(|(number, _)| *number)
    }

    fn view(&self, now: f64) -> Result<View<'_>, Failure> {
        Ok(self.authorizer()?.view_at(moment(now)?))
    }

    /// A question may say itself when it is asked.
    fn at(&self, own: Option<Timestamp>, now: f64) -> Result<View<'_>, Failure> {
        own.map_or_else(|| self.view(now), |now| Ok(self.authorizer()?.view_at(now)))
    }

    fn answer(&self, question: &Question, now: f64) -> Result<Decision, Failure> {
        let view = self.at(question.now, now)?;
        Ok(view.check(question.principal(), &question.permission, question.place())?)
    }

    fn visible_projects(&self, situation: &Situation, now: f64) -> Result<String, Failure> {
        let PrincipalId::Key(key) = situation.principal() else {
            return Err(Failure::new("malformed", "`visibleProjects` is about a key: name it by `key`"));
        };
        if situation.place().is_some() {
            return Err(Failure::new("malformed", "`visibleProjects` is about everything that a key can see: leave `at` out"));
        }
        let visible: VisibleProjects = self.at(situation.now, now)?.visible_projects(key)?;
        text(&visible)
    }

    fn known_versions(&self) -> RwLockReadGuard<'_, BTreeMap<u32, PolicyVersion>> {
        self.versions.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn facts(&self) -> MutexGuard<'_, KeptFacts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read_facts(&self, facts: &Value) -> Result<String, Failure> {
        let given = GivenFacts::read(facts)?;
        let mut kept = self.facts();
        if kept.by_number.len() >= MAX_KEPT_FACTS {
            return Err(Failure::new("too-many", format!("{MAX_KEPT_FACTS} facts are kept already: drop some with `dropFacts`")));
        }
        let number = kept.last.checked_add(1).ok_or_else(|| Failure::new("too-many", "no number is left for more facts"))?;
        kept.last = number;
        kept.by_number.insert(number, given);
        text(&json!({ "facts": number }))
    }

    /// Asks the live version about facts that the caller gave.
    fn decide_about(&self, FactsQuestion { facts: number, permission }: &FactsQuestion) -> Result<String, Failure> {
        let version = self.authorizer()?.live_version();
        let given = self.facts().by_number.get(number).cloned().ok_or_else(|| unknown_facts(*number))?;
        let compiled = given.for_version(&version)?;
        let known = version.permission(permission).unwrap_or(UNKNOWN_PERMISSION);
        let Decided { allow, reason, binding } = version.decide(&compiled, known)?;
        let mut answer = json!({"allow": allow, "reason": reason.as_str(), "policy": version.digest().to_string()});
        if let Some(binding) = binding {
            answer["binding"] = binding.into();
        }
        text(&answer)
    }

    /// The versions that answer anywhere, by number.
    fn answering(&self) -> BTreeSet<u32> {
        let Some(authorizer) = &self.authorizer else { return BTreeSet::new() };
        let pins = authorizer.pins().into_iter().map(|(_, version)| version.digest());
        let digests: BTreeSet<Digest> = pins.chain([authorizer.live_version().digest()]).collect();
        self.known_versions()
            .iter()
            .filter(|(_, version)| digests.contains(&version.digest()))
            .map(|(number, _)| *number)
            .collect()
    }

    /// The versions, as JSON has them.
    fn versions(&self) -> serde_json::Value {
        let live = self.authorizer.as_ref().and_then(|authorizer| self.number(authorizer.live_version().digest()));
        let pins = self.authorizer.iter().flat_map(Authorizer::pins);
        let pins =
            pins.map(|(organization, version)| json!({"organization": organization, "version": self.number(version.digest())}));
        json!({"live": live, "pins": pins.collect::<Vec<_>>(), "answering": self.answering()})
    }
}

impl<C> std::fmt::Debug for Session<C> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { connect: _, versions, authorizer, facts: _ } = self;
        out.debug_struct("Session").field("versions", versions).field("authorizer", authorizer).finish_non_exhaustive()
    }
}

fn unknown_facts(number: u32) -> Failure {
    Failure::new("facts-unknown", format!("facts {number} were not read, or were dropped: read them with `readFacts`"))
}

/// The moment that a number of milliseconds stands for. What is not a time is refused, and never read as another one.
fn moment(millis: f64) -> Result<Timestamp, Failure> {
    let is_whole = millis.is_finite() && millis >= 0.0 && millis.fract() == 0.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is whole and not negative, and a cast saturates"
    )]
    let time = is_whole.then_some(millis as u64).and_then(Timestamp::from_millis);
    time.ok_or_else(|| {
        let wanted = "give the whole milliseconds since 1970-01-01T00:00:00Z, up to the year 9999";
        Failure::new("time", format!("{millis} is not a time: {wanted}"))
    })
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Failure> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| Failure::malformed(&error))?;
    reader.end().map_err(|error| Failure::new("malformed", error.to_string()))?;
    Ok(value)
}

fn text(answer: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(answer).map_err(|error| Failure::new("unwritable", error.to_string()))
}
