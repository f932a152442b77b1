//! What the audit says of the policy, held against what a folder of versions remembers.
//!
//! The audit outlives the folder: where the folder remembers less, it was lost, and nobody may take that for "none ever was". The
//! folder may remember more, because commands change it without a server; the audit then follows.

use std::collections::BTreeMap;

use clearance::Digest;
use clearance::document::Timestamp;
use clearance_host::LANGWATCH;
use clearance_rollout::{Activation, History, Pin, Unpinned};
use clearance_store::{Entry, Row, Write};
use serde_json::{Value, json};

use crate::caller::Origin;
use crate::fault::Fault;
use crate::keeper::Keeper;
use crate::lost_record::LostRecord;
use crate::queue::Lane;
use crate::turn::Turn;

const ACTIVATE: &str = "policy.activate";
const PIN: &str = "policy.pin";
const UNPIN: &str = "policy.unpin";
/// What the audit has in `accepted` where somebody said that what was lost is lost.
const LOST_HISTORY: &str = "lost-history";

/// What a folder of versions remembers.
#[derive(Clone, Debug, Default)]
pub struct Remembered {
    /// Which versions were live, oldest first.
    pub history: History,
    /// Which organizations are pinned, each with its version.
    pub pins: Vec<Pin>,
    /// When the last pin of each other organization ended.
    pub unpinned: Vec<Unpinned>,
}

/// What the audit says last of the policy.
#[derive(Debug, Default)]
pub struct PolicyRecord {
    live: Option<LiveRecord>,
    pins: BTreeMap<Box<str>, PinRecord>,
}

#[derive(Debug)]
struct LiveRecord {
    policy: Box<str>,
    at: Timestamp,
    claim: Claim,
}

/// What a row says of the history of the folder.
#[derive(Debug)]
enum Claim {
    /// The history had this number of versions, and this version was the last.
    Count(u64),
    /// The version is in it. Rows had no count once.
    Known,
    /// There was no folder.
    Nothing,
}

#[derive(Debug)]
struct PinRecord {
    policy: Box<str>,
    at: Timestamp,
}

impl Keeper {
    /// What the audit says last of the policy. Read it before the folder, which is never behind the audit.
    ///
    /// # Errors
    ///
    /// The database cannot be read.
    pub fn policy_record(&self) -> Result<PolicyRecord, Fault> {
        Ok(PolicyRecord::of(self.store.audit_of_policy()?))
    }

    /// Writes into the audit what the folder remembers otherwise: what was made live or pinned by a command, or what is lost and
    /// `accepted` to be so. `None` means that there is no folder: then only what is accepted is written.
    ///
    /// # Errors
    ///
    /// The audit cannot be written.
    pub fn follow_folder(&self, record: &PolicyRecord, folder: Option<&Remembered>, accepted: bool) -> Result<(), Fault> {
        let turn = self.own_turn(Lane::Ordinary)?;
        let running = self.authorizer.live_version().digest();
        let audit = record.missing_entries(&turn, folder, running, accepted);
        if !audit.is_empty() {
            turn.commit(&Write { audit, ..Write::default() })?;
        }
        Ok(())
    }
}

/// What the audit says when a version becomes the live one. `count` is how many versions the folder then has in its history.
pub(crate) fn activation_entry(turn: &Turn<'_>, origin: &Origin, before: &str, after: Digest, count: Option<u64>) -> Entry {
    let mut to = json!({ "policy": after.to_string() });
    if let (Some(count), Value::Object(fields)) = (count, &mut to) {
        fields.insert("history".into(), count.into());
    }
    turn.entry_by(origin, ACTIVATE, &after.to_string(), Some(json!({ "policy": before })), Some(to), after)
}

/// What the audit says when an organization is pinned.
pub(crate) fn pin_entry(turn: &Turn<'_>, origin: &Origin, organization: &str, before: Option<Value>, after: Digest) -> Entry {
    turn.entry_by(origin, PIN, organization, before, Some(json!({ "policy": after.to_string() })), after)
}

/// What the audit says when an organization is pinned no more.
pub(crate) fn unpin_entry(turn: &Turn<'_>, origin: &Origin, organization: &str, before: Option<Value>, live: Digest) -> Entry {
    turn.entry_by(origin, UNPIN, organization, before, None, live)
}

fn accepted_entry(entry: Entry) -> Entry {
    let mut after = entry.after.unwrap_or_else(|| json!({}));
    if let Value::Object(fields) = &mut after {
        fields.insert("accepted".into(), LOST_HISTORY.into());
    }
    Entry { after: Some(after), ..entry }
}

impl PolicyRecord {
    /// The last rows about each version and organization, oldest first.
    fn of(rows: Vec<Row>) -> Self {
        let mut record = Self::default();
        for Row { entry: Entry { at, verb, subject, after, .. }, .. } in rows {
            let member = |name: &str| after.as_ref().and_then(|after| after.get(name));
            let policy = member("policy").and_then(Value::as_str).map(Box::from);
            match (&*verb, policy) {
                (ACTIVATE, Some(policy)) => {
                    let claim = match member("history").and_then(Value::as_u64) {
                        Some(count) => Claim::Count(count),
                        None if member("accepted").is_some() => Claim::Nothing,
                        None => Claim::Known,
                    };
                    record.live = Some(LiveRecord { policy, at, claim });
                }
                (PIN, Some(policy)) => {
                    record.pins.insert(subject, PinRecord { policy, at });
                }
                (UNPIN, _) => {
                    record.pins.remove(&subject);
                }
                _ => {}
            }
        }
        record
    }

    /// The first thing that the audit says and the folder does not remember. `None` for the folder means that there is none.
    pub fn first_lost(&self, folder: Option<&Remembered>, running: Digest) -> Option<LostRecord> {
        if let Some(LiveRecord { policy, at, .. }) = self.lost_live(folder, running) {
            let (policy, at) = (policy.clone(), *at);
            return Some(match folder {
                Some(_) => LostRecord::History { policy, at, running },
                None => LostRecord::NoFolder { policy, at, running },
            });
        }
        let (organization, PinRecord { policy, at }) =
            self.pins.iter().find(|(organization, pin)| pin.is_lost(organization, folder))?;
        let (organization, policy, at) = (organization.clone(), policy.clone(), *at);
        Some(match folder {
            Some(_) => LostRecord::Pin { organization, policy, at },
            None => LostRecord::NoFolderForPin { organization, policy, at },
        })
    }

    fn lost_live(&self, folder: Option<&Remembered>, running: Digest) -> Option<&LiveRecord> {
        let live = self.live.as_ref()?;
        let is_it = |digest: Digest| digest.to_string() == *live.policy;
        let found = match (folder.map(|folder| folder.history.activations()), &live.claim) {
            (_, Claim::Nothing) | (Some(_), Claim::Count(0)) => true,
            (Some(activations), Claim::Count(count)) => {
                let last = usize::try_from(count - 1).ok().and_then(|last| activations.get(last));
                last.is_some_and(|Activation { version, .. }| is_it(version.digest))
            }
            (Some(activations), Claim::Known) => activations.iter().any(|Activation { version, .. }| is_it(version.digest)),
            (None, _) => is_it(running),
        };
        (!found).then_some(live)
    }

    /// The rows after which the audit says what the folder does.
    fn missing_entries(&self, turn: &Turn<'_>, folder: Option<&Remembered>, running: Digest, accepted: bool) -> Vec<Entry> {
        let origin = &Origin::COMMAND;
        let mut rows = Vec::new();
        let is_lost = self.lost_live(folder, running).is_some();
        let before = self.live.as_ref().map_or_else(|| Digest::of(LANGWATCH).to_string(), |live| live.policy.to_string());
        let count = folder.and_then(|folder| u64::try_from(folder.history.activations().len()).ok());
        if is_lost && accepted {
            rows.push(accepted_entry(activation_entry(turn, origin, &before, running, count)));
        } else if folder.is_some() && before != running.to_string() {
            rows.push(activation_entry(turn, origin, &before, running, count));
        }
        let pin_of = |policy: &str| Some(json!({ "policy": policy }));
        for (organization, pin) in &self.pins {
            let is_lost = pin.is_lost(organization, folder);
            let still = folder.is_some_and(|folder| folder.pins.iter().any(|pin| pin.organization == **organization));
            if !still && (folder.is_some() || accepted) {
                let row = unpin_entry(turn, origin, organization, pin_of(&pin.policy), running);
                rows.push(if is_lost { accepted_entry(row) } else { row });
            }
        }
        for Pin { organization, version, .. } in folder.into_iter().flat_map(|folder| &folder.pins) {
            let before = self.pins.get(organization.as_str());
            let row = |pin: Option<&PinRecord>| {
                pin_entry(turn, origin, organization, pin.and_then(|pin| pin_of(&pin.policy)), *version)
            };
            match before {
                Some(pin) if *pin.policy == version.to_string() => {}
                Some(pin) if pin.is_lost(organization, folder) => rows.push(accepted_entry(row(before))),
                before => rows.push(row(before)),
            }
        }
        rows
    }
}

impl PinRecord {
    /// Whether the folder knows neither this pin nor what came after it.
    fn is_lost(&self, organization: &str, folder: Option<&Remembered>) -> bool {
        let Some(Remembered { pins, unpinned, .. }) = folder else { return true };
        let later = |at: u64| at >= self.at.millis();
        if let Some(pin) = pins.iter().find(|pin| pin.organization == organization) {
            return pin.version.to_string() != *self.policy && !later(pin.at);
        }
        !unpinned.iter().any(|unpinned| unpinned.organization == organization && later(unpinned.at))
    }
}

#[cfg(test)]
mod tests {
    use clearance::VersionLabel;
    use clearance_store::Who;

    use super::*;

    fn version(name: &str) -> VersionLabel {
        VersionLabel { digest: Digest::of(name.as_bytes()), name: name.into(), semver: "1.0.0".parse().unwrap() }
    }

    fn digest(name: &str) -> Digest {
        version(name).digest
    }

    fn history(names: &[&str]) -> Remembered {
        let mut history = History::default();
        names.iter().for_each(|name| history.record(version(name), 1));
        Remembered { history, ..Remembered::default() }
    }

    /// What the audit says when it has these rows: a verb, a subject, a time and what is there afterwards.
    fn record(rows: &[(&str, &str, u64, Value)]) -> PolicyRecord {
        let row = |(verb, subject, at, after): &(&str, &str, u64, Value)| Row {
            sequence: 1,
            entry: Entry {
                at: Timestamp::from_millis(*at).unwrap(),
                who: Who::Command,
                verb: (*verb).into(),
                subject: (*subject).into(),
                before: None,
                after: Some(after.clone()).filter(|after| !after.is_null()),
                peer: None,
                policy: None,
            },
            pepper: "default".into(),
            link: "".into(),
        };
        PolicyRecord::of(rows.iter().map(row).collect())
    }

    fn live(name: &str, more: &Value) -> (&'static str, &'static str, u64, Value) {
        let mut after = json!({ "policy": digest(name).to_string() });
        after.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        (ACTIVATE, "d", 1, after)
    }

    #[test]
    fn a_history_that_has_less_is_lost() {
        let counted = record(&[live("a", &json!({"history": 2})), live("b", &json!({"history": 3}))]);
        let lost = |record: &PolicyRecord, names: &[&str]| record.first_lost(Some(&history(names)), digest("built-in")).is_some();
        // The same, or more.
        for names in [&["built-in", "a", "b"][..], &["built-in", "a", "b", "c"], &["built-in", "a", "b", "a"]] {
            assert!(!lost(&counted, names), "{names:?}");
        }
        // None, an older copy, and another one.
        for names in [&[][..], &["built-in", "a"], &["built-in", "b"], &["built-in", "a", "c"], &["b", "b", "a"]] {
            assert!(lost(&counted, names), "{names:?}");
        }
        // Rows had no count once.
        let known = record(&[live("a", &json!({})), live("b", &json!({}))]);
        assert!(!lost(&known, &["b"]) && lost(&known, &["a"]) && lost(&known, &[]));
        // Where nothing was ever made live, nothing is lost.
        assert!(!lost(&record(&[]), &[]) && !lost(&record(&[]), &["a"]));
    }

    #[test]
    fn what_was_accepted_is_not_lost_again() {
        let accepted = json!({"accepted": LOST_HISTORY});
        let without_folder = record(&[live("a", &accepted)]);
        for names in [&[][..], &["b"]] {
            assert_eq!(without_folder.first_lost(Some(&history(names)), digest("built-in")), None);
        }
        assert_eq!(without_folder.first_lost(None, digest("built-in")), None);
        let with_folder = record(&[live("a", &json!({"accepted": LOST_HISTORY, "history": 0}))]);
        assert_eq!(with_folder.first_lost(Some(&history(&[])), digest("a")), None);
        assert!(with_folder.first_lost(None, digest("b")).is_some());
    }

    #[test]
    fn without_a_folder_only_the_same_version_will_do() {
        let record = record(&[live("a", &json!({"history": 2}))]);
        assert_eq!(record.first_lost(None, digest("a")), None);
        assert!(matches!(record.first_lost(None, digest("b")), Some(LostRecord::NoFolder { .. })));
    }

    #[test]
    fn a_pin_that_nobody_ended_is_lost() {
        let pin = |name: &str, at| Pin { organization: "acme".into(), version: digest(name), at };
        let with = |pins: Vec<Pin>, unpinned: Vec<u64>| Remembered {
            pins,
            unpinned: unpinned.into_iter().map(|at| Unpinned { organization: "acme".into(), at }).collect(),
            ..Remembered::default()
        };
        let pinned = (PIN, "acme", 5, json!({ "policy": digest("a").to_string() }));
        let told = record(std::slice::from_ref(&pinned));
        let lost = |folder: &Remembered| told.first_lost(Some(folder), digest("built-in")).is_some();
        for kept in [
            with(vec![pin("a", 5)], vec![]),
            with(vec![pin("a", 1)], vec![]),
            with(vec![pin("b", 6)], vec![]),
            with(vec![], vec![6]),
        ] {
            assert!(!lost(&kept), "{kept:?}");
        }
        for gone in [with(vec![], vec![]), with(vec![pin("b", 4)], vec![]), with(vec![], vec![4])] {
            assert!(lost(&gone), "{gone:?}");
        }
        assert!(matches!(told.first_lost(None, digest("built-in")), Some(LostRecord::NoFolderForPin { .. })));
        let ended = record(&[pinned, (UNPIN, "acme", 6, Value::Null)]);
        assert_eq!(ended.first_lost(Some(&with(vec![], vec![])), digest("built-in")), None);
    }
}
