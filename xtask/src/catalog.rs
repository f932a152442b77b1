//! A catalog file: the permissions, built-in lists and categories of a policy, read and judged.
//!
//! Knows nothing of where the file lies or what is made from it. Every mistake is reported, each with its line and its fix.

mod document;

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;
use toml::Spanned;

use self::document::Document;

/// How many permissions a catalog can hold: the bits of the contract's `permission-set`.
pub(crate) const CAPACITY: usize = 256;

/// Numbers of permissions.
pub(crate) type Set = BTreeSet<usize>;

/// A catalog without mistakes.
#[derive(Debug)]
pub(crate) struct Catalog {
    /// The name of the policy.
    pub(crate) policy: String,
    /// The semantic version of the policy.
    pub(crate) version: String,
    /// The number of the permission that makes a project visible, if there is one.
    pub(crate) view_project: Option<usize>,
    /// What the rules for the life of a key name.
    pub(crate) lifecycle: Lifecycle,
    /// Which actions an action implies on the same resource.
    pub(crate) implications: Vec<Implication>,
    /// All permissions. The position of each is its number.
    pub(crate) permissions: Vec<Permission>,
    /// The built-in lists, in the order of [`LISTS`], with implication applied.
    pub(crate) lists: [Set; LISTS.len()],
    /// The groups that restricted keys are made from.
    pub(crate) categories: Vec<Category>,
}

/// The names of the built-in lists.
pub(crate) const LISTS: [&str; 5] = ["viewer", "member", "admin", "lite-member", "organization-member"];

/// What the rules for the life of a key name. Permissions are numbers.
#[derive(Debug, PartialEq)]
pub(crate) struct Lifecycle {
    /// The name that nobody gives to a key.
    pub(crate) reserved_name: String,
    /// The actions that a key can list on any resource.
    pub(crate) actions: Vec<String>,
    /// What a key needs to look at keys.
    pub(crate) see_keys: usize,
    /// What a key needs to make, edit or revoke keys.
    pub(crate) manage_keys: usize,
    /// What it takes to see a project's own key.
    pub(crate) read_project_key: usize,
    /// What it takes to replace a project's own key.
    pub(crate) rotate_project_key: usize,
    /// What the owner must have for the roles admin, member and viewer: at the organization, and below it.
    pub(crate) ceiling: [[usize; 2]; 3],
}

/// An action and what it implies.
#[derive(Debug)]
pub(crate) struct Implication {
    /// The action that implies.
    pub(crate) action: String,
    /// The actions that it implies.
    pub(crate) implies: Vec<String>,
}

/// One permission.
#[derive(Debug)]
pub(crate) struct Permission {
    /// The resource, without the action.
    pub(crate) resource: String,
    /// The action, without the resource.
    pub(crate) action: String,
    /// Where the permissions of the resource apply.
    pub(crate) tier: Tier,
}

/// Where the permissions of a resource apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tier {
    /// Granted at organization scope only.
    Organization,
    /// Granted by any binding.
    Any,
    /// As `Any`, but never held by a project key.
    Platform,
}

/// A group of resources.
#[derive(Debug)]
pub(crate) struct Category {
    /// Its name in data.
    pub(crate) key: String,
    /// Its name for people.
    pub(crate) label: String,
    /// Whether LangWatch documents it.
    pub(crate) documented: bool,
    /// The names of its resources.
    pub(crate) resources: Vec<String>,
    /// What `read` selects; empty where there is no such level.
    pub(crate) read: Set,
    /// What `write` selects; empty where there is no such level.
    pub(crate) write: Set,
}

/// A mistake in a catalog file.
#[derive(Debug, PartialEq, Eq, Error)]
#[error("line {line}: {mistake}")]
pub(crate) struct Problem {
    /// The line, counted from 1.
    pub(crate) line: usize,
    /// What is wrong there, and what to do.
    pub(crate) mistake: Mistake,
}

/// What can be wrong in a catalog file.
#[derive(Debug, PartialEq, Eq, Error)]
pub(crate) enum Mistake {
    /// The text is no TOML, or a field is unknown, missing or of another kind.
    #[error("{0}")]
    Form(String),
    /// A name that cannot be one.
    #[error("{what} `{name}` is no name: use ASCII letters, digits, `-` and `_`, at least one")]
    Name { what: &'static str, name: String },
    /// The policy's version is not a semantic one.
    #[error("policy version `{0}` is no semantic version: write major.minor.patch, as in 1.0.0")]
    Version(String),
    /// Something stands there for the second time.
    #[error("{what} `{name}` stands here for the second time: take one of the two away")]
    Repeated { what: &'static str, name: String },
    /// Nothing where something is needed.
    #[error("{what} of `{of}` is empty: name at least one, or take `{of}` away")]
    Empty { what: &'static str, of: String },
    /// More permissions than bits.
    #[error("the catalog has {0} permissions: a permission set has room for {CAPACITY}, so take some away")]
    TooMany(usize),
    /// A tier that does not exist.
    #[error("tier `{0}` does not exist: use `organization`, `any` or `platform`")]
    Tier(String),
    /// A level that does not exist.
    #[error("level `{0}` does not exist: use `read` or `write`")]
    Level(String),
    /// A permission that no resource has.
    #[error("permission `{0}` is not in the catalog: correct it, or add the action to its resource")]
    Permission(String),
    /// A resource that the catalog does not have.
    #[error("resource `{0}` is not in the catalog: correct it, or add a [[resource]] of that name")]
    Resource(String),
    /// An implied action that implies others.
    #[error("`{action}` implies `{implied}`, which implies others: list here what it should imply, for one step is all there is")]
    Chained { action: String, implied: String },
    /// An action of an implication that no resource has.
    #[error("no resource has the action `{0}`: correct it, or take it away")]
    Action(String),
    /// A category with the level `read` over resources that nobody can view.
    #[error("category `{0}` has the level `read`, but none of its resources has the action `view`: take the level away")]
    NothingToRead(String),
}

impl Catalog {
    /// Reads a catalog file.
    ///
    /// # Errors
    ///
    /// Every mistake of the text, in the order of its lines. Text that does not have the form of a catalog file has only that one.
    pub(crate) fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        let document = Document::parse(text).map_err(|problem| vec![problem])?;
        let mut reader = Reader { text, problems: Vec::new() };
        let catalog = reader.catalog(document);
        let mut problems = reader.problems;
        problems.sort_by_key(|problem| problem.line);
        if problems.is_empty() { Ok(catalog) } else { Err(problems) }
    }

    /// Every permission.
    pub(crate) fn all(&self) -> Set {
        (0..self.permissions.len()).collect()
    }

    /// The permissions of a tier.
    pub(crate) fn of_tier(&self, tier: Tier) -> Set {
        self.all().into_iter().filter(|&number| self.permissions[number].tier == tier).collect()
    }

    /// What a project key holds: everything that is neither the organization's nor the platform's.
    pub(crate) fn project_key(&self) -> Set {
        self.of_tier(Tier::Any)
    }
}

impl Permission {
    /// `resource:action`.
    pub(crate) fn name(&self) -> String {
        format!("{}:{}", self.resource, self.action)
    }
}

impl Tier {
    /// As the catalog file writes it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Any => "any",
            Self::Platform => "platform",
        }
    }
}

/// Turns a document into a catalog and notes every mistake on the way.
struct Reader<'a> {
    text: &'a str,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn catalog(&mut self, document: Document) -> Catalog {
        self.name("policy", &document.policy.name);
        if semver::Version::parse(document.policy.version.get_ref()).is_err() {
            self.note(&document.policy.version, Mistake::Version(document.policy.version.get_ref().clone()));
        }
        let permissions = self.permissions(&document.resource);
        let implications = self.implications(&document.implies, &permissions);
        let numbers = permissions.iter().enumerate().map(|(number, permission)| (permission.name(), number)).collect();
        let lists = document.lists.in_order().map(|list| {
            let named = self.list(list, &numbers);
            closed(&named, &implications, &permissions)
        });
        let view_project = document.policy.view_project.as_ref().and_then(|name| self.number(name, &numbers));
        let lifecycle = self.lifecycle(&document.lifecycle, &numbers);
        let categories = self.categories(&document.category, &permissions);
        Catalog {
            policy: document.policy.name.into_inner(),
            version: document.policy.version.into_inner(),
            view_project,
            lifecycle,
            implications,
            permissions,
            lists,
            categories,
        }
    }

    fn lifecycle(&mut self, lifecycle: &document::Lifecycle, numbers: &BTreeMap<String, usize>) -> Lifecycle {
        let document::Lifecycle { reserved_name, actions, ceiling, .. } = lifecycle;
        self.unique("action", actions);
        for action in actions {
            self.name("action", action);
        }
        if reserved_name.get_ref().is_empty() {
            self.note(reserved_name, Mistake::Empty { what: "name", of: "reserved-name".into() });
        }
        // A permission that there is not was noted: no catalog comes of it.
        let mut number = |name: &Spanned<String>| self.number(name, numbers).unwrap_or_default();
        Lifecycle {
            see_keys: number(&lifecycle.see_keys),
            manage_keys: number(&lifecycle.manage_keys),
            read_project_key: number(&lifecycle.read_project_key),
            rotate_project_key: number(&lifecycle.rotate_project_key),
            ceiling: [&ceiling.admin, &ceiling.member, &ceiling.viewer]
                .map(|needed| [number(&needed.organization), number(&needed.below)]),
            reserved_name: reserved_name.get_ref().clone(),
            actions: actions.iter().map(|action| action.get_ref().clone()).collect(),
        }
    }

    fn permissions(&mut self, resources: &[document::Resource]) -> Vec<Permission> {
        let mut permissions = Vec::new();
        self.unique("resource", resources.iter().map(|resource| &resource.name));
        for resource in resources {
            self.name("resource", &resource.name);
            self.some("actions", &resource.name, &resource.actions);
            self.unique("action", &resource.actions);
            let tier = match resource.tier.get_ref().as_str() {
                "organization" => Tier::Organization,
                "any" => Tier::Any,
                "platform" => Tier::Platform,
                other => {
                    self.note(&resource.tier, Mistake::Tier(other.into()));
                    Tier::Any
                }
            };
            for action in &resource.actions {
                self.name("action", action);
                let (resource, action) = (resource.name.get_ref().clone(), action.get_ref().clone());
                permissions.push(Permission { resource, action, tier });
            }
        }
        if permissions.len() > CAPACITY {
            let last = resources.last().map_or(0, |resource| resource.name.span().start);
            self.problems.push(Problem { line: line(self.text, last), mistake: Mistake::TooMany(permissions.len()) });
        }
        permissions
    }

    fn implications(
        &mut self,
        implies: &BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
        permissions: &[Permission],
    ) -> Vec<Implication> {
        let known: BTreeSet<&str> = permissions.iter().map(|permission| permission.action.as_str()).collect();
        let implication = |(action, implied): (&Spanned<String>, &Vec<Spanned<String>>)| {
            self.some("what is implied", action, implied);
            self.unique("implied action", implied);
            for name in implied.iter().chain([action]).filter(|name| !known.contains(name.get_ref().as_str())) {
                self.note(name, Mistake::Action(name.get_ref().clone()));
            }
            for name in implied.iter().filter(|name| implies.contains_key(*name)) {
                self.note(name, Mistake::Chained { action: action.get_ref().clone(), implied: name.get_ref().clone() });
            }
            let implies = implied.iter().map(|name| name.get_ref().clone()).collect();
            Implication { action: action.get_ref().clone(), implies }
        };
        implies.iter().map(implication).collect()
    }

    fn list(&mut self, list: &[Spanned<String>], numbers: &BTreeMap<String, usize>) -> Set {
        self.unique("permission", list);
        list.iter().filter_map(|name| self.number(name, numbers)).collect()
    }

    fn categories(&mut self, categories: &[document::Category], permissions: &[Permission]) -> Vec<Category> {
        self.unique("category", categories.iter().map(|category| &category.key));
        categories.iter().map(|category| self.category(category, permissions)).collect()
    }

    fn category(&mut self, category: &document::Category, permissions: &[Permission]) -> Category {
        self.name("category", &category.key);
        self.some("resources", &category.key, &category.resources);
        self.some("levels", &category.key, &category.levels);
        self.unique("resource", &category.resources);
        self.unique("level", &category.levels);
        let resources: Vec<String> = category.resources.iter().map(|name| name.get_ref().clone()).collect();
        for name in &category.resources {
            if !permissions.iter().any(|permission| permission.resource == *name.get_ref()) {
                self.note(name, Mistake::Resource(name.get_ref().clone()));
            }
        }
        let of = |keep: &dyn Fn(&Permission) -> bool| -> Set {
            let own = |permission: &Permission| resources.contains(&permission.resource) && keep(permission);
            permissions.iter().enumerate().filter(|(_, permission)| own(permission)).map(|(number, _)| number).collect()
        };
        let (mut read, mut write) = (Set::new(), Set::new());
        for level in &category.levels {
            match level.get_ref().as_str() {
                "read" => read = of(&|permission| permission.action == "view"),
                "write" => write = of(&|_| true),
                other => self.note(level, Mistake::Level(other.into())),
            }
            if level.get_ref() == "read" && read.is_empty() {
                self.note(level, Mistake::NothingToRead(category.key.get_ref().clone()));
            }
        }
        let (key, label) = (category.key.get_ref().clone(), category.label.clone());
        Category { key, label, documented: category.documented, resources, read, write }
    }

    fn number(&mut self, name: &Spanned<String>, numbers: &BTreeMap<String, usize>) -> Option<usize> {
        let number = numbers.get(name.get_ref()).copied();
        if number.is_none() {
            self.note(name, Mistake::Permission(name.get_ref().clone()));
        }
        number
    }

    fn name(&mut self, what: &'static str, name: &Spanned<String>) {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if name.get_ref().is_empty() || !name.get_ref().bytes().all(fits) {
            self.note(name, Mistake::Name { what, name: name.get_ref().clone() });
        }
    }

    fn some(&mut self, what: &'static str, of: &Spanned<String>, items: &[Spanned<String>]) {
        if items.is_empty() {
            self.note(of, Mistake::Empty { what, of: of.get_ref().clone() });
        }
    }

    fn unique<'a>(&mut self, what: &'static str, names: impl IntoIterator<Item = &'a Spanned<String>>) {
        let mut seen = BTreeSet::new();
        for name in names {
            if !seen.insert(name.get_ref()) {
                self.note(name, Mistake::Repeated { what, name: name.get_ref().clone() });
            }
        }
    }

    fn note(&mut self, place: &Spanned<String>, mistake: Mistake) {
        self.problems.push(Problem { line: line(self.text, place.span().start), mistake });
    }
}

/// The set with implication applied.
fn closed(named: &Set, implications: &[Implication], permissions: &[Permission]) -> Set {
    let holds = |permission: &Permission| {
        named.iter().map(|&number| &permissions[number]).any(|held| {
            let implied =
                |implication: &Implication| implication.action == held.action && implication.implies.contains(&permission.action);
            held.resource == permission.resource && (held.action == permission.action || implications.iter().any(implied))
        })
    };
    permissions.iter().enumerate().filter(|(_, permission)| holds(permission)).map(|(number, _)| number).collect()
}

/// The line that a byte of the text is on, counted from 1.
fn line(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|&byte| byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests;
