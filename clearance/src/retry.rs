//! Custom roles at which a version failed, compiled again: a failure such as a timeout passes.

use crate::{
    Authorizer,
    active_version::{ActiveVersion, FailedRole},
    live::Live,
    roles::{self, UnusableRole},
};

impl Authorizer {
    /// Compiles again the custom roles at which a version that answers failed, at most `most` of them, and returns those that it can use
    /// now. The next call goes on behind them. Roles whose list is beyond the bounds are not tried. Questions and changes go on while
    /// a version compiles.
    pub fn retry_unusable_roles(&self, most: usize) -> Vec<UnusableRole> {
        let mut last = self.lock_last_retried();
        let (era, failed) = self.failed_roles();
        // Those behind the last one that was tried, and then the others.
        let next = failed.partition_point(|failed| last.is_some_and(|last| *failed <= last));
        let (before, behind) = failed.split_at(next);
        let mut usable = Vec::new();
        for failed in behind.iter().chain(before).take(most) {
            *last = Some(*failed);
            usable.extend(self.retry(era, *failed));
        }
        usable
    }

    /// All roles at which a version failed, in their order, and the era of their slots.
    fn failed_roles(&self) -> (u64, Vec<FailedRole>) {
        let (era, mut failed): (_, Vec<_>) = {
            let live = self.read();
            let failed = live
                .versions
                .all()
                .flat_map(|active| active.roles.failed_slots().map(|role| FailedRole { generation: active.generation, role }));
            (live.era, failed.collect())
        };
        failed.sort_unstable();
        (era, failed)
    }

    fn retry(&self, era: u64, failed: FailedRole) -> Option<UnusableRole> {
        let (version, names) = {
            let live = self.read();
            let active = failed.version(&live, era)?;
            (active.version.clone(), live.directory.role_list(failed.role))
        };
        let compiled = roles::compile(&version, &names);
        if compiled.is_err() {
            return None;
        }
        let _alone = self.lock_changes();
        let usable = {
            let live = self.read();
            // The role may have been edited, the version may have gone, and somebody else may have compiled the role.
            failed.version(&live, era)?;
            if live.directory.role_list(failed.role) != names {
                return None;
            }
            UnusableRole { role: live.directory.role_id(failed.role).into(), policy: version.digest(), error: None }
        };
        let mut live = self.write();
        let active = live.versions.all_mut().find(|active| active.generation == failed.generation)?;
        active.roles.set(failed.role, compiled);
        Some(usable)
    }
}

impl FailedRole {
    /// The version that failed at this role, if it still answers and the role still counts as unusable.
    fn version(self, live: &Live, era: u64) -> Option<&ActiveVersion> {
        let active = live.versions.all().find(|active| active.generation == self.generation)?;
        (live.era == era && active.roles.is_unusable(self.role)).then_some(active)
    }
}
