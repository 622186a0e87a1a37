//! A gate that calls must pass where the core runs: behind it a call can be held until it is dropped.

use aludel::engine::{BeforeCursorExecute, Begin};
use aludel::{Engine, Result, bridge, event};
use tokio::sync::watch;

/// A gate before the begin of each transaction and before each statement of an engine.
pub(crate) struct Gate(watch::Sender<bool>);

impl Gate {
    /// A gate of this engine, which is open.
    pub(crate) fn of(engine: &Engine) -> Self {
        let (gate, _) = watch::channel(true);
        let (begins, executes) = (gate.clone(), gate.clone());
        event::listen(engine, move |_: &mut Begin<'_>| pass(&begins));
        event::listen(engine, move |_: &mut BeforeCursorExecute<'_>| pass(&executes));
        Self(gate)
    }

    /// From now on, whoever comes to the gate waits.
    pub(crate) fn close(&self) {
        self.0.send_replace(false);
    }

    /// All who wait go on.
    pub(crate) fn open(&self) {
        self.0.send_replace(true);
    }
}

/// Waits until the gate is open, or until the call is cancelled.
fn pass(gate: &watch::Sender<bool>) -> Result<()> {
    let mut state = gate.subscribe();
    if *state.borrow() {
        return Ok(());
    }
    bridge::await_(async move {
        // The listener holds a sender.
        state.wait_for(|open| *open).await.map(drop).expect("the gate exists");
    })?;
    Ok(())
}
