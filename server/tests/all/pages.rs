//! Lists of keys, a page at a time.

use std::collections::BTreeSet;

use clearance::PrincipalId;
use clearance::document::{BindingRole, Scope};
use clearance::key::{KeyDraft, WantedBinding};
use clearance_keeper::Origin;
use clearance_store::Purpose;
use serde_json::{Value, json};

use crate::client::Client;
use crate::running::Running;

struct Bench {
    running: Running,
    operator: String,
}

impl Bench {
    fn new() -> Self {
        let running = Running::company();
        let operator = running.operator(&[Purpose::Keys]);
        let bench = Self { running, operator };
        (0..7).for_each(|_| drop(bench.make("p1")));
        bench
    }

    fn make(&self, project: &str) -> Box<str> {
        let binding = WantedBinding { role: BindingRole::Viewer, scope: Scope::Project(project.into()) };
        let draft = KeyDraft { name: Some("n".into()), bindings: vec![binding], ..KeyDraft::default() };
        let made = self.running.keeper.create_key(PrincipalId::User("admin"), "orgA", &draft, &Origin::COMMAND);
        made.unwrap().record.key.id
    }

    fn get(&self, client: &mut Client, query: &str) -> (u16, Value) {
        let path = format!("/v1/keys?organization=orgA&as=admin{query}");
        let reply = client.get(&path, &[("authorization", &self.operator)]);
        (reply.status, reply.json())
    }

    fn ids(&self, query: &str) -> Vec<String> {
        let (status, body) = self.get(&mut self.running.client(), query);
        assert_eq!((status, body.get("next")), (200, None), "{body}");
        ids(&body)
    }
}

fn ids(page: &Value) -> Vec<String> {
    page["keys"].as_array().unwrap().iter().map(|key| key["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_pages_are_the_list_whatever_comes_and_goes_meanwhile() {
    let bench = Bench::new();
    for all in ["", "&all=true"] {
        let whole = bench.ids(all);
        assert!(whole.len() >= 10);
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        let mut client = bench.running.client();
        loop {
            let (status, page) = bench.get(&mut client, &format!("{all}&limit=3{cursor}"));
            assert_eq!(status, 200, "{page}");
            let on_page = ids(&page);
            assert!((1..=3).contains(&on_page.len()));
            seen.extend(on_page);
            // A newer one stands on a page that was read already.
            bench.make("p1");
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(seen, whole);
    }
}

#[test]
fn filters_leave_out_the_others() {
    let bench = Bench::new();
    let gone = bench.make("p1");
    bench.running.keeper.revoke_key(PrincipalId::User("admin"), "orgA", &gone, &Origin::COMMAND).unwrap();
    let (_, body) = bench.get(&mut bench.running.client(), "&all=true");
    let of = |wanted: &dyn Fn(&Value) -> bool| -> BTreeSet<String> {
        let keys = body["keys"].as_array().unwrap().iter().filter(|key| wanted(key));
        keys.map(|key| key["id"].as_str().unwrap().to_owned()).collect()
    };
    let set = |query: &str| -> BTreeSet<String> { bench.ids(query).into_iter().collect() };
    for status in ["active", "expired", "revoked"] {
        assert_eq!(set(&format!("&all=true&status={status}")), of(&|key| key["status"] == status), "{status}");
    }
    assert_eq!(set("&status=revoked"), of(&|key| key["status"] == "revoked"));
    assert!(bench.ids("&status=revoked").contains(&gone.to_string()));
    assert_eq!(set("&all=true&owner=member"), of(&|key| key["owner"] == "member"));
    let at_p1 = |key: &Value| {
        let mut bindings = key["bindings"].as_array().unwrap().iter();
        bindings.any(|binding| binding["scopeType"] == "PROJECT" && binding["scopeId"] == "p1")
    };
    assert_eq!(set("&all=true&scope=project:p1"), of(&at_p1));
    assert_eq!(
        set("&all=true&scope=project:p1&status=active&owner=admin"),
        of(&|key| { at_p1(key) && key["status"] == "active" && key["owner"] == "admin" })
    );
    assert_eq!(bench.ids("&scope=project:nope"), Vec::<String>::new());
}

#[test]
fn what_is_wrong_with_a_page_is_named() {
    let bench = Bench::new();
    for (query, field) in [
        ("&limit=0", "limit"),
        ("&limit=1001", "limit"),
        ("&limit=", "limit"),
        ("&cursor=!", "cursor"),
        ("&status=gone", "status"),
        ("&owner=", "owner"),
        ("&scope=p1", "scope"),
        ("&limit=1&limit=2", "limit"),
        ("&page=1", "page"),
    ] {
        let (status, body) = bench.get(&mut bench.running.client(), query);
        assert_eq!((status, &body["fields"][0]["field"]), (422, &json!(field)), "{query}");
    }
}
