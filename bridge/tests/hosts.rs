//! Several hosts: when another one starts, who gets which, and how long they live.
#![allow(clippy::unwrap_used, reason = "helpers of tests may")]

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Barrier, mpsc};
use std::thread::ThreadId;
use std::time::Duration;

use aludel_bridge::{Error, HostUse, Hosts, await_};
use futures::executor::block_on;
use futures::future::join_all;

fn hosts(limit: usize) -> Hosts {
    Hosts::new(NonZeroUsize::new(limit).unwrap()).unwrap()
}

/// The thread of a host: that of its futures, which greenlets are not on where they are threads.
fn thread_of(host: &HostUse) -> ThreadId {
    let id = || await_(async { std::thread::current().id() });
    block_on(host.spawn(id)).unwrap()
}

#[test]
fn another_starts_when_all_are_in_use_and_none_beyond_the_limit() {
    let hosts = hosts(3);
    let first = thread_of(&hosts.least_used());
    // Nobody has it any more.
    assert_eq!(thread_of(&hosts.least_used()), first);
    let mut uses: Vec<_> = (0..6).map(|_| hosts.least_used()).collect();
    let threads: Vec<_> = uses.iter().map(thread_of).collect();
    assert_eq!((threads[0], &threads[..3]), (first, &threads[3..]));
    assert!(threads[0] != threads[1] && threads[1] != threads[2] && threads[2] != threads[0]);
    // Who has the fewest is next, and clones count.
    let clone = uses[0].clone();
    drop(uses.remove(1));
    assert_eq!(thread_of(&hosts.least_used()), threads[1]);
    drop(uses.remove(0));
    assert_eq!(thread_of(&hosts.least_used()), threads[1]);
    drop(clone);
    assert_eq!(thread_of(&hosts.least_used()), first);
}

/// Who takes a use at the same time as others has the host that is least used then.
#[test]
fn simultaneous_uses_are_spread() {
    for round in 0..100 {
        let hosts = hosts(2 + round % 3);
        let meet = Barrier::new(6);
        let uses: Vec<_> = std::thread::scope(|scope| {
            let take = || {
                meet.wait();
                hosts.least_used()
            };
            let taking: Vec<_> = (0..6).map(|_| scope.spawn(take)).collect();
            taking.into_iter().map(|taken| taken.join().unwrap()).collect()
        });
        let mut counts = HashMap::new();
        for used in &uses {
            *counts.entry(used.handle().id()).or_insert(0) += 1;
        }
        let spread = counts.values().max().unwrap() - counts.values().min().unwrap();
        assert!(counts.len() == 2 + round % 3 && spread <= 1, "{counts:?}");
    }
}

#[test]
fn what_a_host_has_besides_counts() {
    let hosts = hosts(2);
    let first = hosts.least_used();
    let id = first.handle().id();
    let beside = |more: &dyn Fn(tokio::runtime::Id) -> usize| {
        Hosts::least_used_beside(id, more).unwrap().id()
    };
    let other = beside(&|_| 0);
    assert_ne!(other, id, "another one starts");
    assert_eq!(beside(&|host| if host == other { 2 } else { 0 }), id);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert!(Hosts::least_used_beside(runtime.handle().id(), |_| 0).is_none(), "no host's");
    drop((hosts, first));
    assert!(Hosts::least_used_beside(id, |_| 0).is_none(), "they have ended");
}

#[test]
fn what_starts_none_takes_the_least_used_of_those_that_run() {
    let hosts = hosts(2);
    let one = hosts.least_used();
    assert_eq!(thread_of(&hosts.least_used_of_started()), thread_of(&one));
    let other = hosts.least_used();
    let more = one.clone();
    assert_eq!(thread_of(&hosts.least_used_of_started()), thread_of(&other));
    drop(more);
}

#[test]
fn a_use_is_found_by_the_runtime_of_its_host() {
    let (hosts, stranger) = (hosts(2), hosts(1));
    let (one, other) = (hosts.least_used(), hosts.least_used());
    for host in [&one, &other] {
        let found = hosts.of_runtime(host.handle().id()).unwrap();
        assert_eq!(thread_of(&found), thread_of(host));
        assert!(stranger.of_runtime(host.handle().id()).is_none());
    }
}

#[test]
fn hosts_run_at_the_same_time() {
    let hosts = hosts(2);
    let meet = Arc::new(Barrier::new(2));
    let (sender, met) = mpsc::channel();
    let uses = [hosts.least_used(), hosts.least_used()];
    let tasks = uses.each_ref().map(|host| {
        let (meet, sender) = (Arc::clone(&meet), sender.clone());
        host.spawn(move || {
            meet.wait();
            sender.send(()).unwrap();
            Ok::<_, Error>(())
        })
    });
    // On one thread the first would wait for ever.
    met.recv_timeout(Duration::from_secs(30)).unwrap();
    assert!(block_on(join_all(tasks)).into_iter().all(|outcome| outcome.is_ok()));
}

#[test]
fn a_use_keeps_the_others_alive_and_their_end_is_that_of_all() {
    let hosts = hosts(2);
    let (one, other) = (hosts.least_used(), hosts.least_used());
    let [first, second] = [one.handle().id(), other.handle().id()];
    let (sender, receiver) = futures::channel::oneshot::channel();
    let waits = other.spawn(move || await_(receiver));
    drop((hosts, other));
    assert!(Hosts::live_together(first, second) && Hosts::live_together(second, first));
    sender.send(7).unwrap();
    assert_eq!(block_on(waits).unwrap(), Ok(7));
    drop(one);
    assert!(!Hosts::live_together(first, second) && Hosts::live_together(first, first));
}

#[test]
fn hosts_of_two_sets_do_not_live_together() {
    let (some, others) = (hosts(2), hosts(2));
    let uses = [some.least_used(), some.least_used(), others.least_used(), others.least_used()];
    let [a, b, c, d] = uses.each_ref().map(|host| host.handle().id());
    assert!(Hosts::live_together(a, b) && Hosts::live_together(c, d));
    assert!(!Hosts::live_together(a, c) && !Hosts::live_together(b, d));
}

#[test]
fn asking_at_the_same_time_starts_no_more_than_the_limit() {
    let hosts = hosts(4);
    let meet = Arc::new(Barrier::new(8));
    let asking = (0..8).map(|_| {
        let (hosts, meet) = (hosts.clone(), Arc::clone(&meet));
        std::thread::spawn(move || {
            meet.wait();
            (0..50).map(|_| hosts.least_used()).collect::<Vec<_>>()
        })
    });
    let asking: Vec<_> = asking.collect();
    let uses: Vec<_> = asking.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    let threads: std::collections::HashSet<_> =
        uses.iter().map(|host| host.handle().id()).collect();
    assert_eq!(threads.len(), 4);
}
