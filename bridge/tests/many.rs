//! Very many greenlets at once: what they cost, what they give back, and where they end.
//!
//! Each test is a process of its own, because what is measured belongs to the process.
// No system has a hundred thousand threads.
#![cfg(all(target_os = "linux", not(aludel_threads)))]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests may; the numbers are printed")]

mod support;

use std::fs;
use std::pin::Pin;
use std::task::Poll;

use aludel_bridge::{Error, await_, greenlet_spawn, set_stack_size, stats};
use support::child::passes;
use support::older_kernel::forget_guard_markers;
use support::{Gate, poll};

const MANY: usize = 100_000;

/// What the kernel knows of this process.
#[derive(Clone, Copy, Debug)]
struct Memory {
    resident_kib: usize,
    page_tables_kib: usize,
    mappings: usize,
}

impl Memory {
    fn now() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let field = |name: &str| -> usize {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.trim_start_matches(':').trim().trim_end_matches(" kB").parse().unwrap()
        };
        Self {
            resident_kib: field("VmRSS"),
            page_tables_kib: field("VmPTE"),
            mappings: fs::read_to_string("/proc/self/maps").unwrap().lines().count(),
        }
    }
}

type Waiting = Pin<Box<dyn Future<Output = Result<(), Error>>>>;

/// A greenlet that waits at the gate, or why it could not start.
fn suspended(gate: &Gate) -> Result<Waiting, Error> {
    let pass = gate.pass();
    let mut greenlet: Waiting = Box::pin(greenlet_spawn(move || await_(pass)));
    match poll(greenlet.as_mut()) {
        Poll::Pending => Ok(greenlet),
        Poll::Ready(result) => result.map(|()| greenlet),
    }
}

// Guards made by mprotect end at 32,750 stacks under the usual limit of mappings.
// fault: B23
#[test]
fn a_hundred_thousand_greenlets_wait_at_once() {
    let told = passes("child_many");
    println!("{}", told.lines().filter(|line| line.contains("KiB")).collect::<Vec<_>>().join("\n"));
}

#[test]
#[ignore = "a part of the test above that names it, which runs it in a child process"]
fn child_many() {
    drop(suspended(&Gate::new()).unwrap());
    let before = Memory::now();
    let gate = Gate::new();
    let mut greenlets: Vec<_> = (0..MANY).map(|_| suspended(&gate).unwrap()).collect();
    assert_eq!(stats().live, MANY);
    let full = Memory::now();
    let each = |kib: usize| kib * 1024 / MANY;
    let resident = each(full.resident_kib - before.resident_kib);
    let page_tables = each(full.page_tables_kib - before.page_tables_kib);
    println!(
        "{MANY} suspended greenlets: {} KiB resident ({resident} bytes each), {} KiB of page \
         tables ({page_tables} bytes each), {} mappings",
        full.resident_kib, full.page_tables_kib, full.mappings
    );
    assert!(resident < 10 * 1024, "two pages and what the test itself keeps: {full:?}");
    assert!(full.mappings < before.mappings + MANY / 50, "{before:?} {full:?}");

    // Every other one goes, so that holes are left everywhere.
    let mut odd = false;
    greenlets.retain(|_| {
        odd = !odd;
        odd
    });
    let half = Memory::now();
    assert!(half.mappings < before.mappings + MANY / 50, "{before:?} {half:?}");
    assert!(half.resident_kib < full.resident_kib * 6 / 10, "{full:?} {half:?}");

    // The holes are used again.
    greenlets.extend((0..MANY / 2).map(|_| suspended(&gate).unwrap()));
    let again = Memory::now();
    assert!(again.page_tables_kib < full.page_tables_kib * 11 / 10, "{full:?} {again:?}");
    assert!(again.resident_kib < full.resident_kib * 11 / 10, "{full:?} {again:?}");

    gate.open();
    assert!(greenlets.iter_mut().all(|greenlet| poll(greenlet.as_mut()).is_ready()));
    drop(greenlets);
    assert_eq!((stats().live, stats().pooled), (0, 64));
    let after = Memory::now();
    println!("afterwards: {after:?}");
    assert!(after.page_tables_kib < full.page_tables_kib / 4, "{full:?} {after:?}");
    assert!(after.mappings < before.mappings + 200, "{before:?} {after:?}");
}

// fault: B23, B24
#[test]
fn without_guard_markers_the_limit_of_mappings_is_an_error() {
    let told = passes("child_many_without_markers");
    println!("{}", told.lines().filter(|line| line.contains("waited")).collect::<String>());
}

#[test]
#[ignore = "a part of the test above that names it, which runs it in a child process"]
fn child_many_without_markers() {
    forget_guard_markers();
    let limit = fs::read_to_string("/proc/sys/vm/max_map_count").unwrap();
    if limit.trim().parse::<usize>().unwrap() > 3 * MANY {
        println!("vm.max_map_count = {} is too far away to be met", limit.trim());
        return;
    }
    set_stack_size(64 * 1024);
    let gate = Gate::new();
    for round in 0..2 {
        let mut greenlets = Vec::new();
        let error = loop {
            match suspended(&gate) {
                Ok(greenlet) => greenlets.push(greenlet),
                Err(error) => break error,
            }
        };
        let (count, memory) = (greenlets.len(), Memory::now());
        println!("{count} greenlets waited, {} mappings: {error}", memory.mappings);
        assert!(count > 25_000, "round {round}: {count}");
        assert!(matches!(error, Error::Stack(_)), "{error:?}");
        let text = error.to_string();
        assert!(text.contains("vm.max_map_count") && text.contains("Linux 6.13"), "{text}");
        // What else the program does must still find room: a thread has a stack of its own too.
        let threads: Vec<_> = (0..50)
            .map(|_| std::thread::Builder::new().spawn(|| vec![1_u8; 1 << 20].len()).unwrap())
            .collect();
        assert!(threads.into_iter().all(|thread| thread.join().unwrap() == 1 << 20));
        drop(greenlets);
        assert_eq!(stats().live, 0);
    }
}
