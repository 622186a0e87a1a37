//! A gate that calls must pass where the core runs: behind it a call can be held until it is dropped.

use aludel::engine::{BeforeCursorExecute, Begin};
use aludel::{Engine, Result, bridge, event};
use tokio::sync::watch;

/// A gate before the begin of each transaction and before each statement of an engine.
#[derive(Clone)]
pub(crate) struct Gate {
    open: watch::Sender<bool>,
    /// How many have come to it since it was closed.
    reached: watch::Sender<u32>,
}

impl Gate {
    /// A gate of this engine, which is open.
    pub(crate) fn of(engine: &Engine) -> Self {
        let gate = Self { open: watch::Sender::new(true), reached: watch::Sender::new(0) };
        let (begins, executes) = (gate.clone(), gate.clone());
        event::listen(engine, move |_: &mut Begin<'_>| begins.pass());
        event::listen(engine, move |_: &mut BeforeCursorExecute<'_>| executes.pass());
        gate
    }

    /// From now on, whoever comes to the gate waits.
    pub(crate) fn close(&self) {
        self.reached.send_replace(0);
        self.open.send_replace(false);
    }

    /// All who wait go on.
    pub(crate) fn open(&self) {
        self.open.send_replace(true);
    }

    /// Waits until somebody waits there.
    pub(crate) async fn reached(&self) {
        let mut reached = self.reached.subscribe();
        reached.wait_for(|reached| *reached > 0).await.map(drop).expect("the gate exists");
    }

    /// Waits until the gate is open, or until the call is cancelled.
    fn pass(&self) -> Result<()> {
        let mut open = self.open.subscribe();
        if *open.borrow() {
            return Ok(());
        }
        self.reached.send_modify(|reached| *reached += 1);
        bridge::await_(async move {
            // The listener holds a sender.
            open.wait_for(|open| *open).await.map(drop).expect("the gate exists");
        })?;
        Ok(())
    }
}
