//! Words that say badly what plain English says well. The table in `xtask/words.toml` counts those that are left, file by file.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

use super::Project;
use crate::tree::{self, Tree};

/// Where the words that are left are counted.
const TABLE: &str = "xtask/words.toml";

/// The file that names the words. It is not searched.
const THIS: &str = "xtask/src/tidy/words.rs";

/// The kinds of files that are searched.
const KINDS: [&str; 3] = ["rs", "md", "wit"];

/// A pattern: its name, how to write instead, and how often a text has it.
struct Pattern {
    name: &'static str,
    instead: &'static str,
    count: fn(&str) -> usize,
}

const PATTERNS: [Pattern; 4] = [
    Pattern { name: "whoever", instead: "name who it is", count: |text| count_words(text, "whoever") },
    Pattern { name: "so many", instead: "write `at most this many`, or the number", count: |text| count_words(text, "so many") },
    Pattern { name: "None: ", instead: "write `None` means …", count: count_none },
    Pattern { name: "one-word doc", instead: "write a sentence", count: count_one_word_docs },
];

/// How often each file has a pattern, by the name of the pattern.
type Counts = BTreeMap<String, BTreeMap<String, usize>>;

/// How the table begins.
const HEAD: &str = "# How often files still have words that `cargo xtask tidy` (the check `words`) keeps out of new text. A count may only shrink.\n\
                    # `cargo xtask words` writes this anew, and refuses where a pattern has become more frequent.\n";

/// The table says how often each file has each pattern.
pub(super) fn words(project: &Project) -> Vec<String> {
    let table = match read(&project.tree) {
        Ok(table) => table,
        Err(error) => return vec![format!("{error:#}")],
    };
    let counts = count(&project.tree);
    let mut findings = Vec::new();
    for Pattern { name, instead, .. } in &PATTERNS {
        let nothing = BTreeMap::new();
        let (known, found) = (table.get(*name).unwrap_or(&nothing), counts.get(*name).unwrap_or(&nothing));
        for (path, count) in found {
            let known = known.get(path).copied().unwrap_or_default();
            if *count > known {
                findings.push(format!("{path} has `{name}` {count} times, and {known} times by {TABLE}: {instead}"));
            }
        }
        for (path, known) in known {
            let count = found.get(path).copied().unwrap_or_default();
            if count < *known {
                let write = "run `cargo xtask words` to count anew";
                findings.push(format!("{path} has `{name}` {count} times, and {known} times by {TABLE}: {write}"));
            }
        }
    }
    let unknown = table.keys().filter(|name| PATTERNS.iter().all(|pattern| pattern.name != **name));
    findings.extend(unknown.map(|name| format!("{TABLE} counts `{name}`, which is not a pattern: take it out")));
    findings
}

/// Writes the table anew.
///
/// # Errors
///
/// A pattern is more frequent than before. Nothing is written then.
pub(crate) fn write() -> Result<()> {
    let root = tree::root();
    let tree = Tree::read(&root)?;
    let counts = count(&tree);
    if tree.get(TABLE).is_some() {
        let before = read(&tree)?;
        for (name, files) in &counts {
            let (now, most) = (files.values().sum::<usize>(), before.get(name).map_or(0, |files| files.values().sum()));
            if now > most {
                bail!("`{name}` is there {now} times, and was {most} times: `cargo xtask tidy` names the files");
            }
        }
    }
    let text = format!("{HEAD}\n{}", toml::to_string(&counts)?);
    std::fs::write(root.join(TABLE), text).with_context(|| format!("cannot write `{TABLE}`"))?;
    for (name, files) in &counts {
        println!("`{name}`: {} in {} files", files.values().sum::<usize>(), files.len());
    }
    Ok(())
}

fn read(tree: &Tree) -> Result<Counts> {
    let text = tree.get(TABLE).with_context(|| format!("{TABLE} is missing: run `cargo xtask words`"))?;
    toml::from_str(text).with_context(|| format!("{TABLE} is not what `cargo xtask words` writes"))
}

/// Counts every pattern in every file. What is not there is left out.
fn count(tree: &Tree) -> Counts {
    let mut counts = Counts::new();
    for (path, text) in KINDS.into_iter().flat_map(|kind| tree.of_kind(kind)).filter(|(path, _)| *path != THIS) {
        for pattern in &PATTERNS {
            let count = (pattern.count)(text);
            if count > 0 {
                counts.entry(pattern.name.to_owned()).or_default().insert(path.to_owned(), count);
            }
        }
    }
    counts
}

/// How often these words stand in a text, also at the break of a line.
fn count_words(text: &str, words: &str) -> usize {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    let lines = text.lines().map(|line| line.trim_start_matches(['/', '!', ' ']));
    let text = lines.collect::<Vec<_>>().join(" ").to_lowercase();
    let found = text.match_indices(words);
    found.filter(|(at, _)| !text[..*at].ends_with(is_part) && !text[at + words.len()..].starts_with(is_part)).count()
}

/// How often a comment explains an absent value by a label.
fn count_none(text: &str) -> usize {
    let comments = text.lines().map(str::trim_start).filter(|line| line.starts_with("//"));
    comments.map(|line| line.matches("None: ").count() + line.matches("`None`: ").count()).sum()
}

/// How many doc comments have one word and nothing else.
fn count_one_word_docs(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let doc = |at: Option<usize>| {
        let line = *lines.get(at?)?;
        line.strip_prefix("///").or(line.strip_prefix("//!"))
    };
    let is_one_word = |doc: &str| doc.trim().ends_with('.') && !doc.trim().contains([' ', '`', '[']);
    (0..lines.len())
        .filter(|at| doc(Some(*at)).is_some_and(is_one_word) && doc(at.checked_sub(1)).is_none() && doc(Some(at + 1)).is_none())
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: [(&str, &str); 2]) -> Vec<String> {
        words(&Project { tree: Tree::from(files), ..Project::default() })
    }

    #[test]
    fn each_pattern_is_counted() {
        for (pattern, text, count) in [
            ("whoever", "Whoever asks,\n// whoever", 2),
            ("whoever", "whoevers", 0),
            ("so many", "/// So many.\n/// It is so\n/// many, and also many.", 2),
            ("None: ", "/// Its id. None: it has none.\n/// `None`: no\nlet a = \"None: \";", 2),
            ("None: ", "/// `None` means none.", 0),
            ("one-word doc", "/// Which.\na: u8,\n/// It is\n/// long.\n//! Where.\n", 1),
            ("one-word doc", "/// `x`.\na\n/// [`X`].\n// Which.\n\"Which.\"", 0),
        ] {
            let pattern = PATTERNS.iter().find(|known| known.name == pattern).unwrap();
            assert_eq!((pattern.count)(text), count, "{text}");
        }
    }

    #[test]
    fn a_count_that_is_not_the_one_in_the_table_is_found() {
        let table = |count: usize| format!("[whoever]\n\"a.md\" = {count}\n");
        assert!(found([("a.md", "whoever"), (TABLE, &table(1))]).is_empty());
        let more = found([("a.md", "whoever, whoever"), (TABLE, &table(1))]);
        assert_eq!(more, ["a.md has `whoever` 2 times, and 1 times by xtask/words.toml: name who it is"]);
        let fewer = found([("a.md", "she"), (TABLE, &table(1))]);
        assert!(fewer[0].contains("0 times, and 1 times") && fewer[0].contains("run `cargo xtask words`"), "{fewer:?}");
        assert!(found([("b.rs", "// so many"), (TABLE, "")])[0].contains("b.rs has `so many` 1 times"));
        assert!(found([("a.md", ""), (TABLE, "[so]\n")])[0].contains("is not a pattern"));
        assert!(found([("a.md", ""), ("b.md", "")])[0].contains("is missing"));
        assert!(found([("a.md", ""), (TABLE, "<<<<")])[0].contains("is not what"));
    }
}
