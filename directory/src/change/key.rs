//! Changes of keys.

use crate::change::people::remove_from;
use crate::directory::Directory;
use crate::document::{Key, Timestamp};
use crate::error::{ChangeError, check_id, check_optional_id};
use crate::row::{KeyDetail, StoredKey};

impl Directory {
    pub(super) fn add_key(&mut self, key: Key) -> Result<(), ChangeError> {
        check_id("id", &key.id)?;
        if self.find_stored_key(&key.id).is_some() {
            return Err(ChangeError::duplicate("key", &key.id));
        }
        self.put_key(key)
    }

    pub(super) fn edit_key(&mut self, key: Key) -> Result<(), ChangeError> {
        if self.find_stored_key(&key.id).is_none() {
            return Err(ChangeError::not_found("id", "key", &key.id));
        }
        self.put_key(key)
    }

    fn put_key(&mut self, key: Key) -> Result<(), ChangeError> {
        check_id("organization", &key.organization)?;
        check_optional_id("owner", key.owner.as_deref())?;
        check_optional_id("createdBy", key.created_by.as_deref())?;
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
        Ok(())
    }

    pub(super) fn revoke_key(&mut self, id: &str, at: Timestamp) -> Result<(), ChangeError> {
        let Some(slot) = self.find_stored_key(id) else {
            return Err(ChangeError::not_found("key", "key", id));
        };
        if let Some(stored) = self.keys.row_mut(slot).and_then(|row| row.stored.as_mut()).filter(|stored| !stored.revoked) {
            stored.revoked = true;
            stored.detail.revoked_at = Some(at);
            self.touch_key(slot);
        }
        Ok(())
    }

    pub(super) fn remove_key(&mut self, id: &str) -> Result<(), ChangeError> {
        let Some(slot) = self.find_stored_key(id) else {
            return Err(ChangeError::not_found("id", "key", id));
        };
        self.replace_key(slot, None);
        Ok(())
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

    fn find_stored_key(&self, id: &str) -> Option<u32> {
        self.keys.find(id).filter(|&slot| self.keys.row(slot).stored.is_some())
    }
}

/// The part of a key that facts are made of.
fn fact_fields(key: &StoredKey) -> impl PartialEq + use<> {
    (key.organization, key.mode, key.owner, key.created_by, key.expires_at, key.revoked)
}
