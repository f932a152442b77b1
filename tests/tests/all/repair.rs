//! What would grant a permission: each set of changes leads to an allow and none of its parts does, nothing is told to those who
//! may not see it, and nothing is given up that a brute force finds.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use clearance::{
    Authorizer, Change, Directory,
    repair::{Asker, Maker, Obstacle, RepairAction, RepairChange, RepairOutcome},
};
use clearance_directory::document::{Binding, BindingRole, Document, Holder, Member, RoleKind, Scope, Timestamp};
use clearance_policy::catalog::Rules;
use clearance_policy::langwatch::CATALOG as RULES;
use clearance_policy::rules;
use clearance_policy::types::repair::{Asker as FactsAsker, RepairAnswer, RepairQuestion};
use clearance_policy::types::{self, Facts, Membership, Owner, Place, Principal, Role, Tier};
use clearance_policy::wire::{self, Words};
use clearance_tests::evaluator::Component;
use clearance_tests::facade::{place, principal};
use clearance_tests::oracle::{Catalog, Oracle};
use clearance_tests::question::{Principal as Asking, Situation};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::malformed::spoil;
use crate::random::{config, document, facts, repair};

#[test]
fn the_component_answers_as_the_rules_do() {
    let policy = Component::get().version();
    let met = RefCell::new(BTreeMap::new());
    proptest!(config(6000), |(facts in facts::facts(), question in repair::question())| {
        let answer = rules::repair::repair(&RULES, facts.clone(), &question);
        let case = match &answer {
            RepairAnswer::Allowed => "allowed",
            RepairAnswer::Sets(_) => "sets",
            RepairAnswer::Nothing(obstacle) => obstacle.as_str(),
        };
        *met.borrow_mut().entry(case).or_insert(0) += 1;
        prop_assert_eq!(wire::answer(&call_rules(&facts, &question)), Ok(answer.clone()));
        prop_assert_eq!(policy.repair(&facts, &question), Ok(answer));
    });
    let met = met.into_inner();
    // All but `other-rule`, which this policy has no rule for.
    assert!(met.len() == 13 && met.values().all(|count| *count > 4), "{met:?}");
}

/// What the rules answer to the bytes of a question.
fn call_rules(facts: &Facts, question: &RepairQuestion) -> Vec<u8> {
    let mut message = vec![];
    wire::put_repair(facts, question, &mut message);
    rules::call(&RULES, &message)
}

#[test]
fn questions_and_answers_come_back() {
    proptest!(config(2000), |(facts in facts::facts(), question in repair::question(), spoils in vec(spoil(), 8))| {
        let mut message = vec![0; 8];
        question.put(&mut message);
        prop_assert_eq!(wire::answer::<RepairQuestion>(&message), Ok(question.clone()));
        let bytes = call_rules(&facts, &question);
        let answer: RepairAnswer = wire::answer(&bytes).unwrap();
        let mut again = vec![0; 8];
        answer.put(&mut again);
        prop_assert_eq!(again, bytes);
        for spoilt in spoils.iter().map(|spoil| spoil.apply(&message)) {
            if let Ok(read) = wire::answer::<RepairQuestion>(&spoilt) {
                let mut again = vec![0; 8];
                read.put(&mut again);
                prop_assert_eq!(again, spoilt);
            }
        }
    });
}

/// A random denial is repaired by each of the sets, and by nothing less.
#[test]
fn a_set_of_changes_leads_to_an_allow_and_no_part_of_it_does() {
    let catalog = Catalog::read();
    let question = (document::situation(), document::permission(catalog.permissions()));
    let met = RefCell::new(BTreeMap::new());
    proptest!(config(600), |(document in document::document(), questions in vec(question, 8), rules in any_rules())| {
        for (situation, permission) in &questions {
            let outcome = ask_repair(rules, &document, situation, permission, Asker::Keeper);
            let now = oracle(rules, &document).decide(situation, permission);
            prop_assert_eq!(outcome == RepairOutcome::Allowed, now.allow, "`{}` for {}", permission, situation);
            let RepairOutcome::Sets { sets, more } = outcome else { continue };
            prop_assert!(!more || sets.len() == 3);
            for set in &sets {
                *met.borrow_mut().entry(set.len()).or_insert(0) += 1;
                let authorizer = authorizer(rules, &document);
                authorizer.apply_all(changes(&document, set)).unwrap();
                let decision = at(&authorizer, situation).check(principal(situation), permission, place(situation)).unwrap();
                prop_assert!(decision.allow, "`{}` for {}: {:?}: {:?}", permission, situation, set, decision);
                for part in 0..(1_usize << set.len()) - 1 {
                    let part: Vec<_> = (0..set.len()).filter(|action| part >> action & 1 == 1).map(|action| set[action].clone()).collect();
                    let decision = oracle(rules, &after(&document, &part)).decide(situation, permission);
                    prop_assert!(!decision.allow, "`{}` for {}: {:?} does it", permission, situation, part);
                }
            }
            // A set that only the keeper could make comes last.
            let nobodys: Vec<bool> = sets.iter().map(|set| set.iter().any(|action| action.by == Maker::Nobody)).collect();
            prop_assert!(nobodys.is_sorted());
        }
    });
    let met = met.into_inner();
    assert!((1..=4).all(|size| met.get(&size).is_some_and(|count| *count > 20)), "{met:?}");
}

/// Where one binding is enough, no set of more changes is all that is told.
#[test]
fn one_binding_is_found_where_it_is_enough() {
    let catalog = Catalog::read();
    let question = (document::situation(), document::permission(catalog.permissions()));
    let met = Cell::new(0);
    proptest!(config(400), |(document in document::document(), questions in vec(question, 6), rules in any_rules())| {
        for (situation, permission) in &questions {
            let outcome = ask_repair(rules, &document, situation, permission, Asker::Keeper);
            let Some(organization) = organization(&document, &situation.at) else { continue };
            let grants = |binding: &Binding| {
                let mut document = (*document).clone();
                document.bindings.push(binding.clone());
                oracle(rules, &document).decide(situation, permission).allow
            };
            let one = candidates(&document, situation, &organization).iter().any(grants);
            match &outcome {
                RepairOutcome::Sets { sets, .. } => {
                    met.set(met.get() + usize::from(one));
                    prop_assert!(!one || sets.iter().any(|set| set.len() == 1), "{:?}", sets);
                }
                RepairOutcome::Nothing(_) => prop_assert!(!one, "`{}` for {}: {:?}", permission, situation, outcome),
                RepairOutcome::Allowed => {}
            }
        }
    });
    assert!(met.get() > 100, "{met:?}");
}

/// Every role on offer at every scope, for the principal and for the owner, as every kind of member: a brute force that knows of the
/// rules what `decide` says.
#[test]
fn nothing_is_given_up_that_a_binding_would_grant() {
    let met = Cell::new(0);
    proptest!(config(20_000), |(facts in facts::facts(), question in repair::question(), rules in any_rules())| {
        let question = RepairQuestion { asker: FactsAsker::Keeper, ..question };
        let catalog = clearance_policy::catalog::Catalog { rules, ..RULES };
        let answer = rules::repair::repair(&catalog, facts.clone(), &question);
        let given_up = [Obstacle::NoRole, Obstacle::OrganizationOnly, Obstacle::OtherRule].map(RepairAnswer::Nothing);
        if given_up.contains(&answer) {
            met.set(met.get() + 1);
            let bindings = given(&facts, &question);
            for membership in [Membership::External, Membership::Member, Membership::Admin] {
                let mut facts = facts.clone();
                set_right(&mut facts, membership);
                let bindings = || bindings.iter().copied().map(Some).chain([None]);
                for (own, owners) in bindings().flat_map(|own| bindings().map(move |owners| (own, owners))) {
                    let mut facts = facts.clone();
                    match &mut facts.principal {
                        Principal::User(user) => user.bindings.extend(own),
                        Principal::Key(key) => {
                            key.bindings.extend(own);
                            if let Some(Owner::User(owner)) = &mut key.owner {
                                owner.bindings.extend(owners);
                            }
                        }
                        _ => prop_assert!(false, "{:?}", answer),
                    }
                    let decision = rules::decide(&catalog, &facts, question.permission);
                    prop_assert!(!decision.allow, "{:?} and {:?} as {:?}", own, owners, membership);
                }
            }
        }
    });
    assert!(met.get() > 100, "{met:?}");
}

/// Every binding that could be given, with the roles on offer that are usable.
fn given(facts: &Facts, question: &RepairQuestion) -> Vec<types::Binding> {
    let (organization, scopes) = match facts.place {
        Place::Unknown => return vec![],
        Place::Organization(at) => (at, vec![]),
        Place::Team(at) => (at.organization, vec![(Tier::Team, at.team)]),
        Place::Project(at) => (at.organization, vec![(Tier::Team, at.team), (Tier::Project, at.project)]),
    };
    let usable = |role: &&Role| match role {
        Role::Custom(index) => {
            let role = &facts.roles[usize::try_from(*index).unwrap()];
            role.organization == organization && role.private.is_none() && !role.empty
        }
        _ => true,
    };
    let binding = |role: Role, (tier, at)| types::Binding { organization, scope: types::Scope { tier, at }, role, group: None };
    let scopes: Vec<_> = scopes.into_iter().chain([(Tier::Organization, organization)]).collect();
    question.offers.iter().filter(usable).flat_map(|role| scopes.iter().map(move |scope| binding(*role, *scope))).collect()
}

/// Sets right everything that is not a binding.
fn set_right(facts: &mut Facts, membership: Membership) {
    let user = match &mut facts.principal {
        Principal::User(user) => Some(user),
        Principal::Key(key) => {
            key.expires = None;
            match &mut key.owner {
                Some(Owner::User(owner)) => Some(owner),
                _ => None,
            }
        }
        _ => None,
    };
    if let Some(user) = user {
        user.deactivated = false;
        // Nobody is made less than they are.
        if matches!(user.membership, None | Some(Membership::External)) {
            user.membership = Some(membership);
        }
    }
}

/// A key that nobody owns is stopped by who made it; one that somebody owns is not.
#[test]
fn who_made_a_key_counts_only_where_nobody_owns_it() {
    let strict = clearance_policy::catalog::Catalog { rules: Rules::Strict, ..RULES };
    let at = |owner| Facts {
        now: 1,
        place: Place::Organization(1),
        principal: Principal::Key(types::KeyFacts {
            handle: 2,
            organization: 1,
            mode: types::Mode::All,
            creator_deactivated: true,
            expires: None,
            revoked: false,
            bindings: vec![],
            owner,
        }),
        roles: vec![],
    };
    let scope = types::Scope { tier: Tier::Organization, at: 1 };
    let owner = Owner::User(types::UserFacts {
        handle: 3,
        membership: Some(Membership::Admin),
        bindings: vec![types::Binding { organization: 1, scope, role: Role::Admin, group: None }],
        team_memberships: vec![],
        deactivated: false,
    });
    let question = RepairQuestion { permission: 0, offers: vec![Role::Admin], asker: FactsAsker::Keeper };
    let answer = |owner| rules::repair::repair(&strict, at(owner), &question);
    assert!(
        matches!(answer(Some(owner)), RepairAnswer::Sets(types::repair::ChangeSets { sets, .. }) if sets.len() == 1 && sets[0].len() == 1)
    );
    assert_eq!(answer(None), RepairAnswer::Nothing(Obstacle::OtherRule));
}

/// The whole table of who sees what, in the words of the contract.
#[test]
fn nobody_is_told_what_they_may_not_see() {
    let catalog = Catalog::read();
    let question = (document::situation(), document::permission(catalog.permissions()));
    let met = RefCell::new((0, 0));
    proptest!(config(300), |(document in document::document(), questions in vec(question, 4))| {
        for (situation, permission) in &questions {
            let all = ask_repair(Rules::Langwatch, &document, situation, permission, Asker::Keeper);
            let organization = organization(&document, &situation.at);
            let owner = owner(&document, situation);
            for user in (0..=4).map(|number| format!("u{number}")) {
                let stored = document.users.iter().find(|row| *row.id == *user);
                let member = |row: &Member| *row.user == *user && Some(&row.organization) == organization.as_ref();
                let signs_in = stored.is_some_and(|row| row.deactivated_at.is_none()) && document.members.iter().any(member);
                let admin = document.bindings.iter().any(|row| {
                    row.holder == Holder::User((*user).into())
                        && row.role == BindingRole::Admin
                        && Some(&row.organization) == organization.as_ref()
                        && organization.as_ref().is_some_and(|id| row.scope == Scope::Organization(id.clone()))
                });
                let sees = signs_in && (admin || owner.as_deref() == Some(&*user));
                let shown = ask_repair(Rules::Langwatch, &document, situation, permission, Asker::User(&user));
                let wanted = if sees { all.clone() } else { RepairOutcome::Nothing(Obstacle::NotShown) };
                prop_assert_eq!(shown, wanted, "`{}` for {}, asked by {}", permission, situation, user);
                met.borrow_mut().0 += usize::from(sees && all != RepairOutcome::Allowed);
            }
            for key in (0..=4).map(|number| format!("k{number}")) {
                let shown = ask_repair(Rules::Langwatch, &document, situation, permission, Asker::Key(&key));
                let itself = situation.principal == Asking::Key(key.clone()) && document.keys.iter().any(|row| *row.id == *key);
                let of_owner = |set: &Vec<RepairAction>| set.iter().any(|action| match &action.change {
                    RepairChange::Renew { .. } => false,
                    RepairChange::Reactivate { .. } | RepairChange::Membership { .. } => true,
                    RepairChange::Bind { holder, .. } => *holder != Holder::Key((*key).into()),
                });
                let hidden = match &all {
                    RepairOutcome::Sets { sets, .. } => sets.iter().any(of_owner),
                    RepairOutcome::Nothing(Obstacle::OwnerUnknown) => true,
                    // Which side has no role to get is a statement about the owner where that is the side.
                    RepairOutcome::Nothing(Obstacle::NoRole | Obstacle::OrganizationOnly) if itself => {
                        prop_assert!(shown == all || shown == RepairOutcome::Nothing(Obstacle::NotShown));
                        continue;
                    }
                    _ => false,
                };
                let wanted = if itself && !hidden { all.clone() } else { RepairOutcome::Nothing(Obstacle::NotShown) };
                met.borrow_mut().1 += usize::from(itself && !hidden && matches!(all, RepairOutcome::Sets { .. }));
                prop_assert_eq!(shown, wanted, "`{}` for {}, asked by {}", permission, situation, key);
            }
        }
    });
    let (users, keys) = met.into_inner();
    assert!(users > 100 && keys > 10, "{users} {keys}");
}

fn any_rules() -> impl Strategy<Value = Rules> {
    prop_oneof![Just(Rules::Langwatch), Just(Rules::Strict)]
}

fn oracle(rules: Rules, document: &Document) -> Oracle<'_> {
    match rules {
        Rules::Langwatch => Oracle::new(document),
        Rules::Strict => Oracle::strict(document),
    }
}

fn authorizer(rules: Rules, document: &Document) -> Authorizer {
    let component = match rules {
        Rules::Langwatch => Component::get(),
        Rules::Strict => Component::strict(),
    };
    Authorizer::new(component.version(), Directory::from_document(document.clone()).unwrap()).unwrap()
}

fn at<'a>(authorizer: &'a Authorizer, situation: &Situation) -> clearance::View<'a> {
    authorizer.view_at(Timestamp::from_millis(situation.now).unwrap())
}

fn ask_repair(rules: Rules, document: &Document, situation: &Situation, permission: &str, asker: Asker<'_>) -> RepairOutcome {
    let authorizer = authorizer(rules, document);
    at(&authorizer, situation).repair(principal(situation), permission, place(situation), asker).unwrap().outcome
}

/// The changes of a set, as a directory makes them.
fn changes(document: &Document, set: &[RepairAction]) -> Vec<Change> {
    let after = after(document, set);
    let change = |action: &RepairAction| match &action.change {
        RepairChange::Renew { key } => Change::EditKey(after.keys.iter().find(|row| row.id == *key).unwrap().clone()),
        RepairChange::Reactivate { user } => Change::EditUser(after.users.iter().find(|row| row.id == *user).unwrap().clone()),
        RepairChange::Membership { organization, user, .. } => {
            let same = |row: &&Member| row.organization == *organization && row.user == *user;
            let row = after.members.iter().find(same).unwrap().clone();
            if document.members.iter().any(|row| same(&row)) { Change::EditMember(row) } else { Change::AddMember(row) }
        }
        RepairChange::Bind { holder, .. } => {
            let row = after.bindings.iter().find(|row| row.id.starts_with("new") && row.holder == *holder).unwrap();
            Change::AddBinding(row.clone())
        }
    };
    set.iter().map(change).collect()
}

/// The document with the changes made.
fn after(document: &Document, set: &[RepairAction]) -> Document {
    let mut document = document.clone();
    for (number, RepairAction { change, .. }) in set.iter().enumerate() {
        match change.clone() {
            RepairChange::Renew { key } => {
                document.keys.iter_mut().filter(|row| row.id == key).for_each(|row| row.expires_at = None);
            }
            RepairChange::Reactivate { user } => {
                document.users.iter_mut().filter(|row| row.id == user).for_each(|row| row.deactivated_at = None);
            }
            RepairChange::Membership { organization, user, role } => {
                document.members.retain(|row| row.organization != organization || row.user != user);
                document.members.push(Member { organization, user, role });
            }
            RepairChange::Bind { organization, holder, role, custom_role, scope } => {
                document.bindings.push(Binding {
                    id: format!("new{number}").into(),
                    organization,
                    holder,
                    role,
                    custom_role,
                    scope,
                });
            }
        }
    }
    document
}

/// The organization of a place that is known.
fn organization(document: &Document, at: &Scope) -> Option<Box<str>> {
    let of_team = |id: &str| document.teams.iter().find(|row| *row.id == *id).map(|row| row.organization.clone());
    let organization = match at {
        Scope::Organization(id) => Some(id.clone()),
        Scope::Team(id) => of_team(id),
        Scope::Project(id) => of_team(&document.projects.iter().find(|row| row.id == *id)?.team),
    };
    organization.filter(|id| document.organizations.iter().any(|row| row.id == *id))
}

/// The user that is asked about, or who owns the key, if stored.
fn owner(document: &Document, situation: &Situation) -> Option<String> {
    let id = match &situation.principal {
        Asking::User(id) => Some(id.clone()),
        Asking::Key(id) => document.keys.iter().find(|row| *row.id == **id)?.owner.as_deref().map(str::to_owned),
        Asking::ProjectKey(_) => None,
    };
    id.filter(|id| document.users.iter().any(|row| *row.id == **id))
}

/// Every binding that could be given to the principal or to the owner of the key.
fn candidates(document: &Document, situation: &Situation, organization: &str) -> Vec<Binding> {
    let mut roles = vec![(BindingRole::Viewer, None), (BindingRole::Member, None), (BindingRole::Admin, None)];
    let shared = document.roles.iter().filter(|row| row.kind == RoleKind::Custom && *row.organization == *organization);
    let full = shared.filter(|row| !row.permissions.is_empty());
    roles.extend(full.map(|row| (BindingRole::Custom, Some(row.id.clone()))));
    let mut scopes = vec![situation.at.clone(), Scope::Organization(organization.into())];
    if let Scope::Project(id) = &situation.at {
        scopes.extend(document.projects.iter().find(|row| row.id == *id).map(|row| Scope::Team(row.team.clone())));
    }
    let of = |holder: Holder| {
        let mut all = vec![];
        for (role, custom_role) in &roles {
            for scope in &scopes {
                let (id, organization, custom_role) =
                    (format!("try-{holder:?}").into(), organization.into(), custom_role.clone());
                all.push(Binding { id, organization, holder: holder.clone(), role: *role, custom_role, scope: scope.clone() });
            }
        }
        all
    };
    let mut all = owner(document, situation).map_or_else(Vec::new, |id| of(Holder::User(id.into())));
    if let Asking::Key(id) = &situation.principal {
        all.extend(of(Holder::Key((**id).into())));
    }
    all
}
