//! What the pool measures, by the names of OpenTelemetry's conventions, for the recorder of the crate `metrics`. Without
//! the feature there is nothing to do.

use std::time::{Duration, Instant};

use super::options::PoolOptions;

/// How many connections are in use, and how many idle.
pub(super) type Counts = (usize, usize);

/// The meters of one pool.
#[derive(Debug, Clone, Default)]
pub(super) struct Meters {
    #[cfg(feature = "metrics-024")]
    shared: std::sync::Arc<recorded::Shared>,
}

/// A checkout that waits for a connection.
pub(super) struct Pending {
    #[cfg(feature = "metrics-024")]
    gauge: metrics::Gauge,
}

#[cfg(not(feature = "metrics-024"))]
impl Meters {
    pub(super) fn new(_: &PoolOptions, _: impl FnOnce() -> String) -> Self {
        Self::default()
    }

    #[inline]
    pub(super) fn pending(&self) -> Pending {
        Pending {}
    }

    pub(super) fn timed_out(&self) {}

    #[inline]
    pub(super) fn lent(&self, _: Instant, _: Duration, _: impl FnOnce() -> Counts) {}

    pub(super) fn made(&self, _: Instant) {}

    #[inline]
    pub(super) fn used(&self, _: Option<Instant>) {}

    #[inline]
    pub(super) fn changed(&self, _: impl FnOnce() -> Counts) {}
}

#[cfg(feature = "metrics-024")]
impl Meters {
    /// Of a pool of this name, which is asked for once there is something to say.
    pub(super) fn new(options: &PoolOptions, name: impl FnOnce() -> String) -> Self {
        let name = name();
        Self { shared: std::sync::Arc::new(recorded::Shared::new(name, options)) }
    }

    /// A checkout begins.
    pub(super) fn pending(&self) -> Pending {
        let gauge = self.shared.instruments().pending.clone();
        gauge.increment(1.0);
        Pending { gauge }
    }

    /// There was no connection in time.
    pub(super) fn timed_out(&self) {
        self.shared.instruments().timeouts.increment(1);
    }

    /// A checkout that had so long until its deadline is over.
    pub(super) fn lent(
        &self,
        deadline: Instant,
        timeout: Duration,
        counts: impl FnOnce() -> Counts,
    ) {
        let left = deadline.saturating_duration_since(Instant::now());
        self.shared.instruments().wait_time.record(timeout.saturating_sub(left));
        self.changed(counts);
    }

    /// A connection that was begun then is made.
    pub(super) fn made(&self, begun: Instant) {
        self.shared.instruments().create_time.record(begun.elapsed());
    }

    /// A connection was given back that was lent then.
    pub(super) fn used(&self, since: Option<Instant>) {
        if let Some(since) = since {
            self.shared.instruments().use_time.record(since.elapsed());
        }
    }

    /// There are other numbers of connections.
    pub(super) fn changed(&self, counts: impl FnOnce() -> Counts) {
        // Who notes last has read last.
        let mut noted = self.shared.noted.lock();
        let counts = counts();
        self.shared.instruments().count(*noted, counts);
        *noted = counts;
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        #[cfg(feature = "metrics-024")]
        self.gauge.decrement(1.0);
    }
}

#[cfg(feature = "metrics-024")]
mod recorded {
    //! The instruments, which are asked of the recorder at the first use.

    use std::fmt;
    use std::sync::OnceLock;

    use metrics::{
        Counter, Gauge, Histogram, Unit, counter, describe_counter, describe_gauge,
        describe_histogram, gauge, histogram,
    };
    use parking_lot::Mutex;

    use super::{Counts, PoolOptions};

    #[derive(Default)]
    pub(super) struct Shared {
        name: String,
        min_idle: usize,
        size: usize,
        limit: usize,
        /// What this pool has put into the gauges, which other pools of its name share.
        pub(super) noted: Mutex<Counts>,
        instruments: OnceLock<Instruments>,
    }

    pub(super) struct Instruments {
        pub(super) used: Gauge,
        pub(super) idle: Gauge,
        pub(super) pending: Gauge,
        pub(super) timeouts: Counter,
        pub(super) create_time: Histogram,
        pub(super) wait_time: Histogram,
        pub(super) use_time: Histogram,
    }

    const POOL: &str = "db.client.connection.pool.name";

    impl Shared {
        pub(super) fn new(name: String, options: &PoolOptions) -> Self {
            let (noted, instruments) = Default::default();
            let (min_idle, size, limit) = (options.min_idle, options.size, options.limit());
            Self { name, min_idle, size, limit, noted, instruments }
        }

        pub(super) fn instruments(&self) -> &Instruments {
            self.instruments.get_or_init(|| {
                describe();
                let pool = || self.name.clone();
                gauge!("db.client.connection.idle.max", POOL => pool()).increment(self.size as f64);
                gauge!("db.client.connection.idle.min", POOL => pool())
                    .increment(self.min_idle as f64);
                if self.limit != usize::MAX {
                    gauge!("db.client.connection.max", POOL => pool()).increment(self.limit as f64);
                }
                let count = |state: &'static str| {
                    gauge!(
                        "db.client.connection.count",
                        POOL => pool(),
                        "db.client.connection.state" => state
                    )
                };
                Instruments {
                    used: count("used"),
                    idle: count("idle"),
                    pending: gauge!("db.client.connection.pending_requests", POOL => pool()),
                    timeouts: counter!("db.client.connection.timeouts", POOL => pool()),
                    create_time: histogram!("db.client.connection.create_time", POOL => pool()),
                    wait_time: histogram!("db.client.connection.wait_time", POOL => pool()),
                    use_time: histogram!("db.client.connection.use_time", POOL => pool()),
                }
            })
        }
    }

    impl Instruments {
        /// Puts in what there is more of, and takes out what there is less of.
        pub(super) fn count(&self, before: Counts, now: Counts) {
            move_by(&self.used, before.0, now.0);
            move_by(&self.idle, before.1, now.1);
        }
    }

    fn move_by(gauge: &Gauge, before: usize, now: usize) {
        if now > before {
            gauge.increment((now - before) as f64);
        } else if now < before {
            gauge.decrement((before - now) as f64);
        }
    }

    /// A pool that is gone has nothing in the gauges.
    impl Drop for Shared {
        fn drop(&mut self) {
            let Some(instruments) = self.instruments.get() else { return };
            instruments.count(*self.noted.get_mut(), (0, 0));
            let pool = || self.name.clone();
            gauge!("db.client.connection.idle.max", POOL => pool()).decrement(self.size as f64);
            gauge!("db.client.connection.idle.min", POOL => pool()).decrement(self.min_idle as f64);
            if self.limit != usize::MAX {
                gauge!("db.client.connection.max", POOL => pool()).decrement(self.limit as f64);
            }
        }
    }

    fn describe() {
        describe_gauge!("db.client.connection.count", "Connections, by what they do: used, idle.");
        describe_gauge!("db.client.connection.idle.max", "Connections that are kept idle.");
        describe_gauge!(
            "db.client.connection.idle.min",
            "Connections that are kept idle at least."
        );
        describe_gauge!("db.client.connection.max", "The most connections there can be.");
        describe_gauge!("db.client.connection.pending_requests", "Checkouts under way.");
        describe_counter!(
            "db.client.connection.timeouts",
            "Checkouts that had no connection in time."
        );
        let seconds = Unit::Seconds;
        describe_histogram!("db.client.connection.create_time", seconds, "To make a connection.");
        describe_histogram!("db.client.connection.wait_time", seconds, "To have a connection.");
        describe_histogram!("db.client.connection.use_time", seconds, "From checkout to return.");
    }

    impl fmt::Debug for Shared {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_tuple("Meters").field(&self.name).finish()
        }
    }
}
