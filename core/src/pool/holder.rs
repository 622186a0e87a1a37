//! Who has a connection: the place in the program that took it, since when, and what it last ran.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::metrics::Meters;
use crate::dbapi::Statement;

/// A place in the source text of the program.
pub type Place = &'static Location<'static>;

/// A connection that is lent, and its holder.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lent {
    /// The number of the session, which no other one in the program has; the echo shows it, too.
    pub connection: u64,
    /// Where the program asked for it.
    pub place: Place,
    /// When it was handed out.
    pub since: Instant,
    /// The text of the statement that was sent last since then.
    pub statement: Option<Arc<str>>,
}

/// The place and the time only: the text may hold a secret, and who is shown the error of a checkout need not be
/// who may see what others run.
impl fmt::Display for Lent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for {:.1?}", self.place, self.since.elapsed())
    }
}

/// The use of one session, idle or lent. The session's record has it, and the pool's list.
#[derive(Debug)]
pub(super) struct Holder {
    number: u64,
    lent: Mutex<Option<Use>>,
}

#[derive(Debug)]
struct Use {
    place: Place,
    since: Instant,
    statement: Option<Arc<str>>,
    /// It was warned of.
    warned: bool,
}

impl Holder {
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// A number from 0 to 1, which is another one for each session and the same for all of its life.
    pub(super) fn share(&self) -> f64 {
        // The bits of a number that is counted are spread over all 32.
        let spread = self.number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        spread as f64 / f64::from(u32::MAX)
    }

    pub(super) fn lend(&self, place: Place) {
        let since = Instant::now();
        *self.lent.lock() = Some(Use { place, since, statement: None, warned: false });
    }

    /// Since when it was lent.
    pub(super) fn give_back(&self) -> Option<Instant> {
        self.lent.lock().take().map(|lent| lent.since)
    }

    /// The text stays alive until the session is given back, if it is lent.
    pub(super) fn note(&self, statement: &Statement) {
        if let Some(lent) = &mut *self.lent.lock() {
            lent.statement = Some(statement.shared_sql());
        }
    }

    fn lent(&self) -> Option<Lent> {
        self.lent.lock().as_ref().map(|lent| self.describe(lent))
    }

    fn describe(&self, lent: &Use) -> Lent {
        Lent {
            connection: self.number,
            place: lent.place,
            since: lent.since,
            statement: lent.statement.clone(),
        }
    }
}

/// The sessions of one pool.
#[derive(Debug, Clone, Default)]
pub(super) struct Holders {
    all: Arc<Mutex<Vec<Arc<Holder>>>>,
    /// What is measured of them.
    pub(super) meters: Meters,
}

impl Holders {
    pub(super) fn new(meters: Meters) -> Self {
        Self { all: Arc::default(), meters }
    }

    /// Of a session that is made now.
    pub(super) fn add(&self) -> Arc<Holder> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let holder = Arc::new(Holder { number, lent: Mutex::new(None) });
        self.all.lock().push(Arc::clone(&holder));
        holder
    }

    /// The session has ended.
    pub(super) fn remove(&self, holder: &Arc<Holder>) {
        let mut all = self.all.lock();
        if let Some(at) = all.iter().position(|known| Arc::ptr_eq(known, holder)) {
            all.swap_remove(at);
        }
    }

    /// Those that are lent, the longest first.
    pub(super) fn lent(&self) -> Vec<Lent> {
        let mut lent: Vec<_> = self.all.lock().iter().filter_map(|holder| holder.lent()).collect();
        lent.sort_by_key(|lent| lent.since);
        lent
    }

    /// Those that were lent for so long by now and of which there was no warning yet, and when the next one
    /// will have been.
    pub(super) fn overdue(&self, after: Duration) -> (Vec<Lent>, Option<Instant>) {
        let now = Instant::now();
        let (mut overdue, mut next) = (Vec::new(), None);
        for holder in &*self.all.lock() {
            let mut lent = holder.lent.lock();
            let Some(lent) = lent.as_mut().filter(|lent| !lent.warned) else { continue };
            match lent.since.checked_add(after) {
                Some(due) if due <= now => {
                    lent.warned = true;
                    overdue.push(holder.describe(lent));
                }
                due => next = [next, due].into_iter().flatten().min(),
            }
        }
        (overdue, next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_spread() {
        let holders = Holders::default();
        let mut shares: Vec<_> = (0..100).map(|_| holders.add().share()).collect();
        shares.sort_by(f64::total_cmp);
        assert!(shares[0] >= 0.0 && shares[99] <= 1.0, "{shares:?}");
        let widest = shares.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
        assert!(shares[0] < 0.05 && shares[99] > 0.95 && widest < 0.05, "{shares:?}");
    }
}
