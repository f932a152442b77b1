//! Who learns what a version has shown.

use super::ActivationStage;

/// Learns of each stage of an activation. `()` ignores them, and a list collects them.
pub trait ActivationObserver {
    /// Learns of a stage that was passed; and of a shadow or a watch that was not, before the error is returned.
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
