//! From the form of a catalog file to what it means, with every mistake on the way.

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;

use crate::{
    catalog::{Catalog, Category, Implication, Lifecycle, MAX_PERMISSIONS, Permission, ResourceTier, Rules, Set},
    document::{self, Document},
    limits::{MAX_LIST_ITEMS, MAX_NAME_BYTES, MAX_TEXT_BYTES},
    mistake::{Mistake, Problem},
};

impl Catalog {
    /// Reads a catalog file.
    ///
    /// # Errors
    ///
    /// Every mistake of the text, in the order of its lines. Text that does not have the form of a catalog file has only that one.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        let document = Document::parse(text).map_err(|problem| vec![problem])?;
        Reader::read(text, document)
    }
}

/// Turns a document into a catalog and notes every mistake on the way.
struct Reader<'a> {
    text: &'a str,
    problems: Vec<Problem>,
}

impl<'t> Reader<'t> {
    /// The catalog of a document, or every mistake in the order of the lines.
    fn read(text: &'t str, document: Document) -> Result<Catalog, Vec<Problem>> {
        let mut reader = Self { text, problems: Vec::new() };
        let catalog = reader.catalog(document);
        let mut problems = reader.problems;
        problems.sort_by_key(|problem| problem.line);
        if problems.is_empty() { Ok(catalog) } else { Err(problems) }
    }

    fn catalog(&mut self, document: Document) -> Catalog {
        self.require_name("policy", &document.policy.name);
        if semver::Version::parse(document.policy.version.get_ref()).is_err() {
            self.note(&document.policy.version, Mistake::Version(document.policy.version.get_ref().clone()));
        }
        self.limit_bytes("the policy's version", &document.policy.version);
        let rules = self.rules(document.policy.rules.as_ref());
        let permissions = self.permissions(&document.resource);
        let implications = self.implications(&document.implies, &permissions);
        let numbers = permissions.iter().enumerate().map(|(number, permission)| (permission.name(), number)).collect();
        let lists = document.lists.in_order().map(|list| {
            let named = self.list(list, &numbers);
            with_implied(&named, &implications, &permissions)
        });
        let view_project = document.policy.view_project.as_ref().and_then(|name| self.number(name, &numbers));
        let lifecycle = self.lifecycle(&document.lifecycle, &numbers);
        let categories = self.categories(&document.category, &permissions);
        Catalog {
            policy: document.policy.name.into_inner(),
            version: document.policy.version.into_inner(),
            rules,
            view_project,
            lifecycle,
            implications,
            permissions,
            lists,
            categories,
        }
    }

    fn rules(&mut self, rules: Option<&Spanned<String>>) -> Rules {
        let Some(name) = rules else { return Rules::Langwatch };
        match [Rules::Langwatch, Rules::Strict].into_iter().find(|rules| rules.as_str() == name.get_ref()) {
            Some(rules) => rules,
            None => {
                self.note(name, Mistake::Rules(name.get_ref().clone()));
                Rules::Langwatch
            }
        }
    }

    fn lifecycle(&mut self, lifecycle: &document::Lifecycle, numbers: &BTreeMap<String, usize>) -> Lifecycle {
        let document::Lifecycle { reserved_name, actions, ceiling, .. } = lifecycle;
        self.require_unique("action", actions);
        self.limit_items("actions", "lifecycle", actions);
        for action in actions {
            self.require_name("action", action);
        }
        self.limit_bytes("the reserved name", reserved_name);
        if reserved_name.get_ref().is_empty() {
            self.note(reserved_name, Mistake::Empty { what: "name", of: "reserved-name".into() });
        }
        // A permission that does not exist was noted, so the catalog is refused anyway.
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
        self.require_unique("resource", resources.iter().map(|resource| &resource.name));
        for resource in resources {
            self.require_name("resource", &resource.name);
            self.require_some("actions", &resource.name, &resource.actions);
            self.require_unique("action", &resource.actions);
            let tier = match resource.tier.get_ref().as_str() {
                "organization" => ResourceTier::Organization,
                "any" => ResourceTier::Any,
                "platform" => ResourceTier::Platform,
                other => {
                    self.note(&resource.tier, Mistake::Tier(other.into()));
                    ResourceTier::Any
                }
            };
            for action in &resource.actions {
                self.require_name("action", action);
                let (resource, action) = (resource.name.get_ref().clone(), action.get_ref().clone());
                permissions.push(Permission { resource, action, tier });
            }
        }
        if permissions.len() > MAX_PERMISSIONS {
            let last = resources.last().map_or(0, |resource| resource.name.span().start);
            self.problems.push(Problem::at(self.text, last, Mistake::TooMany(permissions.len())));
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
            self.require_some("what is implied", action, implied);
            self.limit_items("implied actions", action.get_ref(), implied);
            self.require_unique("implied action", implied);
            for name in implied.iter().chain([action]).filter(|name| !known.contains(name.get_ref().as_str())) {
                self.note(name, Mistake::Action(name.get_ref().clone()));
            }
            for name in implied.iter().filter(|name| implies.contains_key(*name)) {
                self.note(name, Mistake::Chained { action: action.get_ref().clone(), implied: name.get_ref().clone() });
            }
            let implies = implied.iter().map(|name| name.get_ref().clone()).collect();
            Implication { action: action.get_ref().clone(), implies }
        };
        let implications: Vec<_> = implies.iter().map(implication).collect();
        if let Some((first, _)) = implies.first_key_value().filter(|_| implications.len() > MAX_LIST_ITEMS) {
            self.note(first, Mistake::TooManyOf { what: "actions", of: "implies".into(), count: implications.len() });
        }
        implications
    }

    fn list(&mut self, list: &[Spanned<String>], numbers: &BTreeMap<String, usize>) -> Set {
        self.require_unique("permission", list);
        list.iter().filter_map(|name| self.number(name, numbers)).collect()
    }

    fn categories(&mut self, categories: &[document::Category], permissions: &[Permission]) -> Vec<Category> {
        self.require_unique("category", categories.iter().map(|category| &category.key));
        if let Some(last) = categories.last().filter(|_| categories.len() > MAX_LIST_ITEMS) {
            self.note(&last.key, Mistake::TooManyOf { what: "categories", of: "category".into(), count: categories.len() });
        }
        categories.iter().map(|category| self.category(category, permissions)).collect()
    }

    fn category(&mut self, category: &document::Category, permissions: &[Permission]) -> Category {
        self.require_name("category", &category.key);
        self.limit_bytes("the label", &category.label);
        self.require_some("resources", &category.key, &category.resources);
        self.require_some("levels", &category.key, &category.levels);
        self.require_unique("resource", &category.resources);
        self.require_unique("level", &category.levels);
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
        let (key, label) = (category.key.get_ref().clone(), category.label.get_ref().clone());
        Category { key, label, documented: category.documented, resources, read, write }
    }

    fn number(&mut self, name: &Spanned<String>, numbers: &BTreeMap<String, usize>) -> Option<usize> {
        let number = numbers.get(name.get_ref()).copied();
        if number.is_none() {
            self.note(name, Mistake::Permission(name.get_ref().clone()));
        }
        number
    }

    fn require_name(&mut self, what: &'static str, name: &Spanned<String>) {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if name.get_ref().is_empty() || !name.get_ref().bytes().all(fits) {
            self.note(name, Mistake::Name { what, name: name.get_ref().clone() });
        } else if name.get_ref().len() > MAX_NAME_BYTES {
            self.note(name, Mistake::LongName { what, name: name.get_ref().clone(), bytes: name.get_ref().len() });
        }
    }

    fn limit_bytes(&mut self, what: &'static str, text: &Spanned<String>) {
        let bytes = text.get_ref().len();
        if bytes > MAX_TEXT_BYTES {
            self.note(text, Mistake::TooLong { what, bytes });
        }
    }

    fn limit_items(&mut self, what: &'static str, of: &str, items: &[Spanned<String>]) {
        if let Some(last) = items.last().filter(|_| items.len() > MAX_LIST_ITEMS) {
            self.note(last, Mistake::TooManyOf { what, of: of.into(), count: items.len() });
        }
    }

    fn require_some(&mut self, what: &'static str, of: &Spanned<String>, items: &[Spanned<String>]) {
        if items.is_empty() {
            self.note(of, Mistake::Empty { what, of: of.get_ref().clone() });
        }
    }

    fn require_unique<'a>(&mut self, what: &'static str, names: impl IntoIterator<Item = &'a Spanned<String>>) {
        let mut seen = BTreeSet::new();
        for name in names {
            if !seen.insert(name.get_ref()) {
                self.note(name, Mistake::Repeated { what, name: name.get_ref().clone() });
            }
        }
    }

    fn note(&mut self, place: &Spanned<String>, mistake: Mistake) {
        self.problems.push(Problem::at(self.text, place.span().start, mistake));
    }
}

/// The set with implication applied.
fn with_implied(named: &Set, implications: &[Implication], permissions: &[Permission]) -> Set {
    let holds = |permission: &Permission| {
        named.iter().filter_map(|&number| permissions.get(number)).any(|held| {
            let implied =
                |implication: &Implication| implication.action == held.action && implication.implies.contains(&permission.action);
            held.resource == permission.resource && (held.action == permission.action || implications.iter().any(implied))
        })
    };
    permissions.iter().enumerate().filter(|(_, permission)| holds(permission)).map(|(number, _)| number).collect()
}

#[cfg(test)]
mod tests;
