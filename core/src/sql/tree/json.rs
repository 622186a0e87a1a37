//! Parts of JSON documents.

use super::{Children, Expression, Kind, Literal};
use crate::sql::types;
use crate::value::Value;

const NEGATIVE: &str = "an index into a JSON array is negative, which databases do not read alike; \
     count from the front, from 0";

/// As what a part of a JSON document is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum JsonForm {
    /// JSON itself.
    Json,
    /// Text: of a string its characters, of all else its JSON; of `null` NULL.
    String,
    /// An integer of 64 bits; NULL if it is no number.
    Integer,
    /// A floating-point number; NULL if it is no number.
    Float,
    /// A decimal number; NULL if it is no number.
    Numeric,
    /// A truth value; NULL if it is none.
    Boolean,
}

/// What is changed in a JSON document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum JsonChange {
    /// A part is set.
    Set,
    /// A part is taken out.
    Remove,
}

/// One step into a JSON document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonStep {
    /// The member of an object.
    Key(Box<str>),
    /// The element of an array, counted from 0.
    Index(i64),
}

/// The path in JSON's own writing, `$."a"[1]`. Keys are strings of JSON there.
fn add_step(path: &mut String, step: &JsonStep) {
    match step {
        JsonStep::Key(key) => {
            path.push_str(".\"");
            for c in key.chars() {
                match c {
                    '"' => path.push_str("\\\""),
                    '\\' => path.push_str("\\\\"),
                    '\n' => path.push_str("\\n"),
                    '\r' => path.push_str("\\r"),
                    '\t' => path.push_str("\\t"),
                    '\u{8}' => path.push_str("\\b"),
                    '\u{c}' => path.push_str("\\f"),
                    c if c < ' ' => path.push_str(&format!("\\u{:04x}", u32::from(c))),
                    c => path.push(c),
                }
            }
            path.push('"');
        }
        JsonStep::Index(index) => path.push_str(&format!("[{index}]")),
    }
}

fn bound(step: &JsonStep) -> Expression {
    match step {
        JsonStep::Key(key) => declared(Value::Text(key.clone()), &types::UnboundedString),
        JsonStep::Index(index) => declared(Value::Int(*index), &types::BigInteger),
    }
}

fn declared(value: Value, ty: &'static types::Type) -> Expression {
    let ty = super::ValueType::Declared(ty);
    Expression { kind: Kind::Literal(Literal { value, ty }), children: Children::NONE, depth: 0 }
}

impl Expression {
    /// A part of this document. Its children are the document, the path, and each step of it: some
    /// databases take the one, others the other. A part of a part is one path.
    pub(in crate::sql) fn json(mut self, steps: Vec<JsonStep>, form: JsonForm) -> Self {
        if steps.iter().any(|step| matches!(step, JsonStep::Index(index) if *index < 0)) {
            return Self::refused(NEGATIVE);
        }
        if !matches!(self.kind, Kind::Json(JsonForm::Json)) {
            let path = declared("$".into(), &types::UnboundedString);
            self = Self::node(Kind::Json(form), vec![self, path]);
            if self.refusal().is_some() {
                return self;
            }
        }
        self.kind = Kind::Json(form);
        if let Some(Kind::Literal(Literal { value: Value::Text(path), .. })) =
            self.children.get_mut(1).map(|path| &mut path.kind)
        {
            let mut text = std::mem::take(path).into_string();
            steps.iter().for_each(|step| add_step(&mut text, step));
            *path = text.into_boxed_str();
        }
        self.children.extend(steps.iter().map(bound));
        self
    }

    /// A changed document: the document, the path, each step, and the new value if there is one.
    pub(in crate::sql) fn json_change(self, steps: Vec<JsonStep>, value: Option<Self>) -> Self {
        if steps.is_empty() {
            return Self::refused(
                "a change of a JSON document names no part of it; set the column itself",
            );
        }
        let change = if value.is_some() { JsonChange::Set } else { JsonChange::Remove };
        // The path is not that of a part that is read, and so is one of its own.
        let mut part = Self::null().json(steps, JsonForm::Json);
        if part.refusal().is_some() {
            return part;
        }
        part.children[0] = self;
        let mut children = part.children.into_vec();
        children.extend(value);
        Self::node(Kind::JsonChange(change), children)
    }
}

macro_rules! document_operators {
    ($($operator:ident $sql:literal $feature:ident $doc:literal;)*) => {
        /// An operator of JSON documents or of arrays, as PostgreSQL has it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum DocumentOperator {
            $(#[doc = $doc] $operator,)*
        }

        impl DocumentOperator {
            /// What stands between its operands.
            #[must_use]
            pub const fn sql(self) -> &'static str {
                match self { $(Self::$operator => $sql,)* }
            }

            /// What a database has that has it.
            #[must_use]
            pub const fn feature(self) -> crate::sql::Feature {
                match self { $(Self::$operator => crate::sql::Feature::$feature,)* }
            }
        }
    };
}

document_operators! {
    JsonContains "@>" JsonContainment "The left document has all of the right one.";
    JsonContainedBy "<@" JsonContainment "The right document has all of the left one.";
    HasKey "?" JsonContainment "The document has a key.";
    HasAny "?|" JsonContainment "The document has one of several keys.";
    HasAll "?&" JsonContainment "The document has all of several keys.";
    PathExists "@?" JsonPathQueries "A path leads to something.";
    PathMatch "@@" JsonPathQueries "The predicate of a path holds.";
    JsonConcat "||" JsonContainment "The members of both documents; the right one wins.";
    ArrayContains "@>" Arrays "The left array has all elements of the right one.";
    ArrayContainedBy "<@" Arrays "The right array has all elements of the left one.";
    ArrayOverlap "&&" Arrays "The arrays have an element in common.";
    ArrayConcat "||" Arrays "One array behind the other.";
}
