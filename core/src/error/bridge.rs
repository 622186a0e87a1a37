//! Errors of the bridge as errors of the core.

use aludel_bridge as bridge;

use super::{Error, ErrorKind};

impl From<bridge::Error> for Error {
    fn from(error: bridge::Error) -> Self {
        let kind = match &error {
            bridge::Error::Cancelled => ErrorKind::Cancelled,
            bridge::Error::MissingGreenlet => ErrorKind::MissingGreenlet,
            bridge::Error::Panicking
            | bridge::Error::AwaitRequired
            | bridge::Error::SuspendForbidden => ErrorKind::InvalidRequest,
            bridge::Error::Stack(_) | bridge::Error::HostStart(_) => ErrorKind::ResourceExhausted,
            bridge::Error::HostGone => ErrorKind::ResourceClosed,
            // The bridge's list of errors is open.
            _ => ErrorKind::Internal,
        };
        let message = match &error {
            bridge::Error::MissingGreenlet => MISSING_GREENLET.to_owned(),
            bridge::Error::Panicking => PANICKING.to_owned(),
            bridge::Error::HostGone => HOST_GONE.to_owned(),
            other => other.to_string(),
        };
        Self::new(kind, message).with_source(error)
    }
}

const MISSING_GREENLET: &str = "the synchronous API of an async engine was called outside a greenlet, where it cannot wait; \
     call it inside `run_sync(|conn| …)` of the async engine or connection, or make a blocking \
     engine by create_engine()";

const PANICKING: &str = "the connection cannot wait while its thread unwinds from a panic; do not use a connection in a \
     Drop that runs during a panic: the pool recovers a connection that is dropped";

const HOST_GONE: &str = "the thread that runs this engine's greenlets has ended before the call did; keep the async \
     engine, or a clone of it, until its calls have returned";

#[cfg(test)]
mod tests {
    use std::error::Error as _;
    use std::io;

    use super::*;

    #[test]
    fn each_error_of_the_bridge_has_its_kind_and_is_the_source() {
        let io = || io::Error::from(io::ErrorKind::OutOfMemory);
        for (error, kind) in [
            (bridge::Error::Cancelled, ErrorKind::Cancelled),
            (bridge::Error::MissingGreenlet, ErrorKind::MissingGreenlet),
            (bridge::Error::Panicking, ErrorKind::InvalidRequest),
            (bridge::Error::AwaitRequired, ErrorKind::InvalidRequest),
            (bridge::Error::SuspendForbidden, ErrorKind::InvalidRequest),
            (bridge::Error::Stack(io()), ErrorKind::ResourceExhausted),
            (bridge::Error::HostStart(io()), ErrorKind::ResourceExhausted),
            (bridge::Error::HostGone, ErrorKind::ResourceClosed),
        ] {
            let text = error.to_string();
            let ours = Error::from(error);
            assert_eq!(ours.kind(), kind, "{ours}");
            assert_eq!(ours.source().map(ToString::to_string), Some(text));
        }
    }

    #[test]
    fn a_missing_greenlet_is_cured_by_run_sync() {
        let error = Error::from(bridge::Error::MissingGreenlet);
        assert!(error.message().contains("run_sync"), "{error}");
        assert!(!error.message().contains("greenlet_spawn"), "{error}");
    }
}
