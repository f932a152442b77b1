//! Interned ids: each kind of thing has a table that numbers its ids once and keeps one row for each number.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::slot::to_index;

/// Rows by slot and slots by id. An id is stored once, in its row.
///
/// A slot stands for its id for as long as the table lives, whether or not anything of that id is stored: references to things
/// that do not exist (yet, or any more) are slots too. [`Table::forget`] is the exception.
#[derive(Debug)]
pub(crate) struct Table<T> {
    slots: HashTable<u32>,
    rows: Vec<Row<T>>,
    hasher: DefaultHashBuilder,
    /// Slots that were forgotten.
    free: Vec<u32>,
    /// What a slot of another table reads as: nothing stored.
    blank: T,
}

#[derive(Debug)]
struct Row<T> {
    id: Box<str>,
    value: T,
}

impl<T: Default> Default for Table<T> {
    fn default() -> Self {
        Self {
            slots: HashTable::new(),
            rows: Vec::new(),
            hasher: DefaultHashBuilder::default(),
            free: Vec::new(),
            blank: T::default(),
        }
    }
}

impl<T: Default> Table<T> {
    /// How many slots there are, free ones included.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The slot of an id that was interned before.
    pub(crate) fn find(&self, id: &str) -> Option<u32> {
        self.slots.find(self.hasher.hash_one(id), |&slot| self.id(slot) == id).copied()
    }

    /// The slot of an id, a new one with an empty row if need be.
    pub(crate) fn intern(&mut self, id: &str) -> u32 {
        if let Some(slot) = self.find(id) {
            return slot;
        }
        let row = Row { id: id.into(), value: T::default() };
        let slot = match self.free.pop() {
            Some(slot) => {
                if let Some(old) = self.rows.get_mut(to_index(slot)) {
                    *old = row;
                }
                slot
            }
            None => {
                self.rows.push(row);
                // The caller made sure that there is room: see `Refusal::Full`.
                u32::try_from(self.rows.len() - 1).unwrap_or(u32::MAX)
            }
        };
        let Self { slots, rows, hasher, .. } = self;
        let rehash = |&slot: &u32| hasher.hash_one(rows.get(to_index(slot)).map_or("", |row| &*row.id));
        slots.insert_unique(hasher.hash_one(id), slot, rehash);
        slot
    }

    /// Frees a slot, which may then stand for another id. Only for tables whose slots nothing else keeps.
    pub(crate) fn forget(&mut self, slot: u32) {
        let hash = self.hasher.hash_one(self.id(slot));
        if let Ok(entry) = self.slots.find_entry(hash, |&found| found == slot) {
            entry.remove();
            self.free.push(slot);
            if let Some(row) = self.rows.get_mut(to_index(slot)) {
                *row = Row { id: Box::default(), value: T::default() };
            }
        }
    }

    /// The id of a slot; empty for a slot of another table.
    pub(crate) fn id(&self, slot: u32) -> &str {
        self.find_id(slot).unwrap_or("")
    }

    /// The id of a slot, if the table has it.
    pub(crate) fn find_id(&self, slot: u32) -> Option<&str> {
        self.rows.get(to_index(slot)).map(|row| &*row.id)
    }

    /// The row of a slot; an empty one for a slot of another table.
    pub(crate) fn row(&self, slot: u32) -> &T {
        self.rows.get(to_index(slot)).map_or(&self.blank, |row| &row.value)
    }

    /// The row of a slot, to change it.
    pub(crate) fn row_mut(&mut self, slot: u32) -> Option<&mut T> {
        self.rows.get_mut(to_index(slot)).map(|row| &mut row.value)
    }

    /// All slots with their ids and rows, in the order in which the ids were first met.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &str, &T)> {
        (0..).zip(&self.rows).map(|(slot, row)| (slot, &*row.id, &row.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_keeps_its_slot() {
        let mut table = Table::<u8>::default();
        let slots: Vec<u32> = (0..100).map(|n| table.intern(&format!("id{n}"))).collect();
        assert_eq!(slots, (0..100).collect::<Vec<u32>>());
        for slot in slots {
            let id = format!("id{slot}");
            assert_eq!((table.find(&id), table.intern(&id), table.id(slot)), (Some(slot), slot, &*id));
        }
        assert_eq!((table.find("other"), table.len()), (None, 100));
        assert_eq!((table.id(100), table.row(100)), ("", &0));
        assert_eq!(table.row_mut(100), None);
    }

    #[test]
    fn a_forgotten_slot_is_used_again() {
        let mut table = Table::<u8>::default();
        for id in ["a", "b", "c"] {
            let slot = table.intern(id);
            *table.row_mut(slot).unwrap() = 7;
        }
        table.forget(1);
        table.forget(1);
        assert_eq!((table.find("b"), table.find("c")), (None, Some(2)));
        assert_eq!(table.intern("d"), 1);
        assert_eq!((table.row(1), table.id(1)), (&0, "d"));
        assert_eq!(table.intern("b"), 3);
    }
}
