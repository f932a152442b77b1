#!/usr/bin/env bash
# Needs Rust.
#
# RFC 3339 has a second 60, for a leap second. Three well-known crates read it in three ways. jiff makes it second 59 and keeps the fraction,
# so that a later time can become the earlier one. time makes it the last nanosecond of second 59, and only at the end of a month in UTC;
# elsewhere it is an error. chrono keeps it, on any day, so that time may refuse what chrono wrote; and chrono's two ways to a Unix time then
# differ by a second: `timestamp` is that of second 59, `timestamp_millis` that of the second after. An expiry that one program
# compares in seconds and another in milliseconds has two ends.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"

cat >Cargo.toml <<'TOML'
[package]
name = "finding"
version = "0.1.0"
edition = "2021"

[dependencies]
chrono = { version = "=0.4.45", default-features = false, features = ["std"] }
jiff = { version = "=1.0.2", default-features = false, features = ["std"] }
time = { version = "=0.3.55", features = ["formatting", "parsing"] }

[workspace]
TOML
mkdir src && cat >src/main.rs <<'RUST'
use time::format_description::well_known::Rfc3339;

fn main() {
    for text in ["2016-12-31T23:59:59.75Z", "2016-12-31T23:59:60.25Z", "2016-12-30T23:59:60.25Z"] {
        let chrono = chrono::DateTime::parse_from_rfc3339(text).unwrap();
        println!("{text}  chrono  {}", chrono.to_rfc3339());
        println!("{text}  chrono  seconds {}, milliseconds {}", chrono.timestamp(), chrono.timestamp_millis());
        let time = time::OffsetDateTime::parse(text, &Rfc3339);
        println!("{text}  time    {}", time.map_or_else(|error| error.to_string(), |time| time.format(&Rfc3339).unwrap()));
        println!("{text}  jiff    {}", text.parse::<jiff::Timestamp>().unwrap());
    }
}
RUST
CARGO_TARGET_DIR="$folder/target" cargo run --quiet | tee seen
cat >expected <<'TXT'
2016-12-31T23:59:59.75Z  chrono  2016-12-31T23:59:59.750+00:00
2016-12-31T23:59:59.75Z  chrono  seconds 1483228799, milliseconds 1483228799750
2016-12-31T23:59:59.75Z  time    2016-12-31T23:59:59.75Z
2016-12-31T23:59:59.75Z  jiff    2016-12-31T23:59:59.75Z
2016-12-31T23:59:60.25Z  chrono  2016-12-31T23:59:60.250+00:00
2016-12-31T23:59:60.25Z  chrono  seconds 1483228799, milliseconds 1483228800250
2016-12-31T23:59:60.25Z  time    2016-12-31T23:59:59.999999999Z
2016-12-31T23:59:60.25Z  jiff    2016-12-31T23:59:59.25Z
2016-12-30T23:59:60.25Z  chrono  2016-12-30T23:59:60.250+00:00
2016-12-30T23:59:60.25Z  chrono  seconds 1483142399, milliseconds 1483142400250
2016-12-30T23:59:60.25Z  time    second was not in range
2016-12-30T23:59:60.25Z  jiff    2016-12-30T23:59:59.25Z
TXT
diff expected seen >&2 || { echo "this is no longer what these versions do" >&2; exit 1; }
