//! The configuration of nginx in the examples.

use crate::running::{Running, token};

#[test]
fn every_header_of_the_gate_is_overwritten() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/nginx/nginx.conf");
    let configuration = std::fs::read_to_string(path).unwrap();
    let running = Running::company();
    let token = token("kAdmin");
    let headers = [("X-Auth-Token", token.as_str()), ("X-Project-Id", "p1")];
    let reply = running.client().get("/v1/authorize?permission=traces:view", &headers);
    let said: Vec<&str> = reply.headers.iter().filter_map(|(name, _)| name.strip_prefix("x-clearance-")).collect();
    assert_eq!(said.len(), 4);
    for name in said {
        let title = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
        for line in [
            format!("auth_request_set $clearance_{name} $upstream_http_x_clearance_{name};"),
            format!("proxy_set_header X-Clearance-{title} $clearance_{name};"),
        ] {
            assert!(configuration.lines().any(|other| other.trim() == line), "{line}");
        }
    }
    // A location with headers of its own would inherit none of these.
    let locations: Vec<&str> =
        configuration.split("location ").skip(1).filter(|location| location.contains("http://service.example;")).collect();
    assert_eq!(locations.len(), 2);
    for location in locations {
        let own = location.split('}').next().unwrap();
        assert!(own.contains("auth_request /clearance/") && !own.contains("proxy_set_header"), "{own}");
    }
}
