//! What a token is, and where tokens are that should not be there.

use std::{fs, path::Path};

use crate::run::{clearance, clearance_reading, temporary};

fn token(prefix: &str) -> String {
    format!("{prefix}{}_{}", "aB3dE".repeat(4).split_at(16).0, "x".repeat(48))
}

#[test]
fn a_token_is_described_and_not_repeated() {
    for (text, code, kind, part) in [
        (token("sk-lw-"), 0, "key", "a personal or service key"),
        (token("pat-lw-"), 0, "key", "old prefix"),
        (token("ik-lw-"), 0, "key", "an ingestion key"),
        (token("op-cl-"), 0, "operator", "an operator"),
        (format!("sk-lw-{}", "x".repeat(48)), 0, "project-key", "a project key"),
        (token("sk-lw-").replace("xxx", "xx"), 1, "project-key", "malformed: the secret has 32 characters and not 48"),
        (format!(" {}", token("sk-lw-")), 1, "unknown", "white space around the token"),
        ("password".to_owned(), 1, "unknown", "begins with none of"),
    ] {
        for end in ["", "\n", "\r\n"] {
            let run = clearance_reading(&["token", "inspect"], format!("{text}{end}").as_bytes());
            assert_eq!(run.code, code, "{text:?} {}{}", run.out, run.err);
            assert!(run.out.contains(part), "{part}: {}", run.out);
            assert!(!run.out.contains(&"x".repeat(16)) && !run.out.contains("password"), "{}", run.out);
        }
        let json = clearance_reading(&["token", "inspect", "--json"], text.as_bytes()).json();
        assert_eq!((json["kind"].as_str(), json["wellFormed"].as_bool()), (Some(kind), Some(code == 0)), "{json}");
    }
    let secret = token("sk-lw-");
    for input in [String::new(), "\n".to_owned(), format!("A=1\n{secret}\n")] {
        let run = clearance_reading(&["token", "inspect"], input.as_bytes());
        assert_eq!((run.code, &*run.out), (2, ""), "{input:?}");
        assert!(run.err.contains("write one token") && !run.err.contains(&secret), "{}", run.err);
    }
    let as_argument = clearance(&["token", "inspect", &secret]);
    assert_eq!(as_argument.code, 2);
}

#[test]
fn tokens_are_found_wherever_they_are() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scan");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("deep/.hidden")).expect("a folder can be made");
    fs::write(folder.join("clean.txt"), "sk-lw-short_token").expect("it can be written");
    let path = |name: &str| folder.join(name).display().to_string();
    let clean = clearance(&["token", "scan", &path("")]);
    assert_eq!((clean.code, clean.out.trim()), (0, "no token in 1 file"));

    fs::write(folder.join("deep/.hidden/env"), format!("A=1\nB=\"{}\"\n", token("sk-lw-"))).expect("it can be written");
    let binary = [&[0, 255, b'\n', 0][..], token("ik-lw-").as_bytes(), &[0]].concat();
    fs::write(folder.join("program.bin"), binary).expect("it can be written");
    #[cfg(unix)]
    std::os::unix::fs::symlink(&folder, folder.join("deep/circle")).expect("a link can be made");
    let run = clearance(&["token", "scan", &path("")]);
    assert_eq!(run.code, 1, "{}", run.err);
    let expected =
        [format!("{}:2:4: sk-lw-aB3dE…", path("deep/.hidden/env")), format!("{}:2:2: ik-lw-aB3dE…", path("program.bin"))];
    assert_eq!(run.out.lines().take(2).collect::<Vec<_>>(), expected, "{}", run.out);
    assert!(run.out.contains("2 tokens in 3 files") && !run.out.contains("xxxx"), "{}", run.out);

    let json = clearance(&["token", "scan", "--json", &path("program.bin")]).json();
    assert_eq!(json["found"][0]["line"].as_u64(), Some(2));

    // What can be read is looked at even if something cannot.
    let run = clearance(&["token", "scan", &path("no-such"), &path("program.bin"), &path("neither")]);
    assert_eq!(run.code, 2);
    assert_eq!(run.err.matches("error: cannot read `").count(), 2, "{}", run.err);
    assert!(run.out.contains("program.bin:2:2: ik-lw-aB3dE…"), "{}", run.out);

    let piped = clearance_reading(&["token", "scan", "-"], format!("+{}\n", token("pat-lw-")).as_bytes());
    assert_eq!(piped.code, 1);
    assert!(piped.out.starts_with("-:1:2: pat-lw-aB3dE…\n"), "{}", piped.out);
}

#[test]
fn a_long_file_is_read_in_parts_and_counted_through() {
    let line = format!("{}\n", "lorem ipsum ".repeat(20));
    let mut text = line.repeat(9 * 1024 * 1024 / line.len());
    let lines = text.lines().count();
    text += &format!("\t{}", token("op-cl-"));
    let path = temporary("long.txt", &text);
    let run = clearance(&["token", "scan", &path]);
    assert!(run.out.contains(&format!("long.txt:{}:2: op-cl-aB3dE…", lines + 1)), "{}", run.out);
    // One line, longer than what is read at once, with the token across the border.
    let text = format!("{} {}", "-".repeat(8 * 1024 * 1024 - 30), token("op-cl-"));
    let path = temporary("one-line.txt", &text);
    let run = clearance(&["token", "scan", &path]);
    assert_eq!(run.code, 1, "{}", run.out);
}
