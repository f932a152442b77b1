use super::*;

fn version(name: &str, semver: &str, bytes: &str) -> VersionLabel {
    VersionLabel { digest: Digest::of(bytes.as_bytes()), name: name.into(), semver: semver.parse().unwrap() }
}

fn label(name: &str, semver: &str) -> VersionLabel {
    version(name, semver, &format!("{name} {semver}"))
}

fn history(versions: &[&VersionLabel]) -> History {
    let mut history = History::default();
    (1_800_000_000_000..).zip(versions).for_each(|(at, version)| history.record((*version).clone(), at));
    history
}

const NONE: Exceptions = Exceptions { downgrade: false, other_name: false };

#[test]
fn a_lower_semver_than_any_before_is_a_downgrade() {
    let (first, high, low, between) = (label("a", "1.0.0"), label("a", "2.0.0"), label("a", "0.9.0"), label("a", "1.5.0"));
    let history = history(&[&first, &high, &first]);
    // The live one is 1.0.0 again, and still 1.5.0 is lower than what was live.
    for candidate in [&low, &between] {
        let refused = history.permits(candidate, &first, NONE);
        let highest = high.semver.clone();
        let semver = candidate.semver.clone();
        assert_eq!(refused, Err(ActivationError::Downgrade { name: "a".into(), semver, highest }));
        assert_eq!(history.permits(candidate, &first, Exceptions { downgrade: true, ..NONE }), Ok(()));
        assert!(history.permits(candidate, &first, Exceptions { other_name: true, ..NONE }).is_err());
    }
    for candidate in [label("a", "2.0.1"), version("a", "2.0.0", "other bytes")] {
        assert_eq!(history.permits(&candidate, &first, NONE), Ok(()), "{candidate:?}");
    }
}

#[test]
fn what_was_live_before_comes_back_without_a_flag() {
    let (first, high) = (label("a", "1.0.0"), label("a", "2.0.0"));
    let history = history(&[&first, &high]);
    assert_eq!(history.permits(&first, &high, NONE), Ok(()));
    // By its digest: other bytes with the same semver never were live.
    assert!(history.permits(&version("a", "1.0.0", "other bytes"), &high, NONE).is_err());
}

#[test]
fn another_name_is_refused_first() {
    let (live, other) = (label("a", "2.0.0"), label("b", "1.0.0"));
    let history = history(&[&label("b", "3.0.0"), &live]);
    let refused = Err(ActivationError::OtherName { name: "b".into(), live: "a".into() });
    assert_eq!(history.permits(&other, &live, NONE), refused);
    assert_eq!(history.permits(&other, &live, Exceptions { downgrade: true, ..NONE }), refused);
    let refused = history.permits(&other, &live, Exceptions { other_name: true, ..NONE });
    assert!(matches!(refused, Err(ActivationError::Downgrade { .. })), "a name remembers its own highest semver: {refused:?}");
    assert_eq!(history.permits(&other, &live, Exceptions { downgrade: true, other_name: true }), Ok(()));
    // A roll back to another name is still another name.
    assert!(history.permits(&label("b", "3.0.0"), &live, NONE).is_err());
}

#[test]
fn where_nothing_was_ever_live_the_running_version_counts() {
    let (history, running) = (History::default(), label("a", "1.0.0"));
    assert_eq!(history.permits(&label("a", "1.0.0"), &running, NONE), Ok(()));
    assert_eq!(history.permits(&label("a", "1.1.0"), &running, NONE), Ok(()));
    assert!(matches!(history.permits(&label("a", "0.9.0"), &running, NONE), Err(ActivationError::Downgrade { .. })));
    assert!(matches!(history.permits(&label("b", "9.0.0"), &running, NONE), Err(ActivationError::OtherName { .. })));
}

#[test]
fn semvers_are_compared_by_precedence() {
    let live = label("a", "1.10.0");
    let history = history(&[&live]);
    for (semver, permitted) in [("1.9.9", false), ("1.10.0-rc.1", false), ("1.10.0+build", true), ("1.11.0-rc.1", true)] {
        assert_eq!(history.permits(&label("a", semver), &live, NONE).is_ok(), permitted, "{semver}");
    }
}

#[test]
fn a_history_reads_as_it_is_written() {
    let history = history(&[&label("a", "1.0.0"), &label("b", "1.0.0-rc.1+x"), &label("a", "1.0.0")]);
    assert_eq!(History::parse(&history.text().unwrap()), Ok(history.clone()));
    assert_eq!(history.live().map(|live| (live.at, &live.version)), Some((1_800_000_000_002, &label("a", "1.0.0"))));
    assert_eq!(history.highest("b"), Some(&"1.0.0-rc.1+x".parse().unwrap()));
    assert_eq!(history.highest("c"), None);
    assert!(history.text().unwrap().contains("\"at\": \"2027-01-15T08:00:00.000Z\""), "{}", history.text().unwrap());
    assert_eq!(History::parse(&History::default().text().unwrap()), Ok(History::default()));
}

#[test]
fn another_text_is_no_history() {
    let good = history(&[&label("a", "1.0.0")]).text().unwrap();
    for (from, to, wanted) in [
        ("\"format\": 1", "\"format\": 2", "`format` is 2"),
        ("\"format\": 1,", "", "missing field `format`"),
        ("\"format\": 1", "\"format\": 1, \"live\": null", "unknown field `live`"),
        ("\"name\"", "\"surname\"", "unknown field `surname`"),
        ("2027-01-15", "2027-13-15", "`activations[0]`: `at` is `2027-13-15T08:00:00.000Z`"),
        ("2027-01-15", "1927-01-15", "`activations[0]`: `at` is"),
        ("sha256:", "sha512:", "`activations[0]`: `digest` is `sha512:"),
        ("1.0.0", "1.0", "`activations[0]`: `version` is `1.0`"),
        ("]", "", "expected"),
    ] {
        assert!(good.contains(from), "{from}");
        let error = History::parse(&good.replacen(from, to, 1)).unwrap_err();
        assert!(error.contains(wanted), "{error}");
    }
    for end in 0..good.trim_end().len() {
        let cut: String = good.chars().take(end).collect();
        assert!(History::parse(&cut).is_err(), "cut off after {end} letters");
    }
}
