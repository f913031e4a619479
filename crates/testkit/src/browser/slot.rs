//! How many tests of one process may have a browser at the same time.
//!
//! A test that has one may open more, as for two people, without waiting: otherwise two such
//! tests could wait for each other for ever. A browser therefore stays on the thread it was
//! opened on.

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::{Condvar, Mutex, PoisonError};

/// Each keeps about one core busy.
const TESTS: usize = 2;

static BUSY: Mutex<usize> = Mutex::new(0);
static FREED: Condvar = Condvar::new();

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
}

/// The right to run a browser on this thread, until it is dropped.
pub(super) struct Slot(PhantomData<*const ()>);

impl Slot {
    /// Waits until another test is done, if need be.
    pub(super) fn take() -> Self {
        if HELD.get() == 0 {
            let busy = BUSY.lock().unwrap_or_else(PoisonError::into_inner);
            let mut busy = FREED.wait_while(busy, |busy| *busy >= TESTS).unwrap_or_else(PoisonError::into_inner);
            *busy += 1;
        }
        HELD.set(HELD.get() + 1);
        Self(PhantomData)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        HELD.set(HELD.get() - 1);
        if HELD.get() == 0 {
            *BUSY.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
            FREED.notify_one();
        }
    }
}
