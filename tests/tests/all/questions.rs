//! The questions that the examples in other languages answer: facts as JSON, written out from this side.

mod facts_json;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use clearance_directory::document::{Document, Scope};
use clearance_policy::types::{
    Decision, Facts, Owner, Place, Principal as Asking, PrivateUse, ProjectKeyFacts, ProjectPlace, Reason, Role,
};
use clearance_tests::case::{NOW, World};
use clearance_tests::evaluator::{Evaluator, Native};
use clearance_tests::gathered::Loaded;
use clearance_tests::implementation::Judge;
use clearance_tests::oracle::Oracle;
use clearance_tests::question::{Principal, Situation};
use serde::Serialize;
use serde_json::Value;

/// How many questions there are.
const WANTED: usize = 200;

/// Asked of every principal of the company everywhere. The last one is in no catalog.
const PERMISSIONS: [&str; 6] =
    ["traces:view", "traces:create", "annotations:manage", "organization:view", "project:delete", "spaceships:view"];

/// Folders of drawn directories, which hold much that the company does not: odd data, two organizations, personal teams.
const DRAWN: [&str; 3] = ["w0025", "w0037", "w0042"];

/// Reasons that this policy never gives.
const UNUSED: [Reason; 2] = [Reason::Readonly, Reason::CreatorDeactivated];

/// One line of the file.
#[derive(Serialize)]
struct Line {
    id: String,
    permission: String,
    facts: Value,
    expected: Expected,
}

#[derive(Serialize)]
struct Expected {
    allow: bool,
    reason: &'static str,
    /// The index in the list of the principal's own bindings.
    #[serde(skip_serializing_if = "Option::is_none")]
    binding: Option<u32>,
}

/// A question, and the class of questions that are much like it.
struct Candidate {
    class: String,
    line: Line,
}

fn candidate(about: &str, facts: &Facts, permission: &str) -> Candidate {
    let known = Native.describe().permissions.iter().position(|known| known.name == permission);
    let number = known.map_or(u32::MAX, |number| u32::try_from(number).expect("a catalog is small"));
    let Decision { allow, reason, binding } = Native.decide(facts, number);
    let place = match facts.place {
        Place::Unknown => "nowhere",
        Place::Organization(_) => "organization",
        Place::Team(_) => "team",
        Place::Project(ProjectPlace { archived, .. }) => ["project", "archived"][usize::from(archived)],
    };
    let asking = match &facts.principal {
        Asking::Unknown => "nobody",
        Asking::User(_) => "user",
        Asking::Key(key) => ["service key", "personal key"][usize::from(key.owner.is_some())],
        Asking::ProjectKey(_) => "project key",
    };
    let reason = reason.as_str();
    let line = Line {
        id: about.to_owned(),
        permission: permission.to_owned(),
        facts: facts_json::facts(facts),
        expected: Expected { allow, reason, binding },
    };
    let class = match reason {
        // The same everywhere.
        "permission-unknown" => format!("{asking} {reason}"),
        _ => format!("{} {asking} {place} {reason}", about.split(':').next().unwrap_or_default()),
    };
    Candidate { class, line }
}

/// Candidates from one document. Panics where the oracle answers otherwise.
fn from_document(name: &str, document: &Document, questions: &[(Situation, String)]) -> Vec<Candidate> {
    let (loaded, oracle) = (Loaded::new(&Native, document), Oracle::new(document));
    let ask = |(situation, permission): &(Situation, String)| {
        assert_eq!(loaded.decide(situation, permission), oracle.decide(situation, permission), "`{permission}` for {situation}");
        let (kind, who) = match &situation.principal {
            Principal::User(id) => ("user", id),
            Principal::Key(id) => ("key", id),
            Principal::ProjectKey(id) => ("project key of", id),
        };
        let (tier, node) = match &situation.at {
            Scope::Organization(id) => ("organization", id),
            Scope::Team(id) => ("team", id),
            Scope::Project(id) => ("project", id),
        };
        candidate(&format!("{name}: {kind} {who} at {tier} {node}"), &loaded.facts(situation).facts, permission)
    };
    questions.iter().map(ask).collect()
}

/// Everyone of the example company, everywhere.
fn company_questions(company: &Document) -> Vec<(Situation, String)> {
    let mut principals: Vec<Principal> = company.users.iter().map(|user| Principal::User(user.id.to_string())).collect();
    principals.extend(company.keys.iter().map(|key| Principal::Key(key.id.to_string())));
    principals.extend([Principal::User("zoe".into()), Principal::Key("lost".into())]);
    principals.extend(["shop", "blog"].map(|project| Principal::ProjectKey(project.into())));

    let mut nodes: Vec<Scope> = company.organizations.iter().map(|node| Scope::Organization(node.id.clone())).collect();
    nodes.extend(company.teams.iter().map(|node| Scope::Team(node.id.clone())));
    nodes.extend(company.projects.iter().map(|node| Scope::Project(node.id.clone())));
    nodes.push(Scope::Project("moon".into()));

    let mut questions = Vec::new();
    for principal in &principals {
        for at in &nodes {
            let situation = Situation { principal: principal.clone(), at: at.clone(), now: NOW };
            questions.extend(PERMISSIONS.map(|permission| (situation.clone(), permission.to_owned())));
        }
    }
    questions
}

/// Facts that no directory gives, or none of those at hand.
fn edit(company: &Document) -> Vec<Candidate> {
    let loaded = Loaded::new(&Native, company);
    let facts =
        |principal, project: &str| loaded.facts(&Situation { principal, at: Scope::Project(project.into()), now: NOW }).facts;

    let mut dangling = facts(Principal::Key("ci".into()), "shop");
    let (mut ownerless, mut roleless) = (dangling.clone(), dangling.clone());
    if let Asking::Key(key) = &mut dangling.principal {
        key.bindings[0].role = Role::Custom(7);
    }
    if let Asking::Key(key) = &mut ownerless.principal {
        key.owner = Some(Owner::Unknown);
    }
    if let Asking::Key(key) = &mut roleless.principal {
        key.bindings[0].role = Role::Missing;
    }
    let mut shared = facts(Principal::Key("ingest".into()), "shop");
    shared.roles[0].private = Some(PrivateUse::UsedByOthers);
    let mut personal = facts(Principal::User("ben".into()), "lake");
    if let Asking::User(ben) = &mut personal.principal {
        ben.team_memberships[0].personal = true;
    }

    // Numbers that become equal when a reader rounds them to 53 bits.
    let place = ProjectPlace { project: u64::MAX, team: u64::MAX - 1, organization: u64::MAX - 2, archived: false };
    let mut other = facts(Principal::ProjectKey("shop".into()), "shop");
    other.place = Place::Project(place);
    other.principal = Asking::ProjectKey(ProjectKeyFacts { project: u64::MAX - 1 });
    let mut same = other.clone();
    same.principal = Asking::ProjectKey(ProjectKeyFacts { project: u64::MAX });
    let mut moment = facts(Principal::Key("trial".into()), "shop");
    if let Asking::Key(key) = &mut moment.principal {
        key.expires = Some(u64::MAX - 1);
    }
    moment.now = u64::MAX;

    [
        ("edited: a role outside the list", dangling),
        ("edited: an owner who is unknown", ownerless),
        ("edited: a role that is missing", roleless),
        ("edited: a private role that others use", shared),
        ("edited: a personal team", personal),
        ("edited: large handles, another project", other),
        ("edited: large handles, the same project", same),
        ("edited: a key that expired one millisecond ago", moment),
    ]
    .iter()
    .map(|(about, facts)| candidate(about, facts, "traces:create"))
    .collect()
}

/// The questions: all edited ones, then one of each class in turn until there are enough, in the order of the candidates.
fn questions() -> Vec<Line> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let company = World::read(&package.join("../examples/company")).document;
    let mut candidates = from_document("company", &company, &company_questions(&company));
    for name in DRAWN {
        let World { document, decisions, .. } = World::read(&package.join("vectors/random").join(name));
        let questions: Vec<_> = decisions.iter().map(|(_, case)| (case.situation(), case.permission.clone())).collect();
        candidates.extend(from_document(name, &document, &questions));
    }

    let mut ranks = BTreeMap::new();
    let mut ranked: Vec<(usize, usize)> = Vec::new();
    for (position, candidate) in candidates.iter().enumerate() {
        let rank = ranks.entry(&candidate.class).or_insert(0);
        ranked.push((*rank, position));
        *rank += 1;
    }
    ranked.sort_unstable();
    let edited = edit(&company);
    let kept: BTreeSet<usize> = ranked.iter().take(WANTED - edited.len()).map(|(_, position)| *position).collect();
    let chosen = candidates.into_iter().enumerate().filter(|(position, _)| kept.contains(position)).map(|(_, chosen)| chosen);
    let lines = chosen.chain(edited).map(|candidate| candidate.line);
    lines.zip(1..).map(|(line, number)| Line { id: format!("{number}. {}", line.id), ..line }).collect()
}

#[test]
fn of_the_examples() {
    let lines = questions();
    assert_eq!(lines.len(), WANTED);
    let given: BTreeSet<&str> = lines.iter().map(|line| line.expected.reason).collect();
    let missing: Vec<_> =
        Reason::ALL.iter().filter(|reason| !UNUSED.contains(reason) && !given.contains(reason.as_str())).collect();
    assert!(missing.is_empty(), "no question is answered with {missing:?}");
    let line = |line| serde_json::to_string(line).expect("a question is JSON") + "\n";
    let text: String = lines.iter().map(line).collect();
    for part in [
        r#""tag":"used-by""#,
        r#""tag":"used-by-others""#,
        r#""tag":"custom""#,
        r#""tag":"missing""#,
        r#""team-memberships":[{"#,
        r#""personal":true"#,
        r#""group":"#,
        r#""owner":{"tag":"unknown"}"#,
        r#""owner":{"tag":"user""#,
        r#""empty":true"#,
        r#""expires":"#,
        r#""archived":true"#,
        r#""mode":"restricted""#,
        r#""membership":"external""#,
    ] {
        assert!(text.contains(part), "no question has {part}");
    }

    clearance_committed::check("examples/questions.jsonl", &text);
}
