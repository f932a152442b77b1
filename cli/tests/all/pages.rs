//! What the documentation shows of the command is what the command says.

use std::fs;
use std::process::Stdio;

use crate::run::{Run, command, file, finish};

/// The pages with commands and what they print.
const PAGES: [&str; 2] = ["README.md", "docs/concepts.md"];

/// Where the generated part of `docs/cli.md` begins and ends.
const PART: (&str, &str) = ("<!-- commands: written by a test, with CLEARANCE_BLESS=1 -->\n", "<!-- end -->\n");

/// One command: its words behind `clearance`, what it is for, and its whole help.
struct Help {
    words: Vec<String>,
    about: String,
    text: String,
}

impl Help {
    fn of(words: Vec<String>) -> Self {
        let mut arguments: Vec<&str> = words.iter().map(String::as_str).collect();
        arguments.push("--help");
        let mut help = command(&arguments);
        help.env("COLUMNS", "100");
        let Run { code, out, err } = finish(help);
        assert_eq!((code, &*err), (0, ""), "{words:?}");
        let text: String = out.trim_end().lines().map(|line| format!("{}\n", line.trim_end())).collect();
        let about = text.lines().take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
        Self { words, about, text }
    }

    /// The names of the commands below this one.
    fn below(&self) -> Vec<String> {
        let list = self.text.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
        // What does not fit on a line goes on further to the right.
        let names = list.filter_map(|line| line.strip_prefix("  ")).filter(|line| !line.starts_with(' '));
        let names = names.filter_map(|line| line.split_whitespace().next());
        names.filter(|name| *name != "help").map(str::to_owned).collect()
    }

    fn name(&self) -> String {
        ["clearance"].into_iter().chain(self.words.iter().map(String::as_str)).collect::<Vec<_>>().join(" ")
    }
}

/// This command and all below it, each before what is below it.
fn all(words: Vec<String>) -> Vec<Help> {
    let own = Help::of(words);
    let below: Vec<Help> =
        own.below().into_iter().flat_map(|name| all(own.words.iter().cloned().chain([name]).collect())).collect();
    [own].into_iter().chain(below).collect()
}

#[test]
fn the_page_of_commands_is_their_help() {
    let commands = all(Vec::new());
    let (groups, single) = (commands.iter().filter(|help| !help.below().is_empty()).count(), commands.len());
    assert!(groups > 4 && single > 40, "{groups} groups, {single} commands");
    let mut part = "\n| command | what it does |\n|---|---|\n".to_owned();
    for help in commands.iter().filter(|help| help.below().is_empty()) {
        part += &format!("| [`{}`](#{}) | {} |\n", help.words.join(" "), help.name().replace(' ', "-"), help.about);
    }
    for help in &commands {
        part += &format!("\n## {}\n\n```text\n{}```\n", help.name(), help.text);
    }
    part += "\n";

    clearance_committed::check_part("docs/cli.md", PART, &part);
}

#[test]
fn what_pages_show_is_what_the_command_prints() {
    let mut shown = 0;
    for name in PAGES {
        let page = fs::read_to_string(file(name)).expect("the page is there");
        let (now, count) = with_answers(&page);
        shown += count;
        clearance_committed::check(name, &now);
    }
    assert!(shown > 4, "only {shown} commands are shown");
}

/// The page with what each `$ clearance …` in a `console` block prints, and how many there are.
fn with_answers(page: &str) -> (String, usize) {
    let (mut now, mut shown) = (String::new(), 0);
    let (mut in_block, mut in_answer) = (false, false);
    for line in page.lines() {
        if line.starts_with("```") {
            (in_block, in_answer) = (line == "```console", false);
        } else if let Some(asked) = line.strip_prefix("$ clearance ").filter(|_| in_block) {
            let arguments: Vec<&str> = asked.split_whitespace().collect();
            now += &format!("{line}\n{}", answer(&arguments));
            (in_answer, shown) = (true, shown + 1);
            continue;
        } else if line.starts_with("$ ") {
            in_answer = false;
        }
        if !in_answer {
            now += &format!("{line}\n");
        }
    }
    (now, shown)
}

/// What a command prints in the folder of the repository.
fn answer(arguments: &[&str]) -> String {
    let mut command = command(arguments);
    command.current_dir(file(".")).env("COLUMNS", "100").stdin(Stdio::null());
    let Run { code, out, err } = finish(command);
    assert!(code == 0 || code == 1, "{arguments:?}: {err}");
    assert_eq!(err, "", "{arguments:?}");
    out
}
