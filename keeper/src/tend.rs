//! What is written when there is time.

use clearance_store::{Step, Write};

use crate::clock::now;
use crate::fault::Fault;
use crate::keeper::Keeper;
use crate::queue::Lane;

impl Keeper {
    /// Does what is due: memory that could not follow what is stored is loaded anew, and what can wait is written, which is revocations
    /// that could not be stored, when keys were last used, and credentials that verified in an older way. To be called every second or
    /// so.
    ///
    /// # Errors
    ///
    /// The store failed. What was not written is due again.
    pub fn tend(&self) -> Result<(), Fault> {
        self.catch_up()?;
        let revoked = self.store_revocations();
        let rewritten = self.write_rewrites();
        let due = self.last_used.take_due(now());
        self.touch(&due).and(rewritten).and(revoked).and(self.note_head())
    }

    /// Writes everything that is not written yet, for a clean stop.
    ///
    /// # Errors
    ///
    /// [`Fault::RevocationsWait`] before all else, after the log named what a restart revives; else the store failed. What was not
    /// written is still there.
    pub fn flush(&self) -> Result<(), Fault> {
        // Where memory cannot follow, what needs no memory is written all the same, and the log has the reason.
        let _ = self.catch_up();
        let _ = self.store_revocations();
        let revoked = self.name_unstored_revocations();
        let rewritten = self.write_rewrites();
        let due = self.last_used.all(now());
        let (touched, noted) = (self.touch(&due), self.note_head());
        revoked.and(touched).and(rewritten).and(noted)
    }

    /// A head that is not noted is noted later: nothing waits for it.
    fn note_head(&self) -> Result<(), Fault> {
        self.store.note_head().map_err(|error| {
            tracing::warn!(%error, "the head of the audit was not noted beside the database");
            error.into()
        })
    }

    fn touch(&self, uses: &[(Box<str>, clearance::document::Timestamp)]) -> Result<(), Fault> {
        if uses.is_empty() {
            return Ok(());
        }
        self.store.touch(uses).map_err(|error| {
            self.last_used.put_back(uses);
            tracing::warn!(%error, keys = uses.len(), "when keys were last used was not written, it is kept for later");
            error.into()
        })
    }

    fn write_rewrites(&self) -> Result<(), Fault> {
        /// The number of uses in one write, so that nobody waits long for their turn.
        const AT_ONCE: usize = 500;
        loop {
            let waiting: Vec<_> = self.rewrites().values().take(AT_ONCE).cloned().collect();
            if waiting.is_empty() {
                return Ok(());
            }
            let steps = waiting.iter().cloned().map(Step::Rewrite).collect();
            match self.own_turn(Lane::Ordinary)?.commit(&Write { steps, ..Write::default() }) {
                // What is refused once is refused again. Its credential verifies as it is.
                Err(Fault::Store(error)) if error.is_refusal() => {
                    tracing::warn!(%error, "credentials were not stored again");
                }
                Err(fault) => return Err(fault),
                Ok(_) => {}
            }
            let mut rewrites = self.rewrites();
            for rewrite in waiting {
                let (kind, id) = rewrite.of();
                rewrites.remove(&(kind, Box::from(id)));
            }
        }
    }
}
