//! What each role gains and loses, as a picture: a row for each permission, a column for each role.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use clearance::{Directory, PolicyVersion, Reason};
use clearance_rollout::diff::{Diff, Through};

use crate::report::is_hidden;

/// A picture in the form of SVG, with everything that it needs inside.
pub(crate) struct Picture {
    title: String,
    permissions: Vec<String>,
    columns: Vec<(Column, String)>,
    cells: BTreeMap<(usize, usize), Cell>,
    /// The number of custom roles that are left out.
    left_out: usize,
}

/// Where a permission comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Admin,
    Member,
    Viewer,
    Rule(&'static str),
    Custom(String),
    Missing,
}

#[derive(Clone, Copy, Default)]
struct Cell {
    /// It stands in the list of the role before and after.
    held: bool,
    gains: u64,
    losses: u64,
}

/// A picture has no more custom roles than this: those with changes first.
const CUSTOM: usize = 40;
const CELL: usize = 14;
const LEFT: usize = 230;
const TOP: usize = 210;

const GAINED: &str = "#c62828";
const LOST: &str = "#1565c0";
const BOTH: &str = "#6a1b9a";
const HELD: &str = "#cfd4da";
const EMPTY: &str = "#f6f7f9";

impl Picture {
    pub(crate) fn of(
        diff: &Diff<'_>,
        directory: &Directory,
        before: &PolicyVersion,
        after: &PolicyVersion,
    ) -> anyhow::Result<Self> {
        let permissions = diff.permissions().to_vec();
        let rows: BTreeMap<&str, usize> = permissions.iter().map(|name| &**name).zip(0..).collect();
        let mut changes: BTreeMap<(Column, usize), Cell> = BTreeMap::new();
        for entry in diff.entries() {
            let places = u64::try_from(entry.count()).unwrap_or(u64::MAX);
            for change in entry.changes() {
                let column = Column::of(diff, change.role, if change.gain { change.after } else { change.before });
                for row in diff.names(change).filter_map(|name| rows.get(name)) {
                    let cell = changes.entry((column.clone(), *row)).or_default();
                    *if change.gain { &mut cell.gains } else { &mut cell.losses } += places;
                }
            }
        }

        let changed: BTreeSet<Column> = changes.keys().map(|(column, _)| column.clone()).collect();
        let document = directory.document();
        let roles: BTreeMap<&str, &[Box<str>]> = document.roles.iter().map(|role| (&*role.id, &*role.permissions)).collect();
        let custom: Vec<Column> = roles.keys().map(|id| Column::Custom((*id).to_owned())).collect();
        let (first, rest): (Vec<Column>, Vec<Column>) = custom.into_iter().partition(|column| changed.contains(column));
        let left_out = (first.len() + rest.len()).saturating_sub(CUSTOM);
        let shown: BTreeSet<Column> = first.into_iter().chain(rest).take(CUSTOM).collect();
        let built_in = [Column::Admin, Column::Member, Column::Viewer];
        let others = changed.into_iter().filter(|column| !matches!(column, Column::Custom(_)));
        let columns: BTreeSet<Column> = built_in.into_iter().chain(others).chain(shown).collect();

        let mut cells = BTreeMap::new();
        for (position, column) in columns.iter().enumerate() {
            let names = match column {
                Column::Custom(id) => Names::Custom(roles.get(&**id).copied().unwrap_or_default()),
                Column::Admin => Names::List("admin"),
                Column::Member => Names::List("member"),
                Column::Viewer => Names::List("viewer"),
                Column::Rule("floor") => Names::List("organization-member"),
                Column::Rule("project-key") => Names::List("project-key"),
                Column::Rule(_) | Column::Missing => Names::Custom(&[]),
            };
            let (old, new) = (names_in(before, &names)?, names_in(after, &names)?);
            for (name, row) in &rows {
                let mut cell = changes.get(&(column.clone(), *row)).copied().unwrap_or_default();
                cell.held = old.contains(*name) && new.contains(*name);
                if cell.held || cell.gains + cell.losses > 0 {
                    cells.insert((*row, position), cell);
                }
            }
        }
        let name = |version: &clearance_rollout::diff::Version| format!("{} {}", version.policy, version.version);
        let title = format!("From {} to {}: what each role gains and loses", name(diff.before()), name(diff.after()));
        let columns = columns.into_iter().map(|column| (column.clone(), column.label())).collect();
        Ok(Self { title, permissions, columns, cells, left_out })
    }
}

enum Names<'a> {
    List(&'a str),
    Custom(&'a [Box<str>]),
}

/// The names of what a list holds in one version.
fn names_in(version: &PolicyVersion, names: &Names<'_>) -> anyhow::Result<BTreeSet<String>> {
    let set = match names {
        Names::Custom([]) => return Ok(BTreeSet::new()),
        Names::Custom(names) => version.compile(names)?,
        Names::List(name) => match version.description().lists.iter().find(|list| list.name == *name) {
            Some(list) => list.permissions,
            None => return Ok(BTreeSet::new()),
        },
    };
    Ok(set.iter().filter_map(|number| version.permission_name(number)).map(str::to_owned).collect())
}

impl Column {
    /// `granting` is the rule on the side where it is allowed.
    fn of(diff: &Diff<'_>, role: Through, granting: Reason) -> Self {
        match role {
            Through::Admin => Self::Admin,
            Through::Member => Self::Member,
            Through::Viewer => Self::Viewer,
            Through::Custom(role) => Self::Custom(diff.role_id(role).to_owned()),
            Through::Missing => Self::Missing,
            Through::NoBinding => Self::Rule(granting.as_str()),
        }
    }

    fn label(&self) -> String {
        match self {
            Self::Admin => "ADMIN".to_owned(),
            Self::Member => "MEMBER".to_owned(),
            Self::Viewer => "VIEWER".to_owned(),
            Self::Rule(rule) => format!("({rule})"),
            Self::Custom(id) => id.clone(),
            Self::Missing => "(missing custom role)".to_owned(),
        }
    }
}

impl Cell {
    fn colour(self) -> &'static str {
        match (self.gains > 0, self.losses > 0) {
            (true, true) => BOTH,
            (true, false) => GAINED,
            (false, true) => LOST,
            (false, false) => HELD,
        }
    }

    /// Not by colour alone.
    fn sign(self) -> &'static str {
        match (self.gains > 0, self.losses > 0) {
            (true, true) => "±",
            (true, false) => "+",
            (false, true) => "−",
            (false, false) => "",
        }
    }

    fn text(self) -> String {
        match (self.gains, self.losses) {
            (0, 0) => "held before and after".to_owned(),
            (gains, 0) => format!("gained {gains} times"),
            (0, losses) => format!("lost {losses} times"),
            (gains, losses) => format!("gained {gains} times, lost {losses} times"),
        }
    }
}

impl fmt::Display for Picture {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { title, permissions, columns, cells, left_out } = self;
        let width = LEFT + (columns.len() * CELL).max(430) + 40;
        let height = TOP + permissions.len() * CELL + 40;
        let title = Escaped(title);
        writeln!(
            out,
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-labelledby="title" font-family="system-ui, sans-serif" font-size="10" fill="#1b1f24">"##
        )?;
        writeln!(out, r#"<title id="title">{title}</title>"#)?;
        writeln!(out, r##"<rect width="{width}" height="{height}" fill="#ffffff"/>"##)?;
        writeln!(out, r#"<text x="16" y="26" font-size="15" font-weight="600">{title}</text>"#)?;
        let legend = [(GAINED, "+", "gained"), (LOST, "−", "lost"), (BOTH, "±", "both"), (HELD, "", "held before and after")];
        for (position, (colour, sign, meaning)) in legend.into_iter().enumerate() {
            let x = 16 + position * 90;
            square(out, x, 40, colour, sign)?;
            writeln!(out, r#"<text x="{}" y="50">{meaning}</text></g>"#, x + CELL + 4)?;
        }
        if *left_out > 0 {
            writeln!(out, r#"<text x="16" y="74">{left_out} more custom roles are not drawn</text>"#)?;
        }
        for (position, (_, label)) in columns.iter().enumerate() {
            let (x, y) = (LEFT + position * CELL + 10, TOP - 6);
            let short = Escaped(&shorten(label)).to_string();
            writeln!(out, r#"<text transform="translate({x} {y}) rotate(-60)">{short}</text>"#)?;
        }
        for (row, permission) in permissions.iter().enumerate() {
            let y = TOP + row * CELL;
            let short = Escaped(&shorten(permission)).to_string();
            writeln!(out, r#"<text x="{}" y="{}" text-anchor="end">{short}</text>"#, LEFT - 6, y + 10)?;
            for (position, (_, label)) in columns.iter().enumerate() {
                let x = LEFT + position * CELL;
                match cells.get(&(row, position)) {
                    None => writeln!(out, r#"<rect x="{x}" y="{y}" width="12" height="12" fill="{EMPTY}"/>"#)?,
                    Some(cell) => {
                        square(out, x, y, cell.colour(), cell.sign())?;
                        let text = format!("{label}, {permission}: {}", cell.text());
                        writeln!(out, "<title>{}</title></g>", Escaped(&text))?;
                    }
                }
            }
        }
        writeln!(out, "</svg>")
    }
}

/// Opens a group with a square and its sign; the caller closes it.
fn square(out: &mut fmt::Formatter<'_>, x: usize, y: usize, colour: &str, sign: &str) -> fmt::Result {
    write!(out, r#"<g><rect x="{x}" y="{y}" width="12" height="12" fill="{colour}"/>"#)?;
    if !sign.is_empty() {
        write!(out, r##"<text x="{}" y="{}" text-anchor="middle" fill="#ffffff">{sign}</text>"##, x + 6, y + 10)?;
    }
    Ok(())
}

/// Longer names are cut off in the picture, and whole in the text of a cell.
fn shorten(name: &str) -> String {
    const MAX_NAME_CHARS: usize = 32;
    if name.chars().count() <= MAX_NAME_CHARS {
        name.to_owned()
    } else {
        name.chars().take(MAX_NAME_CHARS - 1).chain(['…']).collect()
    }
}

/// Text in XML. What XML cannot hold becomes U+FFFD.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        self.0.chars().try_for_each(|letter| match letter {
            '&' => out.write_str("&amp;"),
            '<' => out.write_str("&lt;"),
            '>' => out.write_str("&gt;"),
            '"' => out.write_str("&quot;"),
            letter if is_hidden(letter) => out.write_char('\u{fffd}'),
            letter => out.write_char(letter),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_place() {
        assert_eq!(Escaped("<b a=\"&\">\u{1b}x").to_string(), "&lt;b a=&quot;&amp;&quot;&gt;\u{fffd}x");
    }
}
