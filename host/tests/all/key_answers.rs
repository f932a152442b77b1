//! Answers about keys that no policy may give.

use clearance_host::{EvalError, PolicyVersion};
use clearance_policy::types::{
    Binding, Facts, Mode, Owner, Place, Principal, ProjectPlace, Role, Scope, TeamPlace, Tier, lifecycle::*,
};
use clearance_policy::wire::Words;

use crate::facts::{key, member, nobody, nowhere};
use crate::guest::{guest, load, patient};

type Answer = Result<KeyAnswer, Refusal>;

/// A guest that gives this answer to every question about keys.
fn saying(answer: &Answer) -> PolicyVersion {
    let mut guest = guest("answer");
    guest.answer = vec![0; 8];
    answer.put(&mut guest.answer);
    let lifecycle = r#"(export "clearance:policy/lifecycle@0.1.0" (instance $wire))"#;
    load(patient(), &guest.bytes_with(|shell| shell.replace("<exports>", lifecycle))).unwrap()
}

#[track_caller]
fn wrong<T: std::fmt::Debug>(answer: &Answer, ask: impl FnOnce(&PolicyVersion) -> Result<T, EvalError>, what: &str) {
    let policy = saying(answer);
    match ask(&policy) {
        Err(EvalError::WrongAnswer { what: found, .. }) => assert_eq!(found, what),
        other => panic!("wanted `{what}`: {other:?}"),
    }
}

fn team() -> Place {
    Place::Team(TeamPlace { team: 5, organization: 1 })
}

fn wanted(role: WantedRole, place: Place) -> WantedBinding {
    let ceiling = Ceiling { facts: Facts { place, ..member() }, names: vec![] };
    WantedBinding { role, workspace: Workspace::Shared, ceiling }
}

/// A restricted key, and a project to administer.
fn draft() -> Draft {
    let project = ProjectPlace { project: 6, team: 5, organization: 1, archived: false };
    Draft {
        unreadable: vec![Spot { field: Field::Bindings, index: Some(7) }],
        kind: Some(Kind::Service),
        name: Some("ci".into()),
        description: Some("for ci".into()),
        expires: Some(9),
        mode: Some(Mode::Restricted),
        assignee: Some(Assignee { user: Some(4), membership: None, deactivated: false }),
        permissions: vec!["door:open".into(), "door:view".into(), "door:open".into()],
        bindings: vec![wanted(WantedRole::Custom, team()), wanted(WantedRole::Viewer, Place::Organization(1))],
        projects: vec![WantedProject { place: Place::Project(project), workspace: Workspace::Shared }],
    }
}

fn gives(role: WantedRole, tier: Tier, at: u64) -> NewBinding {
    NewBinding { scope: Scope { tier, at }, role }
}

fn power() -> Power {
    Power {
        bindings: vec![gives(WantedRole::Custom, Tier::Team, 5), gives(WantedRole::Admin, Tier::Project, 6)],
        permissions: vec!["door:open".into(), "door:view".into()],
    }
}

fn plan() -> Plan {
    Plan {
        name: "ci".into(),
        description: Some("for ci".into()),
        expires: Some(9),
        mode: Mode::Restricted,
        owner: None,
        creator: Some(2),
        power: power(),
        warnings: vec![],
    }
}

fn stored() -> StoredKey {
    StoredKey { handle: 3, organization: 1, owner: KeyOwner::Nobody, name: "ci".into(), ingestion: false, revoked: false }
}

#[test]
fn a_plan_gives_what_was_asked_for() {
    let asked = saying(&Ok(KeyAnswer::Plan(plan()))).create(&member(), &draft());
    assert_eq!(asked, Ok(Ok(plan())));
    // A key belongs to the assignee, else to the user who asks; to nobody only where that was asked for, or where nobody asks.
    let (nobodys, mut service) = (Draft { assignee: None, ..draft() }, key());
    let Principal::Key(asking) = &mut service.principal else { unreachable!() };
    asking.owner = None;
    let personal = |draft: &Draft| Draft { kind: None, ..draft.clone() };
    for (facts, draft, owner, creator) in [
        (member(), draft(), None, Some(2)),
        (member(), personal(&draft()), Some(4), Some(2)),
        (member(), personal(&nobodys), Some(2), Some(2)),
        (key(), personal(&nobodys), Some(2), Some(2)),
        (service.clone(), personal(&nobodys), None, None),
        (service, personal(&draft()), Some(4), None),
    ] {
        for answered in [None, Some(2), Some(4)] {
            let plan = Plan { owner: answered, creator, ..plan() };
            let answer = Ok(KeyAnswer::Plan(plan.clone()));
            if answered == owner {
                assert_eq!(saying(&answer).create(&facts, &draft), Ok(Ok(plan)));
            } else {
                wrong(&answer, |policy| policy.create(&facts, &draft), "the owner is not the one who was asked for");
            }
        }
    }
    let mut lost = key();
    let Principal::Key(asking) = &mut lost.principal else { unreachable!() };
    asking.owner = Some(Owner::Unknown);
    let answer = Ok(KeyAnswer::Plan(Plan { creator: None, ..plan() }));
    wrong(&answer, |policy| policy.create(&lost, &personal(&nobodys)), "a personal key has no owner");
    let unknown = Draft { assignee: Some(Assignee { user: None, membership: None, deactivated: false }), ..personal(&draft()) };
    wrong(&Ok(KeyAnswer::Plan(plan())), |policy| policy.create(&member(), &unknown), "a personal key has no owner");
    type Lie = fn(&mut Plan);
    let lies: [(Lie, &str); 14] = [
        (|plan| plan.name = "other".into(), "the name is not the one that was asked for"),
        (|plan| plan.description = None, "the description is not the one that was asked for"),
        (|plan| plan.expires = None, "the expiry is not the one that was asked for"),
        (|plan| plan.creator = None, "the creator is not who asks"),
        (|plan| plan.power.bindings.clear(), "a key has no binding"),
        (|plan| plan.power.bindings = vec![plan.power.bindings[0]; 4], "a key has more bindings than were asked for"),
        (|plan| plan.power.bindings = vec![plan.power.bindings[0]; 2], "a key has the same binding twice"),
        (|plan| plan.power.bindings[0].role = WantedRole::Admin, "a key has a binding that was not asked for"),
        (|plan| plan.power.bindings[0].scope.tier = Tier::Organization, "a key has a binding that was not asked for"),
        (|plan| plan.power.bindings[1].scope.at = 7, "a key has a binding that was not asked for"),
        (|plan| plan.power.permissions.clear(), "a key has permissions exactly when a binding is custom"),
        (|plan| _ = plan.power.bindings.remove(0), "a key has permissions exactly when a binding is custom"),
        (|plan| plan.power.permissions.reverse(), "the permissions are not sorted, or not each once"),
        (|plan| plan.power.permissions.push("door:zap".into()), "a key has a permission that was not asked for"),
    ];
    for (lie, what) in lies {
        let mut plan = plan();
        lie(&mut plan);
        wrong(&Ok(KeyAnswer::Plan(plan)), |policy| policy.create(&member(), &draft()), what);
    }
}

#[test]
fn only_a_service_key_gets_the_whole_organization_unasked_and_with_a_warning() {
    let asked = Draft { bindings: vec![], projects: vec![], permissions: vec![], ..draft() };
    let whole = Power { bindings: vec![gives(WantedRole::Admin, Tier::Organization, 1)], permissions: vec![] };
    let given = Plan { power: whole.clone(), warnings: vec![Warning::WholeOrganization], ..plan() };
    let ask = |plan: Plan| saying(&Ok(KeyAnswer::Plan(plan))).create(&member(), &asked);
    assert_eq!(ask(given.clone()), Ok(Ok(given.clone())));
    let silent = Ok(KeyAnswer::Plan(Plan { warnings: vec![], ..given.clone() }));
    wrong(&silent, |policy| policy.create(&member(), &asked), "the whole organization is given without a warning");
    let another = Power { bindings: vec![gives(WantedRole::Admin, Tier::Organization, 2)], permissions: vec![] };
    for power in [another, power()] {
        let answer = Ok(KeyAnswer::Plan(Plan { power, ..given.clone() }));
        let what = "nothing was asked for, and something else than the organization is given";
        wrong(&answer, |policy| policy.create(&member(), &asked), what);
    }
    let owned = Ok(KeyAnswer::Plan(Plan { owner: Some(2), ..given.clone() }));
    wrong(&owned, |policy| policy.create(&member(), &asked), "the owner is not the one who was asked for");
    let asked = Draft { kind: None, assignee: None, ..asked };
    wrong(&owned, |policy| policy.create(&member(), &asked), "a key has more bindings than were asked for");
    wrong(&Ok(KeyAnswer::Plan(given)), |policy| policy.create(&member(), &draft()), "a key has a binding that was not asked for");
}

#[test]
fn an_edit_changes_what_was_asked_for() {
    let change = Change {
        unreadable: vec![],
        name: Some("new".into()),
        description: TextChange::Clear,
        mode: None,
        permissions: draft().permissions,
        bindings: Some(draft().bindings),
    };
    let power = Power { bindings: vec![gives(WantedRole::Custom, Tier::Team, 5)], permissions: vec!["door:view".into()] };
    let good = Edited {
        name: Some("new".into()),
        description: TextChange::Clear,
        mode: None,
        power: Some(power.clone()),
        warnings: vec![],
    };
    let key = stored();
    let answer = |edited: &Edited| Ok(KeyAnswer::Edited(edited.clone()));
    assert_eq!(saying(&answer(&good)).edit(&member(), Some(&key), &change), Ok(Ok(good.clone())));
    let with = |power| Edited { power, ..good.clone() };
    let stronger = Power { bindings: vec![gives(WantedRole::Admin, Tier::Team, 5)], permissions: vec![] };
    for (edited, what) in [
        (Edited { name: None, ..good.clone() }, "the name is not the one that was asked for"),
        (Edited { description: TextChange::Keep, ..good.clone() }, "the description is not the one that was asked for"),
        (with(None), "bindings are replaced exactly when some are asked for"),
        (with(Some(stronger)), "a key has a binding that was not asked for"),
    ] {
        wrong(&answer(&edited), |policy| policy.edit(&member(), Some(&key), &change), what);
    }
    wrong(&answer(&good), |policy| policy.edit(&member(), None, &change), "a key that does not exist is not refused");
    let rename = Change { bindings: None, permissions: vec![], ..change };
    let what = "bindings are replaced exactly when some are asked for";
    wrong(&answer(&good), |policy| policy.edit(&member(), Some(&key), &rename), what);
}

#[test]
fn an_answer_belongs_to_its_question() {
    let (granted, seen) = (Ok(KeyAnswer::Granted), Ok(KeyAnswer::Seen(vec![])));
    let what = "it is the answer to another question";
    wrong(&granted, |policy| policy.create(&member(), &draft()), what);
    wrong(&granted, |policy| policy.list(&member(), &[]), what);
    wrong(&seen, |policy| policy.read(&member(), Some(&stored())), what);
    wrong(&seen, |policy| policy.revoke(&member(), Some(&stored())), what);
    wrong(&Ok(KeyAnswer::Plan(plan())), |policy| policy.look(&member(), &Sight::Members(vec![])), what);
    wrong(&Ok(KeyAnswer::Plan(plan())), |policy| policy.project_key(&member(), ProjectKeyUse::Read), what);
    for ask in [PolicyVersion::read, PolicyVersion::revoke] {
        assert_eq!(ask(&saying(&granted), &member(), Some(&stored())), Ok(Ok(())));
        wrong(&granted, |policy| ask(policy, &member(), None), "a key that does not exist is not refused");
        for facts in [nobody(), nowhere()] {
            let what = "someone or somewhere unknown is not refused";
            wrong(&granted, |policy| ask(policy, &facts, Some(&stored())), what);
        }
    }
    assert_eq!(saying(&granted).project_key(&key(), ProjectKeyUse::Rotate), Ok(Ok(())));
}

#[test]
fn what_is_seen_exists_and_is_in_order() {
    let keys = [stored(), stored(), stored()];
    let binding = Binding { organization: 1, scope: Scope { tier: Tier::Team, at: 5 }, role: Role::Admin, group: None };
    let sights = [
        Sight::KeyNames(keys.to_vec()),
        Sight::OwnBindings(vec![binding; 3]),
        Sight::Teams(vec![TeamPlace { team: 5, organization: 1 }; 3]),
        Sight::Projects(vec![ProjectPlace { project: 6, team: 5, organization: 1, archived: false }; 3]),
        Sight::Members(vec![2; 3]),
    ];
    for (seen, what) in [
        (vec![3], "something is seen that does not exist"),
        (vec![0, 1, 2, 3], "something is seen that does not exist"),
        (vec![u32::MAX], "something is seen that does not exist"),
        (vec![0, 0], "what is seen is not in order, or not each once"),
        (vec![2, 1], "what is seen is not in order, or not each once"),
    ] {
        let answer = Ok(KeyAnswer::Seen(seen));
        wrong(&answer, |policy| policy.list(&member(), &keys), what);
        for sight in &sights {
            wrong(&answer, |policy| policy.look(&member(), sight), what);
        }
    }
    for sight in &sights {
        assert_eq!(saying(&Ok(KeyAnswer::Seen(vec![0, 2]))).look(&member(), sight), Ok(Ok(vec![0, 2])));
    }
    assert_eq!(saying(&Ok(KeyAnswer::Seen(vec![]))).list(&member(), &[]), Ok(Ok(vec![])));
}

#[test]
fn a_refusal_is_about_what_was_asked() {
    let fault = |field, index| Fault { spot: Spot { field, index }, flaw: Flaw::NotAllowed };
    let create = |policy: &PolicyVersion| policy.create(&member(), &draft());
    let good = [
        Refusal::BadFacts,
        Refusal::Forbidden(None),
        Refusal::Forbidden(Some("door:lock".into())),
        Refusal::Validation(vec![
            fault(Field::Bindings, None),
            fault(Field::Bindings, Some(1)),
            fault(Field::Bindings, Some(7)),
            fault(Field::Permissions, Some(2)),
        ]),
        Refusal::ScopeViolation(Violation::Scope(2)),
        Refusal::ScopeViolation(Violation::Ceiling(Excess { binding: 1, permission: "any".into() })),
        Refusal::PersonalWorkspace(2),
        Refusal::NotOwned,
    ];
    for refusal in good {
        assert_eq!(create(&saying(&Err(refusal.clone()))), Ok(Err(refusal)));
    }
    let many: Vec<Fault> = (0..257).map(|index| fault(Field::Permissions, Some(index))).collect();
    for (refusal, what) in [
        (Refusal::Forbidden(Some("door:zap".into())), "the missing permission is not in the catalog"),
        (Refusal::Validation(vec![]), "it names no fault, or too many"),
        (Refusal::Validation(many), "it names no fault, or too many"),
        (Refusal::Validation(vec![fault(Field::Name, Some(0))]), "there is no such spot"),
        (Refusal::Validation(vec![fault(Field::Bindings, Some(2))]), "there is no such spot"),
        (Refusal::Validation(vec![fault(Field::Permissions, Some(3))]), "there is no such spot"),
        (Refusal::Validation(vec![fault(Field::Projects, Some(1))]), "there is no such spot"),
        (Refusal::Validation(vec![fault(Field::Name, None); 2]), "the faults are not in order, or not each once"),
        (
            Refusal::Validation(vec![fault(Field::Name, None), fault(Field::Bindings, None)]),
            "the faults are not in order, or not each once",
        ),
        (Refusal::ScopeViolation(Violation::Scope(3)), "there is no such binding"),
        (
            Refusal::ScopeViolation(Violation::Ceiling(Excess { binding: 2, permission: "any".into() })),
            "there is no such binding",
        ),
        (Refusal::PersonalWorkspace(3), "there is no such binding"),
    ] {
        wrong(&Err(refusal), create, what);
    }
    for refusal in [Refusal::Validation(vec![fault(Field::Name, None)]), Refusal::ReservedName, Refusal::PersonalWorkspace(0)] {
        let read = |policy: &PolicyVersion| policy.read(&member(), None);
        wrong(&Err(refusal), read, "it refuses something that was not asked for");
    }
}
