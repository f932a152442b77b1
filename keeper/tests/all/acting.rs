//! Who wants a write, and on whose behalf.

use clearance::PrincipalId;
use clearance::key::{KeyDraft, Kind};
use clearance_keeper::{Fault, Origin};
use clearance_store::{Purpose, Who};

use crate::company::Company;

#[test]
fn the_audit_names_the_user_where_somebody_else_acts() {
    let company = Company::open();
    let draft = KeyDraft { kind: Some(Kind::Service), name: Some("n".into()), ..KeyDraft::default() };
    for (who, expected) in
        [(Who::User("admin".into()), None), (Who::User("member".into()), Some("admin")), (Who::Command, Some("admin"))]
    {
        let origin = Origin { who, peer: None };
        company.keeper.create_key(PrincipalId::User("admin"), "orgA", &draft, &origin).unwrap();
        let entry = company.keeper.store().audit_tail(1).unwrap().remove(0).entry;
        let acting = entry.after.unwrap().get("as").and_then(|user| user.as_str()).map(str::to_owned);
        assert_eq!((entry.who, acting.as_deref()), (origin.who, expected));
    }
}

/// Much time may pass between the head of a request, which the token is judged from, and the write.
#[test]
fn an_operator_who_was_revoked_writes_no_more() {
    let company = Company::open();
    let keeper = &company.keeper;
    let operator = keeper.create_operator("n", &[Purpose::Operators], &Origin::COMMAND).unwrap();
    let origin = Origin { who: Who::Operator(operator.id.clone()), peer: None };
    let write = || keeper.create_operator("m", &[Purpose::Check], &origin);
    assert!(write().is_ok());
    keeper.revoke_operator(&operator.id, &Origin::COMMAND).unwrap();
    let before = keeper.operators().unwrap().len();
    assert!(matches!(write(), Err(Fault::OperatorRevoked)));
    assert_eq!(keeper.operators().unwrap().len(), before);
}
