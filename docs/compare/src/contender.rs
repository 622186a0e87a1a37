//! One thing that is measured: a library, what it keeps open, and the call that is repeated.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// One library's way to do a workload.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    /// What goes to the database for one call, where the libraries differ.
    pub(crate) sends: &'static str,
    /// Whether the program awaits it.
    pub(crate) awaited: bool,
    run: Box<dyn FnMut(u32) -> Result<Duration>>,
    /// How many units of the workload one call is.
    units: u32,
}

impl Contender {
    /// Code that blocks, with what it keeps.
    pub(crate) fn blocking<T: 'static>(
        name: &'static str,
        sends: &'static str,
        mut kept: T,
        mut once: impl FnMut(&mut T) -> Result<()> + 'static,
    ) -> Self {
        let run = move |times| {
            let started = Instant::now();
            for _ in 0..times {
                once(&mut kept)?;
            }
            Ok(started.elapsed())
        };
        Self { name, sends, awaited: false, run: Box::new(run), units: 1 }
    }

    /// Code that is awaited, call after call, in one task of a current-thread runtime.
    pub(crate) fn awaited<T: 'static>(
        name: &'static str,
        sends: &'static str,
        open: impl AsyncFnOnce() -> Result<T>,
        mut once: impl AsyncFnMut(&mut T) -> Result<()> + 'static,
    ) -> Result<Self> {
        let mut inside = Inside::open(Builder::new_current_thread(), open)?;
        let run = move |times| {
            let (runtime, kept) = inside.parts();
            runtime.block_on(async {
                let started = Instant::now();
                for _ in 0..times {
                    once(kept).await?;
                }
                Ok(started.elapsed())
            })
        };
        Ok(Self { name, sends, awaited: true, run: Box::new(run), units: 1 })
    }

    /// So many tasks on two worker threads, which share the calls and a pool. The call gets its
    /// number.
    pub(crate) fn tasks<T, F>(
        name: &'static str,
        sends: &'static str,
        tasks: u32,
        open: impl AsyncFnOnce() -> Result<T>,
        once: impl Fn(T, u32) -> F + Clone + Send + 'static,
    ) -> Result<Self>
    where
        T: Clone + Send + 'static,
        F: Future<Output = Result<()>> + Send,
    {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(2);
        let mut inside = Inside::open(builder, open)?;
        let run = move |times| {
            let (runtime, kept) = inside.parts();
            let left = Arc::new(AtomicU32::new(times));
            let started = Instant::now();
            let running: Vec<_> = (0..tasks)
                .map(|_| {
                    let (kept, once, left) = (kept.clone(), once.clone(), Arc::clone(&left));
                    runtime.spawn(async move {
                        // One task's last call leaves the others' untouched.
                        while let Some(number) = next(&left) {
                            once(kept.clone(), number).await?;
                        }
                        Ok::<_, Error>(())
                    })
                })
                .collect();
            for task in running {
                runtime.block_on(task)??;
            }
            Ok(started.elapsed())
        };
        Ok(Self { name, sends, awaited: true, run: Box::new(run), units: 1 })
    }

    /// So many threads, which share the calls and a pool. The call gets its number.
    pub(crate) fn threads<T: Sync + 'static>(
        name: &'static str,
        sends: &'static str,
        threads: u32,
        kept: T,
        once: impl Fn(&T, u32) -> Result<()> + Sync + 'static,
    ) -> Self {
        let run = move |times| {
            let left = AtomicU32::new(times);
            let work = || {
                while let Some(number) = next(&left) {
                    once(&kept, number)?;
                }
                Ok::<_, Error>(())
            };
            let started = Instant::now();
            std::thread::scope(|scope| {
                let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
                running.into_iter().try_for_each(|thread| thread.join().expect("no panic"))
            })?;
            Ok(started.elapsed())
        };
        Self { name, sends, awaited: false, run: Box::new(run), units: 1 }
    }

    /// One call is so many units of the workload.
    pub(crate) fn units(self, units: u32) -> Self {
        Self { units, ..self }
    }

    /// Runs it so many times, and says how many nanoseconds a unit took.
    pub(crate) fn run(&mut self, times: u32) -> Result<f64> {
        let took = (self.run)(times).map_err(|error| format!("{}: {error}", self.name))?;
        Ok(took.as_secs_f64() * 1e9 / f64::from(times) / f64::from(self.units))
    }

    pub(crate) fn calls_in(&self, nanoseconds: f64, budget: Duration) -> u32 {
        let calls = budget.as_secs_f64() * 1e9 / (nanoseconds * f64::from(self.units));
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in bounds")]
        let calls = calls.ceil().clamp(1.0, 1e9) as u32;
        calls
    }
}

/// The number of the next call, while there are any left.
fn next(left: &AtomicU32) -> Option<u32> {
    left.try_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).ok()
}

/// A runtime, and what must be opened and dropped inside it.
struct Inside<T> {
    runtime: Runtime,
    kept: Option<T>,
}

impl<T> Inside<T> {
    fn open(mut builder: Builder, open: impl AsyncFnOnce() -> Result<T>) -> Result<Self> {
        let runtime = builder.enable_all().build()?;
        let kept = Some(runtime.block_on(open())?);
        Ok(Self { runtime, kept })
    }

    fn parts(&mut self) -> (&Runtime, &mut T) {
        (&self.runtime, self.kept.as_mut().expect("taken by drop only"))
    }
}

impl<T> Drop for Inside<T> {
    fn drop(&mut self) {
        let _inside = self.runtime.enter();
        self.kept = None;
    }
}
