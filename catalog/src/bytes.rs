//! A catalog as the bytes that a component takes. `Catalog::from_bytes` of the rules is the other end, and describes the layout.

use crate::catalog::{Catalog, Category, Lifecycle, ResourceTier, Rules, Set};

/// The version of the layout.
const LAYOUT: u8 = 1;

impl Catalog {
    /// The catalog as a component takes it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

fn encode(catalog: &Catalog) -> Vec<u8> {
    let Catalog { policy, version, rules, view_project, lifecycle, implications, permissions, lists, categories } = catalog;
    let mut out = Bytes(vec![LAYOUT]);
    out.byte(match rules {
        Rules::Langwatch => 0,
        Rules::Strict => 1,
    });
    out.text(policy);
    out.text(version);
    out.number(permissions.len());
    for permission in permissions {
        out.text(&permission.name());
        out.byte(match permission.tier {
            ResourceTier::Organization => 0,
            ResourceTier::Any => 1,
            ResourceTier::Platform => 2,
        });
    }
    out.count(implications.len());
    for implication in implications {
        out.text(&implication.action);
        out.texts(&implication.implies);
    }
    lists.iter().for_each(|list| out.set(list));
    out.count(categories.len());
    for Category { key, label, read, write, .. } in categories {
        out.text(key);
        out.text(label);
        out.set(read);
        out.set(write);
    }
    out.number(view_project.map_or(0, |permission| permission + 1));
    let Lifecycle { reserved_name, actions, see_keys, manage_keys, read_project_key, rotate_project_key, ceiling } = lifecycle;
    out.text(reserved_name);
    out.texts(actions);
    let permissions = [see_keys, manage_keys, read_project_key, rotate_project_key].into_iter().chain(ceiling.as_flattened());
    permissions.for_each(|permission| out.number(*permission));
    out.0
}

struct Bytes(Vec<u8>);

impl Bytes {
    fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    /// A count that fits into a byte: the reader of the catalog file refuses what is beyond the [limits](crate::limits).
    fn count(&mut self, count: usize) {
        self.byte(u8::try_from(count).unwrap_or(u8::MAX));
    }

    /// A permission, or how many there are: 256 at the most.
    fn number(&mut self, number: usize) {
        self.0.extend(u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend(text.as_bytes());
    }

    fn texts(&mut self, texts: &[String]) {
        self.count(texts.len());
        texts.iter().for_each(|text| self.text(text));
    }

    fn set(&mut self, set: &Set) {
        let mut bits = [0_u8; 32];
        for (at, byte) in bits.iter_mut().enumerate() {
            *byte = (0..8).filter(|bit| set.contains(&(at * 8 + bit))).fold(0, |byte, bit| byte | 1 << bit);
        }
        self.0.extend(bits);
    }
}
