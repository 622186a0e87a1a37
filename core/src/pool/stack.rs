//! How much stack a greenlet needs that works with connections.

use aludel_bridge::{greenlet_stack_size, smallest_stack_size, stack_size};

use crate::error::{Error, ErrorKind, Result};

/// The smallest stack of a greenlet, in bytes. Whatever walks through an expression calls itself for each
/// level, and the deepest expression that is accepted must fit. It takes 224 KiB in a build without
/// optimization (`tests/small_stack.rs`); the rest is for the program's own frames and the driver's.
const SMALLEST: usize = 768 * 1024;

/// Refuses the use of a connection in a greenlet whose stack is too small to work with it.
#[inline]
pub(crate) fn require() -> Result<()> {
    if smallest_stack_size() >= SMALLEST { Ok(()) } else { require_here() }
}

#[cold]
fn require_here() -> Result<()> {
    match greenlet_stack_size() {
        Some(size) if size < SMALLEST => Err(too_small(size)),
        _ => Ok(()),
    }
}

/// Whether the greenlets that start from now on have stacks that are large enough.
pub(super) fn suffices() -> bool {
    stack_size() >= SMALLEST
}

#[cold]
fn too_small(size: usize) -> Error {
    Error::new(
        ErrorKind::Argument,
        format!(
            "this greenlet has a stack of {size} bytes, and work with a connection may need {SMALLEST}; call \
             aludel_bridge::set_stack_size({SMALLEST}), or with more, before the greenlet starts"
        ),
    )
}
