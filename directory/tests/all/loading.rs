//! What loads, what is refused, and what the refusal says.

use clearance_directory::document::{BindingRole, Holder};
use clearance_directory::{Directory, Document, PlaceId, Position, PrincipalId};

/// A document with one row of each kind, with `from` replaced by `to`.
fn edited(from: &str, to: &str) -> String {
    const TEXT: &str = r#"{
 "organizations": [{"id": "o"}, {"id": "o2"}],
 "users": [{"id": "u"}],
 "members": [{"organization": "o", "user": "u", "role": "MEMBER"}],
 "teams": [{"id": "t", "organization": "o"}],
 "teamMemberships": [{"team": "t", "user": "u", "role": "VIEWER"}],
 "projects": [{"id": "p", "team": "t", "projectKey": "sk-lw-p"}],
 "groups": [{"id": "g", "organization": "o", "members": ["u"]}],
 "roles": [{"id": "r", "organization": "o", "kind": "custom", "name": "r", "permissions": ["a:b"]}],
 "keys": [{"id": "k", "organization": "o", "name": "k", "mode": "all", "owner": "u", "hashedSecret": "5678"}],
 "bindings": [
  {"id": "b1", "organization": "o", "key": "k", "role": "ADMIN", "scope": {"team": "t"}},
  {"id": "b2", "organization": "o", "user": "u", "role": "CUSTOM", "customRole": "r", "scope": {"project": "p"}}
 ]
}"#;
    assert!(from.is_empty() || TEXT.matches(from).count() == 1, "`{from}` must stand there once");
    TEXT.replace(from, to)
}

#[track_caller]
fn assert_refused(from: &str, to: &str, path: &str, said: &[&str]) {
    let text = edited(from, to);
    let error = Directory::from_json(&text).expect_err(to);
    let message = error.to_string();
    assert_eq!(error.path(), path, "{message}");
    assert!(message.starts_with(path), "the place comes first: {message}");
    for part in said {
        assert!(message.contains(part), "`{part}` is missing in: {message}");
    }
    // The line of what was replaced, for every kind of error.
    let line = edited("", "").find(from).map_or(1, |start| edited("", "")[..start].lines().count().max(1));
    let Position { line: found, column } = error.position().expect("a text has positions");
    assert!((line..=line + to.lines().count()).contains(&found), "line {found}, not {line}: {message}");
    assert!(column > 0);
}

#[test]
fn the_unedited_document_loads() {
    let directory = Directory::from_json(&edited("", "")).unwrap();
    assert!(directory.principal(PrincipalId::Key("k")).is_some());
    assert!(Directory::from_json("{}").is_ok());
}

#[test]
fn a_text_that_is_no_document_is_refused() {
    assert_refused("\"id\": \"o\"}", "\"id\": \"o\"", "organizations[0]", &["line 2", "key must be a string"]);
    assert_refused("\"users\":", "\"Users\":", "Users", &["unknown field `Users`", "`users`"]);
    assert_refused("{\"id\": \"u\"}", "{\"id\": \"u\", \"age\": 7}", "users[0].age", &["unknown field `age`", "`email`"]);
    assert_refused("{\"id\": \"u\"}", "{\"id\": 7}", "users[0].id", &["integer `7`", "expected a string"]);
    assert_refused("\"kind\": \"custom\", ", "", "roles[0]", &["missing field `kind`"]);
    assert_refused("{\"id\": \"u\"}", "{\"id\": \"u\", \"id\": \"u\"}", "users[0]", &["duplicate field `id`"]);
    assert_refused("{\"id\": \"u\"}", "[\"u\"]", "users[0]", &["invalid type: sequence, expected an object"]);
    assert_refused("{\"team\": \"t\"}", "[\"o\"]", "bindings[0].scope", &["invalid type: sequence, expected an object"]);
    for text in ["", "[]", "{} {}", "{\"users\": null}"] {
        assert!(Directory::from_json(text).is_err(), "{text}");
    }
    let error = Directory::from_json("{} x").unwrap_err();
    assert_eq!((error.path(), error.position()), ("", Some(Position { line: 1, column: 4 })));
    assert_eq!(error.to_string(), "line 1, column 4: trailing characters");
}

#[test]
fn a_duplicate_is_refused() {
    for (row, path, kind) in [
        (r#"{"id": "o2"}"#, "organizations[2].id", "organization `o2`"),
        (r#"{"id": "u"}"#, "users[1].id", "user `u`"),
        (r#"{"organization": "o", "user": "u", "role": "MEMBER"}"#, "members[1].user", "`u` is in the organization `o`"),
        (r#"{"id": "t", "organization": "o"}"#, "teams[1].id", "team `t`"),
        (r#"{"team": "t", "user": "u", "role": "VIEWER"}"#, "teamMemberships[1].user", "`u` is in the team `t`"),
        (r#"{"id": "p", "team": "t", "projectKey": "sk-lw-p"}"#, "projects[1].id", "project `p`"),
        (r#"{"id": "g", "organization": "o", "members": ["u"]}"#, "groups[1].id", "group `g`"),
        (
            r#"{"id": "r", "organization": "o", "kind": "custom", "name": "r", "permissions": ["a:b"]}"#,
            "roles[1].id",
            "custom role `r`",
        ),
        (
            r#"{"id": "k", "organization": "o", "name": "k", "mode": "all", "owner": "u", "hashedSecret": "5678"}"#,
            "keys[1].id",
            "key `k`",
        ),
        (
            r#"{"id": "b1", "organization": "o", "key": "k", "role": "ADMIN", "scope": {"team": "t"}}"#,
            "bindings[1].id",
            "binding `b1`",
        ),
    ] {
        assert_refused(row, &format!("{row}, {row}"), path, &[kind, "already", "keep only one"]);
    }
    assert_refused(r#"["u"]"#, r#"["u", "u"]"#, "groups[0].members[1]", &["`u` is in the group `g` already"]);
}

#[test]
fn the_tree_is_whole() {
    let team = r#"{"id": "t", "organization": "o"}"#;
    assert_refused(
        team,
        r#"{"id": "t", "organization": "x"}"#,
        "teams[0].organization",
        &["no organization `x`", "add it first"],
    );
    let project = r#""team": "t", "projectKey""#;
    assert_refused(project, r#""team": "x", "projectKey""#, "projects[0].team", &["no team `x`", "add it first"]);
}

#[test]
fn a_binding_has_one_principal_and_one_scope() {
    let named = "exactly one of `user`, `group` and `key`";
    assert_refused(r#""key": "k", "#, "", "bindings[0]", &["names none", named]);
    assert_refused(r#""key": "k", "#, r#""key": "k", "user": "u", "#, "bindings[0]", &["`user` and `key`", named]);
    let named = "exactly one of `organization`, `team` and `project`";
    assert_refused(r#"{"team": "t"}"#, "{}", "bindings[0].scope", &["names none", named]);
    assert_refused(r#"{"team": "t"}"#, r#"{"team": "t", "project": "p"}"#, "bindings[0].scope", &["`team` and `project`", named]);
    assert_refused(r#"{"team": "t"}"#, r#"{"planet": "t"}"#, "bindings[0].scope.planet", &["unknown field `planet`", "`team`"]);
    assert_refused(r#", "scope": {"team": "t"}"#, "", "bindings[0]", &["missing field `scope`"]);
    // An absent holder may be written as null.
    assert!(Directory::from_json(&edited(r#""key": "k", "#, r#""key": "k", "user": null, "#)).is_ok());
}

#[test]
fn only_the_listed_words_are_roles() {
    assert_refused(r#""role": "MEMBER""#, r#""role": "OWNER""#, "members[0].role", &["`OWNER`", "`ADMIN`, `MEMBER`, `EXTERNAL`"]);
    assert_refused(
        r#""role": "VIEWER""#,
        r#""role": "viewer""#,
        "teamMemberships[0].role",
        &["`viewer`", "`VIEWER`", "`CUSTOM`"],
    );
    assert_refused(r#""role": "ADMIN""#, r#""role": "EXTERNAL""#, "bindings[0].role", &["`EXTERNAL`", "`ADMIN`", "`CUSTOM`"]);
    assert_refused(r#""kind": "custom""#, r#""kind": "shared""#, "roles[0].kind", &["`shared`", "`custom` or `key`"]);
    assert_refused(r#""mode": "all""#, r#""mode": "ALL""#, "keys[0].mode", &["`ALL`", "`all`, `readonly`, `restricted`"]);
}

#[test]
fn custom_and_custom_role_go_together() {
    assert_refused(r#""role": "ADMIN""#, r#""role": "CUSTOM""#, "bindings[0].customRole", &["no custom role is named"]);
    assert_refused(r#""role": "CUSTOM""#, r#""role": "MEMBER""#, "bindings[1].customRole", &["`r`", "not `CUSTOM`"]);
    assert_refused(
        r#""role": "VIEWER""#,
        r#""role": "VIEWER", "customRole": "r""#,
        "teamMemberships[0].customRole",
        &["not `CUSTOM`"],
    );
    let directory = Directory::from_json(&edited(r#""role": "VIEWER""#, r#""role": "CUSTOM""#)).unwrap();
    let [membership] = &directory.document().team_memberships[..] else { panic!("one row") };
    assert_eq!((membership.role, &membership.custom_role), (BindingRole::Custom, &None));
}

#[test]
fn an_id_is_1_to_255_visible_ascii_characters_wherever_it_stands() {
    let long = "x".repeat(256);
    for bad in ["", "a b", "ä", "\\u0007", &long] {
        for (from, to, path) in [
            (r#"{"id": "o"}"#, r#"{"id": "o"}, {"id": "BAD"}"#, "organizations[1].id"),
            (r#"{"id": "u"}"#, r#"{"id": "u"}, {"id": "BAD"}"#, "users[1].id"),
            (r#"{"organization": "o", "user""#, r#"{"organization": "BAD", "user""#, "members[0].organization"),
            (
                r#""organization": "o", "user": "u", "role": "MEMBER""#,
                r#""organization": "o", "user": "BAD", "role": "MEMBER""#,
                "members[0].user",
            ),
            (r#"{"id": "t", "#, r#"{"id": "BAD", "#, "teams[0].id"),
            (r#"{"id": "t", "#, r#"{"id": "t", "owner": "BAD", "#, "teams[0].owner"),
            (r#""team": "t", "user""#, r#""team": "BAD", "user""#, "teamMemberships[0].team"),
            (r#""role": "VIEWER""#, r#""role": "CUSTOM", "customRole": "BAD""#, "teamMemberships[0].customRole"),
            (r#"{"id": "p", "#, r#"{"id": "BAD", "#, "projects[0].id"),
            (r#""members": ["u"]"#, r#""members": ["u", "BAD"]"#, "groups[0].members[1]"),
            (r#""id": "g", "organization": "o""#, r#""id": "g", "organization": "BAD""#, "groups[0].organization"),
            (r#""id": "r", "organization": "o""#, r#""id": "r", "organization": "BAD""#, "roles[0].organization"),
            (r#""id": "k", "organization": "o""#, r#""id": "k", "organization": "BAD""#, "keys[0].organization"),
            (r#""owner": "u", "#, r#""owner": "BAD", "#, "keys[0].owner"),
            (r#""owner": "u", "#, r#""createdBy": "BAD", "#, "keys[0].createdBy"),
            (r#""id": "b1", "organization": "o""#, r#""id": "BAD", "organization": "o""#, "bindings[0].id"),
            (r#""id": "b1", "organization": "o""#, r#""id": "b1", "organization": "BAD""#, "bindings[0].organization"),
            (r#""key": "k""#, r#""key": "BAD""#, "bindings[0].key"),
            (r#""key": "k""#, r#""group": "BAD""#, "bindings[0].group"),
            (r#"{"team": "t"}"#, r#"{"team": "BAD"}"#, "bindings[0].scope.team"),
            (r#"{"team": "t"}"#, r#"{"project": "BAD"}"#, "bindings[0].scope.project"),
            (r#"{"team": "t"}"#, r#"{"organization": "BAD"}"#, "bindings[0].scope.organization"),
            (r#""customRole": "r""#, r#""customRole": "BAD""#, "bindings[1].customRole"),
        ] {
            assert_refused(from, &to.replace("BAD", bad), path, &["is not an id", "1 to 255 visible ASCII characters"]);
        }
    }
}

#[test]
fn a_time_is_rfc_3339_and_not_before_1970() {
    let key = r#""mode": "all""#;
    let with = |time: &str| format!(r#""mode": "all", "expiresAt": "{time}""#);
    assert_refused(key, &with("tomorrow"), "keys[0].expiresAt", &["`tomorrow`", "RFC 3339"]);
    assert_refused(key, &with("1969-12-31T23:59:59Z"), "keys[0].expiresAt", &["`1969-12-31T23:59:59Z`", "before 1970"]);
    assert!(Directory::from_json(&edited(key, &with("2026-01-02T03:04:05+02:00"))).is_ok());
}

#[test]
fn the_position_is_that_of_the_value() {
    let text = "{\n \"users\": [\n  {\n   \"id\": \"u\"\n  },\n  {\n   \"id\": \"u\",\n   \"name\": \"n\"\n  }\n ]\n}";
    let position = |text: &str| Directory::from_json(text).unwrap_err().position().unwrap();
    assert_eq!(position(text), Position { line: 7, column: 12 });
    // An error of a whole value, a missing one, one of the JSON itself.
    assert_eq!(position(&text.replace("\"n\"", "\"n\",\n   \"deactivatedAt\": \"x\"")), Position { line: 9, column: 23 });
    assert_eq!(position(&text.replacen("\"id\"", "\"name\"", 1)), Position { line: 4, column: 3 });
    assert_eq!(position(&text.replace("\"n\"", "?")), Position { line: 8, column: 12 });
    // A name that looks like a path, which cannot be followed.
    let strange = position(&text.replace("\"name\": \"n\"", "\"a.b\": 1,\n   \"name\": \"n\""));
    assert_eq!(strange, Position { line: 8, column: 8 });
}

#[test]
fn a_directory_shows_how_much_is_in_it() {
    let shown = format!("{:?}", Directory::from_json(&edited("", "")).unwrap());
    assert_eq!(shown, "Directory { organizations: 2, users: 1, keys: 1, bindings: 2, .. }");
}

#[test]
fn no_error_repeats_a_secret() {
    for (from, to) in [
        (r#""hashedSecret": "5678""#, r#""hashedSecret": 777777"#),
        (r#""hashedSecret": "5678""#, r#""hashedSecret": ["777777"]"#),
        (r#""projectKey": "sk-lw-p""#, r#""projectKey": 777777"#),
        (r#"{"id": "p", "#, r#""sk-lw-777777", {"id": "p", "#),
        (r#"{"id": "u"}"#, r#"{"id": "u", "deactivatedAt": {"777777": 1}}"#),
    ] {
        let error = Directory::from_json(&edited(from, to)).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("777777"), "{error}");
    }
    let document = Document::from_json(&edited("", "")).unwrap();
    let printed = format!("{document:?} {:?}", Directory::from_document(document.clone()).unwrap());
    assert!(!printed.contains("5678") && !printed.contains("sk-lw-p"), "{printed}");
    assert_eq!(document.keys[0].hashed_secret.as_ref().unwrap().expose(), "5678");
}

/// What the rules answer loads: nobody there, a role that is gone, a place that is gone.
#[test]
fn what_is_left_over_loads() {
    let text = r#"{
        "organizations": [{"id": "o"}],
        "teams": [{"id": "t", "organization": "o", "owner": "gone"}],
        "members": [{"organization": "o", "user": "gone", "role": "ADMIN"}, {"organization": "gone", "user": "gone", "role": "ADMIN"}],
        "teamMemberships": [{"team": "gone", "user": "gone", "role": "CUSTOM"}],
        "groups": [{"id": "g", "organization": "gone", "members": ["gone"]}],
        "roles": [{"id": "r", "organization": "gone", "kind": "key", "name": "", "permissions": []}],
        "keys": [{"id": "k", "organization": "gone", "name": "", "mode": "all", "owner": "gone", "createdBy": "gone"}],
        "bindings": [
            {"id": "b1", "organization": "gone", "user": "gone", "role": "CUSTOM", "customRole": "gone", "scope": {"team": "gone"}},
            {"id": "b2", "organization": "o", "group": "gone", "role": "CUSTOM", "customRole": "r", "scope": {"project": "gone"}},
            {"id": "b3", "organization": "o", "key": "gone", "role": "ADMIN", "scope": {"organization": "gone"}}
        ]
    }"#;
    let directory = Directory::from_json(text).unwrap();
    assert_eq!(directory.principal(PrincipalId::User("gone")), None);
    assert_eq!(directory.principal(PrincipalId::Key("gone")), None);
    assert_eq!(directory.place(PlaceId::Team("gone")), None);
    assert_eq!(directory.place(PlaceId::Organization("gone")), None);
    let document = directory.document();
    assert_eq!((document.users.len(), document.bindings.len(), document.members.len()), (0, 3, 2));
    assert_eq!(document.bindings[1].holder, Holder::Group("gone".into()));
}

#[test]
fn a_document_without_a_text_names_the_place_alone() {
    let mut document = Document::from_json(&edited("", "")).unwrap();
    document.bindings[1].id = "b1".into();
    let error = Directory::from_document(document).unwrap_err();
    assert_eq!(error.position(), None);
    assert_eq!(
        error.to_string(),
        "bindings[1].id: there is a binding `b1` already, write another id or keep only one of the two"
    );
}

/// The attack that was seen, and its neighbours: a file is refused for what a change is refused for.
#[test]
fn the_list_of_a_role_is_bounded() {
    let listed = |names: &[String]| edited(r#"["a:b"]"#, &serde_json::to_string(names).unwrap());
    let names = |count: usize| -> Vec<String> { (0..count).map(|number| format!("{number:0255}")).collect() };
    assert!(Directory::from_json(&listed(&names(1_000))).is_ok());
    for (names, path, said) in [
        (vec![":".to_owned(); 65_000], "roles[0].permissions", "holds 65000 names, write at most 1000"),
        (names(1_001), "roles[0].permissions", "holds 1001 names, write at most 1000"),
        (vec!["a".to_owned(), "x".repeat(256)], "roles[0].permissions[1]", "has 256 bytes, write a name of at most 255"),
    ] {
        let error = Directory::from_json(&listed(&names)).unwrap_err();
        assert_eq!(error.path(), path);
        assert!(error.to_string().contains(said), "{error}");
        assert!(error.to_string().len() < 300, "{error}");
        // What a database accepted once is loaded as it is.
        let document = Document::from_json(&listed(&names)).unwrap();
        assert_eq!(Directory::from_stored(document.clone()).unwrap().document().roles, document.roles);
    }
}

#[test]
fn a_name_that_a_role_lists_twice_is_kept_once() {
    let directory = Directory::from_json(&edited(r#"["a:b"]"#, r#"["b", "a:b", "b", "a:b"]"#)).unwrap();
    assert_eq!(*directory.role("r").unwrap().permissions, ["b".into(), "a:b".into()]);
}

#[test]
fn of_several_bindings_that_are_refused_the_first_row_is_named() {
    let refused = |rows: [(&str, &str); 3]| {
        let row = |(id, more): (&str, &str)| {
            format!(r#"{{"id": "{id}", "organization": "o", "user": "u", "scope": {{"organization": "o"}}, {more}}}"#)
        };
        let text = format!(r#"{{"bindings": [{}]}}"#, rows.map(row).join(", "));
        Directory::from_json(&text).unwrap_err().to_string()
    };
    let (good, bad) = (r#""role": "ADMIN""#, r#""role": "ADMIN", "customRole": "r""#);
    // Whatever the order of the ids.
    assert!(refused([("c", bad), ("b", good), ("a", bad)]).starts_with("bindings[0].customRole"));
    assert!(refused([("a", good), ("c", bad), ("b", bad)]).starts_with("bindings[1].customRole"));
    assert!(refused([("b", good), ("a", good), ("b", good)]).starts_with("bindings[2].id"));
}
