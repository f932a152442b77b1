//! Where instances wait between calls.

use std::{
    cell::Cell,
    sync::{Mutex, MutexGuard, TryLockError},
};

use crate::instance::Instance;

thread_local! {
    /// The slot that this thread used last, of whichever policy version. A thread that finds its instance again finds its memory
    /// in the processor's cache too.
    static LAST: Cell<usize> = const { Cell::new(0) };
}

/// Slots for instances, each held by one call at a time.
pub(crate) struct Slots(Box<[Slot]>);

/// Threads that use neighbouring slots must not share a cache line.
#[repr(align(128))]
#[derive(Default)]
struct Slot(Mutex<Option<Box<Instance>>>);

impl Slots {
    pub(crate) fn new(count: usize) -> Self {
        Self((0..count).map(|_| Slot::default()).collect())
    }

    /// Lends an instance to `call`: one that waits, else one that `start` makes. It is kept only if `call` says so.
    #[inline]
    pub(crate) fn with<E>(
        &self,
        start: impl FnOnce() -> Result<Instance, E>,
        call: impl FnOnce(&mut Instance) -> Result<bool, E>,
    ) -> Result<(), E> {
        let mut slot = self.find();
        // Taken out for the call, so that nothing but an accepted answer can put it back.
        let mut instance = match slot.as_mut().and_then(|slot| slot.take()) {
            Some(instance) => instance,
            None => Box::new(start()?),
        };
        let keep = call(&mut instance)?;
        if let Some(slot) = slot.as_mut().filter(|_| keep) {
            **slot = Some(instance);
        }
        Ok(())
    }

    /// How many instances wait.
    #[cfg(test)]
    pub(crate) fn count_kept(&self) -> usize {
        self.0.iter().filter(|slot| slot.free().is_some_and(|slot| slot.is_some())).count()
    }

    /// A free slot: this thread's last one if an instance waits there, else any other where one waits, else an empty one. Empty
    /// ones come last so that there are never more instances than calls at the same time.
    #[inline]
    fn find(&self) -> Option<MutexGuard<'_, Option<Box<Instance>>>> {
        let last = LAST.get();
        match self.0.get(last).and_then(Slot::free) {
            Some(slot) if slot.is_some() => Some(slot),
            _ => self.search(),
        }
    }

    #[cold]
    fn search(&self) -> Option<MutexGuard<'_, Option<Box<Instance>>>> {
        let mut empty = None;
        for (index, slot) in self.0.iter().enumerate() {
            match slot.free() {
                Some(slot) if slot.is_some() => {
                    LAST.set(index);
                    return Some(slot);
                }
                Some(slot) if empty.is_none() => empty = Some((index, slot)),
                _ => {}
            }
        }
        let (index, slot) = empty?;
        LAST.set(index);
        Some(slot)
    }
}

impl Slot {
    #[inline]
    fn free(&self) -> Option<MutexGuard<'_, Option<Box<Instance>>>> {
        match self.0.try_lock() {
            Ok(slot) => Some(slot),
            Err(TryLockError::WouldBlock) => None,
            // A call panicked and took its instance with it.
            Err(TryLockError::Poisoned(slot)) => {
                self.0.clear_poison();
                Some(slot.into_inner())
            }
        }
    }
}
