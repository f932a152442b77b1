//! Reports of the stages of an activation while it goes on.

use super::ActivationStage;

/// Gets a report of each stage of an activation. `()` ignores the reports, and a `Vec` of stages collects them.
pub trait ActivationObserver {
    /// Called after each stage that was passed, and after a shadow or a watch that went wrong, before the error is returned.
    fn observe(&mut self, stage: ActivationStage);
}

impl ActivationObserver for () {
    fn observe(&mut self, _: ActivationStage) {}
}

impl ActivationObserver for Vec<ActivationStage> {
    fn observe(&mut self, stage: ActivationStage) {
        self.push(stage);
    }
}
