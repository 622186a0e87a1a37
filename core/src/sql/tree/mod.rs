//! The tree: what every typed column and operator becomes.
//!
//! A node is a [`Kind`] with its attributes, and its children. Each kind is described once, in
//! `visit.rs`; the key of a statement, the numbers of its literals and the tables that it names are
//! derived from that. Its SQL is written in `write.rs`.

mod build;
mod call;
mod change;
mod children;
mod fragment;
mod json;
mod number_function;
mod number_kind;
mod operator;
mod shape;
mod value;
mod visit;
mod walks;
mod write;

pub use call::{Adaptation, KnownFunction};
pub(in crate::sql) use call::{Call, CallParts, Called, Over};
pub(in crate::sql) use children::{Children, forget_plain};
pub(in crate::sql) use fragment::Fragment;
pub use json::{DocumentOperator, JsonChange, JsonForm, JsonStep};
pub(in crate::sql) use number_function::{Gives, NumberFunction, Role};
pub(in crate::sql) use number_kind::{ColumnKinds, NumberKind};
pub use operator::{BitwiseOperator, DateField, Quotient, TextPlace, Wildcards};
pub(in crate::sql) use operator::{Like, Op, Precedence, Regexp, TextMatch};
pub(in crate::sql) use shape::Shape;
pub(crate) use value::needs_of;
pub(in crate::sql) use value::{
    Bind, BindDefault, List, ListOf, Literal, Made, NO_LIST, ValueType, bound_type, digits_behind,
    listed, own_type, type_in_text,
};
pub(in crate::sql) use visit::Visitor;
pub(in crate::sql) use walks::{KeyWalk, Mentioned, Named, Numbers};

use super::from::{FromClause, MappedAlias, MappedTable};
use super::schema::TableName;
use super::select::QueryParts;
use super::types::{Type, TypeKind};
use super::{Name, Nulls};

/// An expression without the Rust type of its value.
///
/// Programs make it through [`Col`](super::Col), [`Expr`](super::Expr) and their operators.
#[derive(Debug)]
pub struct Expression {
    pub(in crate::sql) kind: Kind,
    pub(in crate::sql) children: Children,
    /// How many nodes lie below one another under this one.
    depth: u16,
}

/// Each level of a deep tree takes as little of the stack as can be.
impl Clone for Expression {
    fn clone(&self) -> Self {
        let mut copy = self.without_children();
        copy_children(&self.children, &mut copy.children);
        copy
    }
}

fn copy_children(from: &[Expression], to: &mut Children) {
    for child in from {
        to.push(child.without_children());
        if let (false, Some(copy)) = (child.children.is_empty(), to.last_mut()) {
            copy_children(&child.children, &mut copy.children);
        }
    }
}

/// The kinds of nodes. The constructors of [`Expression`] see to the number of children.
#[derive(Debug, Clone)]
pub(in crate::sql) enum Kind {
    /// Of the table of a mapped struct, or of an alias of it: the plain case, which is small.
    MappedColumn {
        table: &'static MappedTable,
        alias: Option<Box<MappedAlias>>,
        name: &'static str,
    },
    Column(Box<Column>),
    /// `*`, as in `count(*)`.
    Star,
    Null,
    /// True or false.
    Truth(bool),
    Literal(Literal),
    /// A value that is made for each execution.
    Made(Box<Made>),
    Bind(Box<Bind>),
    /// SQL that the program wrote.
    Fragment(Box<Fragment>),
    /// Two children.
    Binary(Op),
    /// Two children, between which stands what the program wrote.
    Operator(Name),
    /// Two children.
    Division(Quotient),
    /// Two children.
    Bitwise(BitwiseOperator),
    /// One child.
    BitwiseNot,
    /// One child.
    Not,
    /// One child.
    Negate,
    /// One child.
    IsNull {
        negated: bool,
    },
    /// One child.
    IsTruth {
        truth: bool,
        negated: bool,
    },
    /// Two children.
    IsDistinct {
        negated: bool,
    },
    /// Two children.
    Like(Like),
    /// Two children.
    TextMatch(TextMatch),
    /// Two children.
    Regexp(Regexp),
    /// Three children.
    RegexpReplace {
        flags: Option<&'static str>,
    },
    /// Two children.
    FullText,
    /// One child.
    In {
        list: Box<List>,
        negated: bool,
    },
    /// Two children, of which the second is a `Query`.
    InSelect {
        negated: bool,
    },
    /// ANY or ALL. One child.
    Quantified {
        all: bool,
    },
    /// Several values that are compared as one.
    Tuple,
    /// Three children.
    Between {
        negated: bool,
        symmetric: bool,
    },
    /// All of the children hold.
    All,
    /// One of the children holds.
    Any,
    /// The value that is compared, if there is one; conditions and results; the other result, if
    /// there is one.
    Case {
        of: bool,
        otherwise: bool,
    },
    /// One child.
    Cast(Box<Type>),
    /// One child.
    Collate(Name),
    /// One child.
    Extract(DateField),
    Function(Name),
    /// A call of a known function, or with more than arguments.
    Call(Box<Call>),
    /// A function over a window.
    Over(Box<Over>),
    /// One child.
    Adapted(Adaptation),
    /// The document, the path, and each step of it.
    Json(JsonForm),
    /// The document, the path, each step of it, and the new value if there is one.
    JsonChange(JsonChange),
    /// Two children.
    Document(DocumentOperator),
    /// An array of its children, and its type if that cannot be seen from them.
    Array(Option<Box<Type>>),
    /// An element of an array, or from the one to the other if it is a slice.
    Subscript {
        slice: bool,
    },
    /// One child.
    Label(Name),
    /// A term of ORDER BY. One child.
    Ordered {
        descending: bool,
        nulls: Option<Nulls>,
    },
    /// A query that is a value.
    Query(QueryParts),
    /// One child, which is a `Query`.
    Exists {
        negated: bool,
    },
    /// A column of the result, by its name.
    ResultName(Name),
    /// Several terms of GROUP BY as one.
    Grouping(Grouping),
    /// The next value of a sequence.
    NextValue(Box<TableName>),
    /// What cannot be compiled, and why. It takes the place of all that is around it.
    Refused(&'static str),
}

/// Nodes are moved while a statement is built, and lie side by side in it: what is large and rare is
/// behind a pointer.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Kind>() <= 40 && size_of::<Expression>() <= 72);

impl Kind {
    /// How many levels a node of this kind counts for.
    fn levels(&self) -> u16 {
        match self {
            Self::Division(_)
            | Self::Bitwise(_)
            | Self::BitwiseNot
            | Self::IsDistinct { .. }
            | Self::Like(_)
            | Self::TextMatch(_)
            | Self::Regexp(_)
            | Self::RegexpReplace { .. }
            | Self::FullText
            | Self::Between { symmetric: true, .. }
            | Self::Cast(_)
            | Self::Call(_)
            | Self::Over(_)
            | Self::Adapted(_)
            | Self::Json(_)
            | Self::JsonChange(_)
            | Self::Document(_)
            | Self::Array(_)
            | Self::Subscript { .. }
            | Self::Extract(_) => LEVELS_OF_CLAUSE,
            _ => 1,
        }
    }
}

/// What several terms of GROUP BY are together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(in crate::sql) enum Grouping {
    /// A group of terms inside one of the others.
    Set,
    Rollup,
    Cube,
    Sets,
}

/// A column of any FROM object.
#[derive(Debug, Clone)]
pub(in crate::sql) struct Column {
    pub(in crate::sql) of: FromClause,
    pub(in crate::sql) name: Name,
    /// The sort of its type, where the object does not say it.
    pub(in crate::sql) ty: Option<TypeKind>,
}

/// How many levels of AND, OR, NOT and the like may stand above a comparison: everything that
/// walks through the tree calls itself for each level, and a stack ends. PostgreSQL and MySQL read that
/// many as they are set up; SQLite counts the operands too and reads a few less, which its driver says.
const DEEPEST: u16 = 1000;

/// What a dialect writes in a way of its own needs more of the stack.
const LEVELS_OF_CLAUSE: u16 = 3;

/// A comparison is a level of its own.
pub(in crate::sql) const MAX_DEPTH: u16 = DEEPEST + 1;

pub(in crate::sql) const TOO_DEEP: &str = "an expression is nested more than 1000 levels deep, the most that Aludel writes (SQLite reads a few \
     levels less); give `and_` or `or_` all conditions that \
     belong together, which is one level, or run several statements";
