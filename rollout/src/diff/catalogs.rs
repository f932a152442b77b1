//! The permissions of two versions, by name.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use clearance_policy::types::{Description, PermissionSet};

/// The names of both versions, and where the numbers of each stand among them.
pub(super) struct Catalogs {
    names: Vec<String>,
    /// By position in `names`: the number in the version before and after.
    numbers: Vec<(Option<u32>, Option<u32>)>,
    /// Whether both have the same names in the same order, so that their sets can be compared as they are.
    equal: bool,
}

/// The positions of what one principal gains and loses.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Delta {
    pub(super) gained: Vec<u16>,
    pub(super) lost: Vec<u16>,
}

/// What was compared before. Few pairs of sets come up again and again.
#[derive(Default)]
pub(super) struct Deltas(HashMap<(PermissionSet, PermissionSet), Arc<Delta>>);

/// At most this many pairs are remembered.
const MAX_REMEMBERED_PAIRS: usize = 1 << 16;

impl Catalogs {
    pub(super) fn new(before: &Description, after: &Description) -> Self {
        let mut names: Vec<String> = before.permissions.iter().map(|permission| permission.name.clone()).collect();
        let mut numbers: Vec<(Option<u32>, Option<u32>)> = (0..).zip(&names).map(|(number, _)| (Some(number), None)).collect();
        let mut positions: HashMap<String, usize> = names.iter().cloned().zip(0..).collect();
        for (number, permission) in (0..).zip(&after.permissions) {
            let position = *positions.entry(permission.name.clone()).or_insert_with(|| {
                names.push(permission.name.clone());
                numbers.push((None, None));
                names.len() - 1
            });
            if let Some(pair) = numbers.get_mut(position) {
                pair.1 = Some(number);
            }
        }
        let equal = numbers.iter().all(|(before, after)| before == after);
        Self { names, numbers, equal }
    }

    pub(super) fn into_names(self) -> Vec<String> {
        self.names
    }

    /// The numbers of a permission before and after. `None` means that the version does not have it.
    pub(super) fn numbers(&self, position: u16) -> (Option<u32>, Option<u32>) {
        self.numbers.get(usize::from(position)).copied().unwrap_or_default()
    }

    /// What is gained and lost from one set to the other. `None` means that nothing is.
    pub(super) fn delta(&self, before: PermissionSet, after: PermissionSet, deltas: &mut Deltas) -> Option<Arc<Delta>> {
        if self.equal && before == after {
            return None;
        }
        if deltas.0.len() >= MAX_REMEMBERED_PAIRS {
            deltas.0.clear();
        }
        let delta = match deltas.0.entry((before, after)) {
            Entry::Occupied(known) => Arc::clone(known.get()),
            Entry::Vacant(vacant) => Arc::clone(vacant.insert(Arc::new(self.compare(before, after)))),
        };
        (*delta != Delta::default()).then_some(delta)
    }

    fn compare(&self, before: PermissionSet, after: PermissionSet) -> Delta {
        let mut delta = Delta::default();
        // Two catalogs have 512 permissions at the most.
        for (position, (number_before, number_after)) in (0..).zip(&self.numbers) {
            let held = |set: PermissionSet, number: &Option<u32>| number.is_some_and(|number| set.contains(number));
            match (held(before, number_before), held(after, number_after)) {
                (false, true) => delta.gained.push(position),
                (true, false) => delta.lost.push(position),
                _ => {}
            }
        }
        delta
    }
}
