//! Changes of keys.

use crate::apply::people::remove_from;
use crate::directory::Directory;
use crate::document::{Key, Timestamp};
use crate::row::{KeyDetail, StoredKey};

impl Directory {
    pub(super) fn put_key(&mut self, key: Key) {
        let slot = self.keys.intern(&key.id);
        let stored = StoredKey {
            organization: self.organizations.intern(&key.organization),
            mode: key.mode,
            owner: key.owner.map(|owner| self.users.intern(&owner)),
            created_by: key.created_by.map(|creator| self.users.intern(&creator)),
            expires_at: key.expires_at,
            revoked: key.revoked_at.is_some(),
            detail: Box::new(KeyDetail {
                name: key.name,
                description: key.description,
                created_at: key.created_at,
                revoked_at: key.revoked_at,
                last_used_at: key.last_used_at,
                ingestion_source: key.ingestion_source,
                lookup_id: key.lookup_id,
                hashed_secret: key.hashed_secret,
            }),
        };
        self.replace_key(slot, Some(stored));
    }

    pub(super) fn revoke_key(&mut self, id: &str, at: Timestamp) {
        let Some(slot) = self.key_slot(id) else { return };
        if let Some(stored) = self.keys.row_mut(slot).and_then(|row| row.stored.as_mut()).filter(|stored| !stored.revoked) {
            stored.revoked = true;
            stored.detail.revoked_at = Some(at);
            self.touch_key(slot);
        }
    }

    pub(super) fn remove_key(&mut self, id: &str) {
        if let Some(slot) = self.key_slot(id) {
            self.replace_key(slot, None);
        }
    }

    fn replace_key(&mut self, slot: u32, stored: Option<StoredKey>) {
        let creator = |stored: &Option<StoredKey>| stored.as_ref().and_then(|stored| stored.created_by);
        let organization = |stored: &Option<StoredKey>| stored.as_ref().map(|stored| stored.organization);
        let (after, joined) = (creator(&stored), organization(&stored));
        let Some(row) = self.keys.row_mut(slot) else { return };
        let (before, left) = (creator(&row.stored), organization(&row.stored));
        let concerned = row.stored.as_ref().map(fact_fields) != stored.as_ref().map(fact_fields);
        row.stored = stored;
        if before != after {
            if let Some(row) = before.and_then(|creator| self.users.row_mut(creator)) {
                remove_from(&mut row.created, slot);
            }
            if let Some(row) = after.and_then(|creator| self.users.row_mut(creator)) {
                row.created.push(slot);
            }
        }
        if left != joined {
            if let Some(row) = left.and_then(|organization| self.organizations.row_mut(organization)) {
                remove_from(&mut row.keys, slot);
            }
            if let Some(row) = joined.and_then(|organization| self.organizations.row_mut(organization)) {
                row.keys.push(slot);
            }
        }
        // The last use of a key is recorded often and concerns nobody.
        if concerned {
            self.touch_key(slot);
        }
    }
}

/// The part of a key that facts are made of.
fn fact_fields(key: &StoredKey) -> impl PartialEq + use<> {
    (key.organization, key.mode, key.owner, key.created_by, key.expires_at, key.revoked)
}
