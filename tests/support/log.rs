//! A subscriber that writes down what the library says, and in which spans.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, Once, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::NoSubscriber;
use tracing::{Dispatch, Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Registry};

/// Before the first statement of a test: has `tracing` ask each subscriber there is about a place in the code, and not
/// only that of the thread that comes there first.
///
/// While there are less than two subscribers, a thread without one that is the first to come to a place closes it for all
/// (<https://github.com/tokio-rs/tracing/issues/2874>), so that a test beside it hears nothing from there.
pub(crate) fn several_subscribers() {
    static MADE: Once = Once::new();
    MADE.call_once(|| {
        for _ in 0..2 {
            std::mem::forget(Dispatch::new(NoSubscriber::new()));
        }
    });
}

/// The fields of an event or of a span, as text; an event's `message` is one.
pub(crate) type Fields = BTreeMap<&'static str, String>;

/// An event.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) target: &'static str,
    /// The names of the spans it is in, outermost first.
    pub(crate) path: String,
    pub(crate) fields: Fields,
}

impl Said {
    pub(crate) fn message(&self) -> &str {
        self.fields.get("message").map_or("", String::as_str)
    }
}

/// What was said, and the spans that were closed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log {
    said: Arc<Mutex<Vec<Said>>>,
    /// With the path of each.
    spans: Arc<Mutex<Vec<(String, Fields)>>>,
}

impl Log {
    /// A subscriber that writes here.
    pub(crate) fn dispatch(&self) -> Dispatch {
        several_subscribers();
        Dispatch::new(Registry::default().with(self.clone()))
    }

    /// What was said by the library's parts of this name since the last time.
    pub(crate) fn take(&self, target: &str) -> Vec<Said> {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let (taken, left) = said.drain(..).partition(|said: &Said| said.target == target);
        *said = left;
        taken
    }

    /// The spans of this name that were closed since the last time.
    pub(crate) fn take_spans(&self, name: &str) -> Vec<(String, Fields)> {
        let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        let ended = |path: &str| path.rsplit('/').next() == Some(name);
        let (taken, left) = spans.drain(..).partition(|(path, _)| ended(path));
        *spans = left;
        taken
    }
}

struct Read<'f>(&'f mut Fields);

impl Visit for Read<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Log {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::new();
        attributes.record(&mut Read(&mut fields));
        context.span(id).expect("a span").extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let span = context.span(id).expect("a span");
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            values.record(&mut Read(fields));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::new();
        event.record(&mut Read(&mut fields));
        let spans = context.event_scope(event).into_iter().flat_map(|scope| scope.from_root());
        let path: Vec<_> = spans.map(|span| span.name()).collect();
        let said = Said { target: event.metadata().target(), path: path.join("/"), fields };
        self.said.lock().unwrap_or_else(PoisonError::into_inner).push(said);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let span = context.span(&id).expect("a span");
        let fields = span.extensions_mut().remove::<Fields>().unwrap_or_default();
        let path: Vec<_> = span.scope().from_root().map(|span| span.name()).collect();
        let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        spans.push((path.join("/"), fields));
    }
}
