//! Several host threads, of which each use has one.

use std::collections::HashMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, Weak};

use tokio::runtime;

use crate::Error;
use crate::host::{Host, HostedTask};

/// At most so many host threads, which start as they are needed: the next one when each of those that run is
/// in use.
///
/// Who needs a place for greenlets takes a [`HostUse`], and has that host until it is dropped. All hosts stay as long
/// as there is a `Hosts` or a `HostUse`, so what one of them drives moves wherever else it is awaited meanwhile.
///
/// A `Hosts` is a handle; clones are the same hosts.
///
/// # Examples
///
/// ```
/// use aludel_bridge::{Error, Hosts};
/// use std::num::NonZeroUsize;
///
/// let hosts = Hosts::new(NonZeroUsize::new(2).unwrap())?;
/// let (one, other) = (hosts.least_used(), hosts.least_used());
/// let id = || Ok::<_, Error>(std::thread::current().id());
/// let ids = futures::executor::block_on(async { (one.spawn(id).await, other.spawn(id).await) });
/// assert_ne!(ids.0?, ids.1?);
/// # Ok::<_, Error>(())
/// ```
#[derive(Clone)]
pub struct Hosts {
    group: Arc<Group>,
}

/// The use of one of several hosts; clones are uses of the same one.
pub struct HostUse {
    group: Arc<Group>,
    member: Arc<Member>,
}

struct Group {
    limit: NonZeroUsize,
    /// The first is there from the beginning.
    first: Arc<Member>,
    /// In the order in which they were started.
    others: RwLock<Vec<Arc<Member>>>,
    /// Taken by who starts one.
    starting: Mutex<()>,
}

struct Member {
    host: Host,
    uses: AtomicUsize,
}

/// The groups of the runtimes of hosts.
static GROUPS: OnceLock<RwLock<HashMap<runtime::Id, Weak<Group>>>> = OnceLock::new();

fn groups() -> &'static RwLock<HashMap<runtime::Id, Weak<Group>>> {
    GROUPS.get_or_init(RwLock::default)
}

impl Hosts {
    /// Starts the first of at most `limit` host threads.
    ///
    /// # Errors
    ///
    /// As [`Host::new`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::num::NonZeroUsize;
    /// let hosts = aludel_bridge::Hosts::new(NonZeroUsize::MIN)?;
    /// # Ok::<_, aludel_bridge::Error>(())
    /// ```
    pub fn new(limit: NonZeroUsize) -> Result<Self, Error> {
        let group = Arc::new(Group {
            limit,
            first: Member::start()?,
            others: RwLock::default(),
            starting: Mutex::default(),
        });
        group.register(&group.first);
        Ok(Self { group })
    }

    /// A use of the host that has the fewest. If each has one, another host is started, up to the limit; where the
    /// system refuses it, those that there are share the uses.
    #[must_use]
    pub fn least_used(&self) -> HostUse {
        self.group.use_least(self.group.limit.get(), |_| 0)
    }

    /// A use of the host that has the fewest, of those that run.
    #[must_use]
    pub fn least_used_of_started(&self) -> HostUse {
        self.group.use_least(0, |_| 0)
    }

    /// The runtime of the [least used](Self::least_used) host of those of which one drives this runtime; `None` if it is
    /// no host's. `more` says how many uses a host has besides, by its runtime.
    ///
    /// ```
    /// use aludel_bridge::Hosts;
    /// use std::num::NonZeroUsize;
    ///
    /// let hosts = Hosts::new(NonZeroUsize::new(2).unwrap())?;
    /// let first = hosts.least_used().handle();
    /// let more = |host| if host == first.id() { 1 } else { 0 };
    /// let least = Hosts::least_used_beside(first.id(), more).unwrap();
    /// assert_ne!(least.id(), first.id());
    /// # Ok::<_, aludel_bridge::Error>(())
    /// ```
    #[must_use]
    pub fn least_used_beside(
        runtime: runtime::Id,
        more: impl Fn(runtime::Id) -> usize,
    ) -> Option<runtime::Handle> {
        let group = {
            let groups = groups().read().unwrap_or_else(PoisonError::into_inner);
            groups.get(&runtime).and_then(Weak::upgrade)?
        };
        Some(group.use_least(group.limit.get(), more).handle())
    }

    /// A use of the host that drives this runtime; `None` if it is none of these.
    #[must_use]
    pub fn of_runtime(&self, runtime: runtime::Id) -> Option<HostUse> {
        let member = self.group.find(|member| member.host.handle().id() == runtime)?;
        Some(HostUse::new(&self.group, member))
    }

    /// Whether two runtimes are those of hosts of the same `Hosts`: as long as one of them runs, so does the
    /// other. A runtime that is no such host's is like itself only.
    ///
    /// ```
    /// use aludel_bridge::Hosts;
    /// use std::num::NonZeroUsize;
    ///
    /// let hosts = Hosts::new(NonZeroUsize::new(2).unwrap())?;
    /// let [one, other] = [hosts.least_used(), hosts.least_used()].map(|host| host.handle().id());
    /// assert!(one != other && Hosts::live_together(one, other));
    /// # Ok::<_, aludel_bridge::Error>(())
    /// ```
    #[must_use]
    pub fn live_together(one: runtime::Id, other: runtime::Id) -> bool {
        if one == other {
            return true;
        }
        let groups = groups().read().unwrap_or_else(PoisonError::into_inner);
        let (one, other) = (groups.get(&one), groups.get(&other));
        one.zip(other).is_some_and(|(one, other)| one.ptr_eq(other))
    }
}

impl fmt::Debug for Hosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        list.entry(&self.group.first.host);
        self.group.others(|others| {
            list.entries(others.iter().map(|member| &member.host));
        });
        list.finish()
    }
}

impl Group {
    fn others<T>(&self, f: impl FnOnce(&[Arc<Member>]) -> T) -> T {
        f(&self.others.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn find(&self, is: impl Fn(&Member) -> bool) -> Option<Arc<Member>> {
        if is(&self.first) {
            return Some(Arc::clone(&self.first));
        }
        self.others(|others| others.iter().find(|member| is(member)).cloned())
    }

    /// A use of the host with the fewest, with those that `more` says. If each has one, another host is started while
    /// there are fewer than `limit`.
    fn use_least(self: &Arc<Self>, limit: usize, more: impl Fn(runtime::Id) -> usize) -> HostUse {
        let count = |member: &Arc<Member>| {
            let uses = member.uses.load(Ordering::Relaxed);
            (uses, uses + more(member.host.handle().id()))
        };
        let mut refused = false;
        loop {
            let (least, (uses, all), started) = self.others(|others| {
                let mut least = (&self.first, count(&self.first));
                for member in others {
                    let count = count(member);
                    if count.1 < least.1.1 {
                        least = (member, count);
                    }
                }
                (Arc::clone(least.0), least.1, 1 + others.len())
            });
            if all > 0 && started < limit && !refused {
                refused = !self.start_another(started);
                continue;
            }
            // Who has come between has made it another one's turn.
            let used =
                least.uses.compare_exchange(uses, uses + 1, Ordering::Relaxed, Ordering::Relaxed);
            if used.is_ok() {
                return HostUse { group: Arc::clone(self), member: least };
            }
        }
    }

    /// Starts one more than `started`, unless that is done already. The answer says whether there are more than
    /// `started`.
    #[cold]
    fn start_another(self: &Arc<Self>, started: usize) -> bool {
        let _starting = self.starting.lock().unwrap_or_else(PoisonError::into_inner);
        if self.others(<[_]>::len) + 1 != started {
            return true;
        }
        let Ok(member) = Member::start() else { return false };
        self.register(&member);
        self.others.write().unwrap_or_else(PoisonError::into_inner).push(member);
        true
    }

    fn register(self: &Arc<Self>, member: &Member) {
        let mut groups = groups().write().unwrap_or_else(PoisonError::into_inner);
        groups.insert(member.host.handle().id(), Arc::downgrade(self));
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let others = self.others.get_mut().unwrap_or_else(PoisonError::into_inner);
        let mut groups = groups().write().unwrap_or_else(PoisonError::into_inner);
        for member in others.iter().chain([&self.first]) {
            groups.remove(&member.host.handle().id());
        }
    }
}

impl Member {
    fn start() -> Result<Arc<Self>, Error> {
        Ok(Arc::new(Self { host: Host::new()?, uses: AtomicUsize::new(0) }))
    }
}

impl HostUse {
    fn new(group: &Arc<Group>, member: Arc<Member>) -> Self {
        member.uses.fetch_add(1, Ordering::Relaxed);
        Self { group: Arc::clone(group), member }
    }

    /// As [`Host::spawn`].
    ///
    /// # Errors
    ///
    /// As [`Host::spawn`].
    ///
    /// # Panics
    ///
    /// As [`Host::spawn`].
    pub fn spawn<F, T, E>(&self, f: F) -> HostedTask<T, E>
    where
        F: FnOnce() -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.member.host.spawn(f)
    }

    /// As [`Host::handle`].
    #[must_use]
    pub fn handle(&self) -> runtime::Handle {
        self.member.host.handle()
    }
}

impl Clone for HostUse {
    fn clone(&self) -> Self {
        Self::new(&self.group, Arc::clone(&self.member))
    }
}

impl Drop for HostUse {
    fn drop(&mut self) {
        self.member.uses.fetch_sub(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for HostUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.member.host.fmt(f)
    }
}
