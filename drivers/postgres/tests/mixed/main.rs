//! What programs do with a session, at random: prepared statements past the client crate, among all that goes through it.
//! Each question has a number of its own, which its answer must have, and what the session holds is counted.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod conversation;
mod random;
mod session;
mod statements;
#[path = "../support/mod.rs"]
mod support;

use std::thread;
use std::time::{Duration, Instant};

use aludel_postgres::PostgresDriver;
use aludel_testing::proxy::Proxy;
use aludel_testing::say;
use tokio::runtime::Handle;

use self::conversation::Conversation;
use self::support::{proxied, server};

/// How many things are done with a connection.
const STEPS: usize = 200;

impl Conversation {
    async fn step(&mut self) {
        if let Some(proxy) = &self.proxy {
            proxy.take_log();
            proxy.pass_in_steps([1, 3, 17, 200, 4096, usize::MAX][self.random.index(6)]);
            proxy.delay_answers(Duration::from_micros([0, 0, 0, 100, 600][self.random.index(5)]));
        }
        match self.random.below(61) / 3 {
            0..=6 => self.select().await,
            7..=9 => self.insert().await,
            10 => self.many().await,
            11 => self.cursor().await,
            12 => self.fail_reading().await,
            13 | 14 => self.begin().await,
            15 => self.end().await,
            16 => self.savepoint().await,
            17 => self.odd().await,
            20 => self.be_ended().await,
            _ => self.check().await,
        }
    }
}

/// Converses with seed after seed for a time, or with the one that the environment says.
async fn converse(driver: PostgresDriver, proxy: Option<Proxy>, first: u64) {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let time = Duration::from_secs(number("ALUDEL_TEST_SECONDS").unwrap_or(3));
    let given = number("ALUDEL_TEST_SEED");
    let begun = Instant::now();
    let (mut lost, mut seeds) = (0, 0);
    for seed in given.map_or(first..u64::MAX, |seed| seed..seed + 1) {
        let mut conversation = Conversation::new(&driver, proxy.clone(), seed).await;
        for _ in 0..STEPS {
            conversation.step().await;
        }
        lost += conversation.lost;
        seeds += 1;
        if begun.elapsed() > time {
            break;
        }
    }
    say(&format!("{seeds} seeds from {}, {lost} connections lost", given.unwrap_or(first)));
}

// fault: D01, D27
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_is_that_of_its_question() {
    let driver = driver!();
    let runtime = Handle::current();
    // Their tasks are polled by the threads of the runtime, beside those that ask.
    let threads = [1, 1_000_000].map(|first| {
        let (driver, runtime) = (driver.clone(), runtime.clone());
        thread::spawn(move || runtime.block_on(converse(driver, None, first)))
    });
    for thread in threads {
        thread.join().unwrap();
    }
}

#[tokio::test]
async fn every_answer_is_that_of_its_question_in_pieces() {
    let Some(config) = server() else { return };
    let (proxy, through) = proxied(&config);
    converse(PostgresDriver::new(through), Some(proxy), 2_000_000).await;
}
