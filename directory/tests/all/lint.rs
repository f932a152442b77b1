//! Each kind of finding, in a document where nothing else is odd.

use clearance_directory::{Code, Directory, Document, Finding, lint};

/// A sound document, with rows added to its lists.
fn document(lists: &[(&str, &str)]) -> Document {
    const SOUND: [(&str, &str); 10] = [
        ("organizations", r#"{"id": "o"}, {"id": "o2"}"#),
        ("users", r#"{"id": "ana"}, {"id": "ext"}, {"id": "left"}, {"id": "off", "deactivatedAt": "2026-01-02T00:00:00Z"}"#),
        (
            "members",
            r#"{"organization": "o", "user": "ana", "role": "MEMBER"}, {"organization": "o", "user": "ext", "role": "EXTERNAL"},
               {"organization": "o", "user": "off", "role": "MEMBER"}"#,
        ),
        ("teams", r#"{"id": "t", "organization": "o"}, {"id": "t2", "organization": "o2"}"#),
        ("teamMemberships", r#"{"team": "t", "user": "ext", "role": "VIEWER"}"#),
        ("projects", r#"{"id": "p", "team": "t", "projectKey": "sk-lw-p"}"#),
        ("groups", r#"{"id": "g", "organization": "o", "members": ["ana"]}"#),
        (
            "roles",
            r#"{"id": "shared", "organization": "o", "kind": "custom", "name": "", "permissions": ["traces:view"]},
               {"id": "foreign", "organization": "o2", "kind": "custom", "name": "", "permissions": ["traces:view"]},
               {"id": "own", "organization": "o", "kind": "key", "name": "", "permissions": ["organization:manage"]}"#,
        ),
        (
            "keys",
            r#"{"id": "k", "organization": "o", "name": "", "mode": "readonly", "owner": "ana", "createdBy": "left", "hashedSecret": "5678"}"#,
        ),
        (
            "bindings",
            r#"{"id": "b1", "organization": "o", "key": "k", "role": "VIEWER", "scope": {"team": "t"}},
               {"id": "b2", "organization": "o", "user": "ana", "role": "CUSTOM", "customRole": "shared", "scope": {"project": "p"}}"#,
        ),
    ];
    let rows = SOUND.map(|(list, rows)| {
        let added = lists.iter().filter(|(other, _)| *other == list).map(|(_, rows)| format!(", {rows}"));
        format!(r#""{list}": [{rows}{}]"#, added.collect::<String>())
    });
    let text = format!("{{{}}}", rows.join(","));
    // What lint speaks of is what loads.
    let document = Document::from_json(&text).unwrap();
    Directory::from_stored(document.clone()).unwrap_or_else(|error| panic!("{error}: {text}")).document();
    document
}

fn findings(lists: &[(&str, &str)]) -> Vec<Finding> {
    lint(&document(lists))
}

#[test]
fn nothing_is_odd_in_a_sound_document() {
    assert_eq!(findings(&[]), []);
    assert_eq!(lint(&Document::default()), []);
}

/// A role with a name of 256 bytes, as an older version stored it.
const LONG_ROLE: &str = concat!(
    r#"{"id": "long", "organization": "o", "kind": "custom", "name": "", "permissions": ["traces:view", ""#,
    "traces:view/traces:view/traces:view/traces:view/traces:view/traces:view/traces:view/traces:view/traces:view/traces:view/",
    "traces:view/traces:view/traces:view/traces:view/traces:view/traces:view/traces:view/traces:view/traces:view/traces:view/",
    "traces:view/traces",
    r#""]}"#
);

/// Rows to add, and what is found: code, path, ids.
type Case = (&'static [(&'static str, &'static str)], &'static [(Code, &'static str, &'static [&'static str])]);

const CASES: &[Case] = &[
    // An EXTERNAL member has the list of external members there, and a personal team does not count at the organization.
    (
        &[
            ("users", r#"{"id": "ext2"}"#),
            ("members", r#"{"organization": "o", "user": "ext2", "role": "EXTERNAL"}"#),
            ("teamMemberships", r#"{"team": "t", "user": "ext2", "role": "ADMIN"}"#),
        ],
        &[],
    ),
    (
        &[
            ("teams", r#"{"id": "n", "organization": "o", "personal": true, "owner": "off"}"#),
            ("teamMemberships", r#"{"team": "n", "user": "off", "role": "ADMIN"}"#),
        ],
        &[(Code::PersonalTeamsListed, "organizations[0]", &["o"])],
    ),
    (
        &[("members", r#"{"organization": "x", "user": "ana", "role": "ADMIN"}"#)],
        &[(Code::MemberOrganizationUnknown, "members[3].organization", &["x", "ana"])],
    ),
    (
        &[("members", r#"{"organization": "o", "user": "x", "role": "ADMIN"}"#)],
        &[(Code::MemberUserUnknown, "members[3].user", &["x", "o"])],
    ),
    (
        &[("teams", r#"{"id": "n", "organization": "o", "personal": true, "owner": "ana"}"#)],
        &[(Code::PersonalTeamsListed, "organizations[0]", &["o"])],
    ),
    (
        &[("teams", r#"{"id": "n", "organization": "o", "personal": true}"#)],
        &[(Code::PersonalTeamsListed, "organizations[0]", &["o"]), (Code::TeamOwnerAbsent, "teams[2].owner", &["n"])],
    ),
    (
        &[("teams", r#"{"id": "n", "organization": "o", "owner": "x"}"#)],
        &[(Code::TeamOwnerUnknown, "teams[2].owner", &["n", "x"])],
    ),
    (
        &[("teams", r#"{"id": "n", "organization": "o", "owner": "left"}"#)],
        &[(Code::TeamOwnerNotMember, "teams[2].owner", &["n", "left", "o"])],
    ),
    (
        &[("teamMemberships", r#"{"team": "x", "user": "ana", "role": "VIEWER"}"#)],
        &[(Code::TeamMembershipTeamUnknown, "teamMemberships[1].team", &["x", "ana"])],
    ),
    (
        &[("teamMemberships", r#"{"team": "t", "user": "x", "role": "VIEWER"}"#)],
        &[(Code::TeamMembershipUserUnknown, "teamMemberships[1].user", &["x", "t"])],
    ),
    (
        &[("teamMemberships", r#"{"team": "t", "user": "left", "role": "ADMIN"}"#)],
        &[(Code::TeamMembershipNotMember, "teamMemberships[1].user", &["left", "t", "o"])],
    ),
    (
        &[("teamMemberships", r#"{"team": "t", "user": "off", "role": "CUSTOM"}"#)],
        &[(Code::TeamMembershipRoleAbsent, "teamMemberships[1].customRole", &["off", "t"])],
    ),
    (
        &[("teamMemberships", r#"{"team": "t", "user": "off", "role": "CUSTOM", "customRole": "x"}"#)],
        &[(Code::TeamMembershipRoleMissing, "teamMemberships[1].customRole", &["off", "t", "x"])],
    ),
    (
        &[("teamMemberships", r#"{"team": "t", "user": "off", "role": "CUSTOM", "customRole": "foreign"}"#)],
        &[(Code::TeamMembershipRoleForeign, "teamMemberships[1].customRole", &["off", "t", "foreign"])],
    ),
    (
        &[
            ("roles", r#"{"id": "none", "organization": "o", "kind": "custom", "name": "", "permissions": []}"#),
            ("teamMemberships", r#"{"team": "t", "user": "off", "role": "CUSTOM", "customRole": "none"}"#),
            (
                "bindings",
                r#"{"id": "n", "organization": "o", "user": "ana", "role": "CUSTOM", "customRole": "none", "scope": {"team": "t"}}"#,
            ),
        ],
        &[
            (Code::TeamMembershipRoleEmpty, "teamMemberships[1].customRole", &["off", "t", "none"]),
            (Code::RoleEmpty, "roles[3].permissions", &["none"]),
            (Code::BindingRoleEmpty, "bindings[2].customRole", &["n", "none"]),
        ],
    ),
    (&[("roles", LONG_ROLE)], &[(Code::RoleTooLong, "roles[3].permissions[1]", &["long"])]),
    (
        &[("teamMemberships", r#"{"team": "t", "user": "off", "role": "CUSTOM", "customRole": "own"}"#)],
        &[
            (Code::TeamMembershipRolePrivate, "teamMemberships[1].customRole", &["off", "t", "own"]),
            (Code::RolePrivateShared, "roles[2]", &["own", "off"]),
        ],
    ),
    (
        &[("teamMemberships", r#"{"team": "t", "user": "off", "role": "ADMIN"}"#)],
        &[(Code::TeamMembershipAdminAtOrganization, "teamMemberships[1].role", &["off", "t", "o"])],
    ),
    (
        &[("teamMemberships", r#"{"team": "t", "user": "ana", "role": "MEMBER"}"#)],
        &[(Code::TeamMembershipSilenced, "teamMemberships[1]", &["ana", "t", "b2"])],
    ),
    (
        &[
            ("teamMemberships", r#"{"team": "t", "user": "ana", "role": "MEMBER"}"#),
            ("bindings", r#"{"id": "n", "organization": "o", "group": "g", "role": "VIEWER", "scope": {"organization": "o"}}"#),
        ],
        &[(Code::TeamMembershipSilenced, "teamMemberships[1]", &["ana", "t", "n"])],
    ),
    (
        &[("bindings", r#"{"id": "n", "organization": "o", "user": "ext", "role": "VIEWER", "scope": {"team": "t"}}"#)],
        &[(Code::TeamMembershipSilenced, "teamMemberships[0]", &["ext", "t", "n"])],
    ),
    // A binding elsewhere silences nothing, even where it is stored under the same organization.
    (
        &[
            ("projects", r#"{"id": "p2", "team": "t2"}"#),
            (
                "bindings",
                r#"{"id": "n1", "organization": "o", "user": "ext", "role": "VIEWER", "scope": {"organization": "o2"}}"#,
            ),
            ("bindings", r#"{"id": "n2", "organization": "o", "user": "ext", "role": "VIEWER", "scope": {"team": "t2"}}"#),
            ("bindings", r#"{"id": "n3", "organization": "o", "user": "ext", "role": "VIEWER", "scope": {"project": "p2"}}"#),
        ],
        &[
            (Code::BindingScopeForeign, "bindings[2].scope.organization", &["n1", "o2", "o"]),
            (Code::BindingScopeForeign, "bindings[3].scope.team", &["n2", "t2", "o"]),
            (Code::BindingScopeForeign, "bindings[4].scope.project", &["n3", "p2", "o"]),
        ],
    ),
    (
        &[
            ("users", r#"{"id": "ext2"}"#),
            ("members", r#"{"organization": "o", "user": "ext2", "role": "EXTERNAL"}"#),
            ("teamMemberships", r#"{"team": "t", "user": "ext2", "role": "CUSTOM", "customRole": "shared"}"#),
        ],
        &[(Code::TeamMembershipExternalCustomRole, "teamMemberships[1].customRole", &["ext2", "t", "shared"])],
    ),
    (
        &[("groups", r#"{"id": "n", "organization": "x", "members": ["left"]}"#)],
        &[(Code::GroupOrganizationUnknown, "groups[1].organization", &["n", "x"])],
    ),
    (
        &[("groups", r#"{"id": "n", "organization": "o", "members": ["ana", "x", "left"]}"#)],
        &[
            (Code::GroupMemberUnknown, "groups[1].members[1]", &["n", "x"]),
            (Code::GroupMemberNotMember, "groups[1].members[2]", &["n", "left", "o"]),
        ],
    ),
    (
        &[("roles", r#"{"id": "n", "organization": "x", "kind": "custom", "name": "", "permissions": ["a:b"]}"#)],
        &[(Code::RoleOrganizationUnknown, "roles[3].organization", &["n", "x"])],
    ),
    (
        &[
            ("keys", r#"{"id": "n", "organization": "o", "name": "", "mode": "all", "owner": "ana"}"#),
            (
                "bindings",
                r#"{"id": "n1", "organization": "o", "key": "k", "role": "CUSTOM", "customRole": "own", "scope": {"team": "t"}}"#,
            ),
            (
                "bindings",
                r#"{"id": "n2", "organization": "o", "key": "n", "role": "CUSTOM", "customRole": "own", "scope": {"team": "t"}}"#,
            ),
        ],
        &[(Code::RolePrivateShared, "roles[2]", &["own", "k", "n"])],
    ),
    (
        &[("keys", r#"{"id": "n", "organization": "x", "name": "", "mode": "all"}"#)],
        &[(Code::KeyOrganizationUnknown, "keys[1].organization", &["n", "x"])],
    ),
    (
        &[("keys", r#"{"id": "n", "organization": "o", "name": "", "mode": "all", "owner": "x"}"#)],
        &[(Code::KeyOwnerUnknown, "keys[1].owner", &["n", "x"])],
    ),
    (
        &[("keys", r#"{"id": "n", "organization": "o", "name": "", "mode": "all", "owner": "left"}"#)],
        &[(Code::KeyOwnerNotMember, "keys[1].owner", &["n", "left", "o"])],
    ),
    (
        &[("keys", r#"{"id": "n", "organization": "o", "name": "", "mode": "all", "owner": "off"}"#)],
        &[(Code::KeyOwnerDeactivated, "keys[1].owner", &["n", "off"])],
    ),
    (
        &[("keys", r#"{"id": "n", "organization": "o", "name": "", "mode": "all", "createdBy": "x"}"#)],
        &[(Code::KeyCreatorUnknown, "keys[1].createdBy", &["n", "x"])],
    ),
    (
        &[("keys", r#"{"id": "n", "organization": "o", "name": "", "mode": "all", "createdBy": "left"}"#)],
        &[(Code::KeyCreatorNotMember, "keys[1].createdBy", &["n", "left"])],
    ),
    (
        &[("keys", r#"{"id": "n", "organization": "o", "name": "", "mode": "all", "createdBy": "off"}"#)],
        &[(Code::KeyCreatorDeactivated, "keys[1].createdBy", &["n", "off"])],
    ),
    (
        &[(
            "keys",
            r#"{"id": "n", "organization": "o", "name": "", "mode": "all", "createdBy": "off", "revokedAt": "2026-01-02T00:00:00Z"}"#,
        )],
        &[],
    ),
    // Nothing is odd about a service key whose maker is a member.
    (&[("keys", r#"{"id": "n", "organization": "o", "name": "", "mode": "all", "createdBy": "ana"}"#)], &[]),
    (
        &[("bindings", r#"{"id": "n", "organization": "o", "key": "k", "role": "MEMBER", "scope": {"team": "t"}}"#)],
        &[(Code::KeyReadonlyWrites, "keys[0].mode", &["k", "n"])],
    ),
    // A list of what only views does not write.
    (
        &[(
            "bindings",
            r#"{"id": "n", "organization": "o", "key": "k", "role": "CUSTOM", "customRole": "shared", "scope": {"team": "t"}}"#,
        )],
        &[],
    ),
    // At an organization MEMBER only views.
    (&[("bindings", r#"{"id": "n", "organization": "o", "key": "k", "role": "MEMBER", "scope": {"organization": "o"}}"#)], &[]),
    (
        &[(
            "bindings",
            r#"{"id": "n", "organization": "o", "key": "k", "role": "CUSTOM", "customRole": "own", "scope": {"organization": "o"}}"#,
        )],
        &[(Code::KeyReadonlyWrites, "keys[0].mode", &["k", "n"]), (Code::KeyManagesKeys, "keys[0]", &["k", "n"])],
    ),
    (
        &[("bindings", r#"{"id": "n", "organization": "x", "user": "ana", "role": "ADMIN", "scope": {"organization": "x"}}"#)],
        &[
            (Code::BindingOrganizationUnknown, "bindings[2].organization", &["n", "x"]),
            (Code::BindingNotMember, "bindings[2].user", &["n", "ana", "x"]),
            (Code::BindingScopeUnknown, "bindings[2].scope.organization", &["n", "x"]),
        ],
    ),
    (
        &[
            ("bindings", r#"{"id": "n1", "organization": "o", "user": "x", "role": "ADMIN", "scope": {"team": "t"}}"#),
            ("bindings", r#"{"id": "n2", "organization": "o", "group": "x", "role": "ADMIN", "scope": {"team": "t"}}"#),
            ("bindings", r#"{"id": "n3", "organization": "o", "key": "x", "role": "ADMIN", "scope": {"team": "t"}}"#),
        ],
        &[
            (Code::BindingHolderUnknown, "bindings[2].user", &["n1", "x"]),
            (Code::BindingHolderUnknown, "bindings[3].group", &["n2", "x"]),
            (Code::BindingHolderUnknown, "bindings[4].key", &["n3", "x"]),
        ],
    ),
    (
        &[("bindings", r#"{"id": "n", "organization": "o", "user": "left", "role": "ADMIN", "scope": {"team": "t"}}"#)],
        &[(Code::BindingNotMember, "bindings[2].user", &["n", "left", "o"])],
    ),
    (
        &[("bindings", r#"{"id": "n", "organization": "o2", "group": "g", "role": "ADMIN", "scope": {"team": "t2"}}"#)],
        &[(Code::BindingHolderForeign, "bindings[2].group", &["n", "g", "o2"])],
    ),
    (
        &[
            ("bindings", r#"{"id": "n1", "organization": "o", "user": "ana", "role": "ADMIN", "scope": {"team": "x"}}"#),
            ("bindings", r#"{"id": "n2", "organization": "o", "user": "ana", "role": "ADMIN", "scope": {"project": "x"}}"#),
        ],
        &[
            (Code::BindingScopeUnknown, "bindings[2].scope.team", &["n1", "x"]),
            (Code::BindingScopeUnknown, "bindings[3].scope.project", &["n2", "x"]),
        ],
    ),
    (
        &[("bindings", r#"{"id": "n", "organization": "o", "user": "ana", "role": "ADMIN", "scope": {"team": "t2"}}"#)],
        &[(Code::BindingScopeForeign, "bindings[2].scope.team", &["n", "t2", "o"])],
    ),
    (
        &[(
            "bindings",
            r#"{"id": "n", "organization": "o", "user": "ana", "role": "CUSTOM", "customRole": "x", "scope": {"team": "t"}}"#,
        )],
        &[(Code::BindingRoleMissing, "bindings[2].customRole", &["n", "x"])],
    ),
    (
        &[(
            "bindings",
            r#"{"id": "n", "organization": "o", "user": "ana", "role": "CUSTOM", "customRole": "foreign", "scope": {"team": "t"}}"#,
        )],
        &[(Code::BindingRoleForeign, "bindings[2].customRole", &["n", "foreign"])],
    ),
    (
        &[(
            "bindings",
            r#"{"id": "n", "organization": "o", "user": "ana", "role": "CUSTOM", "customRole": "own", "scope": {"team": "t"}}"#,
        )],
        &[
            (Code::RolePrivateShared, "roles[2]", &["own", "ana"]),
            (Code::BindingRolePrivate, "bindings[2].customRole", &["n", "own"]),
        ],
    ),
    (
        &[
            ("groups", r#"{"id": "n", "organization": "o", "members": ["ana", "ext"]}"#),
            (
                "bindings",
                r#"{"id": "n", "organization": "o", "group": "n", "role": "CUSTOM", "customRole": "shared", "scope": {"organization": "o"}}"#,
            ),
        ],
        &[
            (Code::TeamMembershipSilenced, "teamMemberships[0]", &["ext", "t", "n"]),
            (Code::BindingExternalCustomRole, "bindings[2].customRole", &["n", "ext", "shared"]),
        ],
    ),
];

#[test]
fn each_case_is_found_and_nothing_else() {
    for (rows, expected) in CASES {
        let found = findings(rows);
        let got: Vec<(Code, &str, Vec<&str>)> =
            found.iter().map(|finding| (finding.code, &*finding.path, finding.ids.iter().map(|id| &**id).collect())).collect();
        let expected: Vec<(Code, &str, Vec<&str>)> =
            expected.iter().map(|(code, path, ids)| (*code, *path, ids.to_vec())).collect();
        assert_eq!(got, expected, "{rows:?}");
    }
}

#[test]
fn every_code_has_a_case() {
    for code in Code::ALL {
        let found = CASES.iter().any(|(_, expected)| expected.iter().any(|(other, ..)| other == code));
        assert!(found, "{code}");
    }
}

#[test]
fn a_finding_says_what_to_do_and_nothing_sensitive() {
    for (rows, _) in CASES {
        for finding in findings(rows) {
            let Finding { message, path, ids, .. } = &finding;
            assert!(message.contains(": ") || message.contains(", or"), "{path}: {message}");
            assert!(!message.ends_with('.') && message.lines().count() == 1, "{path}: {message}");
            assert!(ids.iter().all(|id| !id.is_empty()), "{path}");
            let printed = serde_json::to_string(&finding).unwrap();
            assert!(printed.starts_with(&format!("{{\"code\":\"{}\",\"path\":", finding.code)), "{printed}");
            assert!(!printed.contains("5678") && !printed.contains("sk-lw-p"), "{printed}");
        }
    }
}
