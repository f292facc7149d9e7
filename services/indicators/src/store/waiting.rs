//! Whether somebody still waits for long work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sdc::{Phase, Watch};

/// While this is there, somebody waits.
#[derive(Debug, Default)]
pub(crate) struct Waiting(Arc<AtomicBool>);

/// Ends work that nobody waits for any more.
#[derive(Clone, Debug)]
pub(crate) struct Awaited(Arc<AtomicBool>);

impl Waiting {
    /// Goes with the work that is waited for.
    pub(crate) fn awaited(&self) -> Awaited {
        Awaited(Arc::clone(&self.0))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Watch for Awaited {
    fn step(&self, _: Phase, _: usize, _: usize) -> bool {
        !self.0.load(Ordering::Relaxed)
    }
}
