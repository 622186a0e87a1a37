//! Running a prepared statement past the client crate: its answer is read as the server sends it.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use aludel_core::dbapi::{Outcome, ROWS_OF_A_TURN, RowSink, errors};
use aludel_core::error::{Error, Result};
use aludel_core::value::Value;
use tokio::time::timeout;

use crate::connection::PostgresConnection;
use crate::exchange::{DRAINED_ROWS, after_sink};
use crate::statements::Prepared;
use crate::value::BodyRow;
use crate::wire::{End, MOST_KEPT, Shortcut};

/// How a statement went that was to run past the crate.
pub(crate) enum Ran {
    /// To its end.
    Done(Outcome),
    /// The sink failed. The rest of the answer is discarded.
    Unread(Error),
    /// The crate must run it, or read what it was answered: it has the same to send. The columns may have been announced.
    ByCrate { announced: bool },
}

/// What was read of an answer.
#[derive(Default)]
struct Answer {
    /// Its first message was.
    bound: bool,
    announced: bool,
    affected: u64,
}

/// Nobody reads the answer when this is dropped, unless it was read.
struct Reading<'s>(&'s Shortcut);

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.discard();
    }
}

impl PostgresConnection {
    /// Runs a statement past the crate, if that can be done.
    pub(crate) async fn run_past_crate(
        &mut self,
        prepared: &Prepared,
        params: &[Value],
        sink: &mut dyn RowSink,
    ) -> Ran {
        let Self { shortcut, task, messages, .. } = self;
        let by_crate = Ran::ByCrate { announced: false };
        let Some(name) = &prepared.name else { return by_crate };
        if !shortcut.begin(name, prepared.statement.params(), params) {
            return by_crate;
        }
        let _reading = Reading(shortcut);
        let link = task.link();
        link.look_again();
        let mut answer = Answer::default();
        loop {
            let taken = poll_fn(|context| shortcut.poll_take(context, messages)).await;
            if taken.stopped {
                link.look_again();
            }
            let mut unread = messages.as_slice();
            loop {
                match answer.read(&mut unread, prepared, sink) {
                    Ok(()) if unread.is_empty() => break,
                    // Others have their turn.
                    Ok(()) => yield_now().await,
                    Err(error) => {
                        link.look_again();
                        return Ran::Unread(error);
                    }
                }
            }
            match taken.end {
                None => {}
                Some(End::Done) => {
                    if messages.capacity() > MOST_KEPT {
                        *messages = Vec::new();
                    }
                    return Ran::Done(Outcome::rows(answer.affected));
                }
                Some(End::Refused | End::Closed) => {
                    poll_fn(|context| shortcut.poll_hand_over(context, answer.bound)).await;
                    return Ran::ByCrate { announced: answer.announced };
                }
            }
        }
    }

    /// Closes an exchange whose answer is discarded, because the sink failed.
    pub(crate) async fn leave_unread(&mut self, error: Error) -> Result<Outcome> {
        let shortcut = Arc::clone(&self.shortcut);
        let end = poll_fn(|context| shortcut.poll_discarded(context, DRAINED_ROWS));
        let ended = timeout(self.recovery_budget, end).await.unwrap_or(false);
        self.leave(Err(after_sink(error, Ok(ended)))).await
    }
}

impl Answer {
    /// Reads messages and takes them off, as many as have rows for one turn.
    fn read(
        &mut self,
        messages: &mut &[u8],
        prepared: &Prepared,
        sink: &mut dyn RowSink,
    ) -> Result<()> {
        let mut rows = 0;
        while rows < ROWS_OF_A_TURN
            && let Some((&[tag, a, b, c, d], _)) = messages.split_first_chunk()
        {
            let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
            let end = length.checked_add(1).filter(|end| (5..=messages.len()).contains(end));
            let Some(end) = end else {
                return Err(errors::impossible("a message of the server is not whole"));
            };
            let (message, rest) = messages.split_at(end);
            let body = &message[5..];
            *messages = rest;
            match tag {
                b'D' => {
                    let columns = prepared.statement.columns();
                    sink.row(&BodyRow::new(body, &prepared.decoders, columns)?)?;
                    rows += 1;
                }
                b'2' => {
                    self.bound = true;
                    if !prepared.columns.is_empty() {
                        self.announced = true;
                        sink.columns(&prepared.columns)?;
                    }
                }
                b'C' => self.affected = affected(body),
                _ => {}
            }
        }
        Ok(())
    }
}

/// The number of rows in what the server says of a statement that it has executed, such as `INSERT 0 5`.
fn affected(body: &[u8]) -> u64 {
    let text = body.split_last().map_or(body, |(_, text)| text);
    let digits = text.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
    let mut number = 0_u64;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return 0;
        }
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
    }
    number
}

async fn yield_now() {
    let mut is_over = false;
    poll_fn(|context| {
        if is_over {
            return Poll::Ready(());
        }
        is_over = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_rows_stands_at_the_end() {
        for (body, rows) in [
            (&b"SELECT 3\0"[..], 3),
            (b"INSERT 0 12\0", 12),
            (b"CREATE TABLE\0", 0),
            (b"BEGIN\0", 0),
            (b"\0", 0),
            (b"", 0),
        ] {
            assert_eq!(affected(body), rows, "{body:?}");
        }
    }
}
