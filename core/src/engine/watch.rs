//! What is seen of a statement while it runs: a span in the words of OpenTelemetry, its time, and a
//! warning if that was long.

use std::io::Write;
use std::time::{Duration, Instant};

use tracing::field::{Empty, display};
use tracing::span::EnteredSpan;
use tracing::{Span, dispatcher};

use super::Engine;
use super::connection::Inner;
use super::echo::show;
use super::events::Parameters;
use super::summary::Summary;
use crate::error::Error;
use crate::value::Value;

/// The names of the first parameters in a span; those behind are not shown.
const PARAMETERS: [&str; 10] = [
    "db.query.parameter.0",
    "db.query.parameter.1",
    "db.query.parameter.2",
    "db.query.parameter.3",
    "db.query.parameter.4",
    "db.query.parameter.5",
    "db.query.parameter.6",
    "db.query.parameter.7",
    "db.query.parameter.8",
    "db.query.parameter.9",
];

/// One statement that runs.
pub(super) struct Watch {
    started: Option<Instant>,
    connection: u64,
    span: Option<EnteredSpan>,
}

impl Watch {
    /// Begins, if anybody wants to know: a subscriber, the threshold of the engine, or the caller.
    #[inline]
    pub(super) fn begin(
        inner: &Inner,
        sql: &str,
        parameters: Option<&Parameters>,
        timed: bool,
    ) -> Self {
        let traced = dispatcher::has_been_set();
        if traced || timed || inner.engine.observation().slow_threshold.is_some() {
            Self::start(inner, sql, parameters, traced)
        } else {
            Self { started: None, connection: 0, span: None }
        }
    }

    #[cold]
    fn start(inner: &Inner, sql: &str, parameters: Option<&Parameters>, traced: bool) -> Self {
        let span = traced.then(|| span(inner, sql, parameters)).filter(|span| !span.is_disabled());
        let connection = inner.number();
        Self { started: Some(Instant::now()), connection, span: span.map(Span::entered) }
    }

    /// The statement is over; how long it took, if that was asked for.
    #[inline]
    pub(super) fn end(self, engine: &Engine, sql: &str, error: Option<&Error>) -> Duration {
        match self.started {
            None => Duration::ZERO,
            Some(started) => self.finish(engine, sql, error, started.elapsed()),
        }
    }

    #[cold]
    fn finish(
        self,
        engine: &Engine,
        sql: &str,
        error: Option<&Error>,
        elapsed: Duration,
    ) -> Duration {
        if let (Some(span), Some(error)) = (&self.span, error) {
            span.record("otel.status_code", "ERROR");
            span.record("error.type", error.sqlstate().unwrap_or(error.code()));
            if let Some(code) = error.sqlstate() {
                span.record("db.response.status_code", code);
            }
        }
        if engine.observation().slow_threshold.is_some_and(|slow| elapsed >= slow) {
            slow(engine, self.connection, sql, elapsed);
        }
        elapsed
    }
}

fn span(inner: &Inner, sql: &str, parameters: Option<&Parameters>) -> Span {
    let engine = &inner.engine;
    let endpoint = engine.endpoint();
    let sets = match parameters {
        Some(Parameters::Many(sets)) if sets.len() > 1 => u64::try_from(sets.len()).ok(),
        _ => None,
    };
    let span = tracing::info_span!(
        target: "aludel::statement",
        "statement",
        otel.name = Empty,
        otel.kind = "client",
        otel.status_code = Empty,
        db.system.name = engine.name(),
        db.namespace = endpoint.namespace.as_deref(),
        db.operation.name = Empty,
        db.collection.name = Empty,
        db.query.summary = Empty,
        db.operation.batch.size = sets,
        db.query.text = sql,
        db.response.status_code = Empty,
        error.type = Empty,
        server.address = endpoint.address.as_deref(),
        server.port = endpoint.port,
        network.peer.address = Empty,
        network.peer.port = Empty,
        connection = inner.number(),
        logging_token = inner.options.get_logging_token(),
        "db.query.parameter.0" = Empty,
        "db.query.parameter.1" = Empty,
        "db.query.parameter.2" = Empty,
        "db.query.parameter.3" = Empty,
        "db.query.parameter.4" = Empty,
        "db.query.parameter.5" = Empty,
        "db.query.parameter.6" = Empty,
        "db.query.parameter.7" = Empty,
        "db.query.parameter.8" = Empty,
        "db.query.parameter.9" = Empty,
    );
    if span.is_disabled() {
        // What nobody wants costs a look at its level.
        return span;
    }
    describe(&span, inner, sql);
    if engine.observation().trace_parameters
        && let Some(Parameters::One(values)) = parameters
    {
        record(&span, values);
    }
    span
}

/// Records what the statement does, and with whom.
fn describe(span: &Span, inner: &Inner, sql: &str) {
    let Summary { operation, collection, text } =
        Summary::of(sql, inner.engine.dialect().lexical_rules());
    let target = || {
        let endpoint = inner.engine.endpoint();
        let namespace = endpoint.namespace.as_deref().or(endpoint.address.as_deref());
        match (&operation, namespace) {
            (Some(operation), Some(target)) => format!("{operation} {target}"),
            (Some(operation), None) => operation.clone(),
            (None, Some(target)) => target.to_owned(),
            (None, None) => inner.engine.name().to_owned(),
        }
    };
    let name = match &text {
        Some(text) if text.contains(' ') => text.clone(),
        _ => target(),
    };
    span.record("otel.name", name);
    let fields = [
        ("db.operation.name", &operation),
        ("db.collection.name", &collection),
        ("db.query.summary", &text),
    ];
    for (field, value) in fields {
        if let Some(value) = value {
            span.record(field, value.as_str());
        }
    }
    if let Some(peer) = inner.pooled.as_ref().and_then(|pooled| pooled.server().peer()) {
        span.record("network.peer.address", display(peer.ip()));
        span.record("network.peer.port", peer.port());
    }
}

fn record(span: &Span, values: &[Value]) {
    for (name, value) in PARAMETERS.iter().zip(values) {
        span.record(*name, display(show(value)));
    }
}

#[cold]
fn slow(engine: &Engine, connection: u64, sql: &str, elapsed: Duration) {
    if dispatcher::has_been_set() {
        tracing::warn!(
            target: "aludel::slow",
            connection,
            db.system.name = engine.name(),
            db.query.text = sql,
            duration = elapsed.as_secs_f64(),
            "a statement took {elapsed:.1?}"
        );
    } else {
        // There is nothing to do about a closed standard error.
        let _ = writeln!(
            std::io::stderr().lock(),
            "aludel::slow [connection {connection}] {elapsed:.1?}: {sql}"
        );
    }
}
