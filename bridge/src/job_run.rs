//! Running a job on the thread that calls.

use std::sync::Arc;
use std::task::{Context, Waker};

use crate::bounds::Bounds;
use crate::frame::Frame;
use crate::job::JobState;
use crate::running;

/// Runs `f` as a job with this state, on the calling thread, whose stack is `thread`.
pub(crate) fn run_job<T>(state: &Arc<JobState>, thread: Bounds, f: impl FnOnce() -> T) -> T {
    let waker = Waker::from(Arc::clone(state));
    let mut context = Context::from_waker(&waker);
    let frame = Frame::of_job(Arc::clone(state), thread);
    running::enter(&frame, Some(&mut context), f)
}
