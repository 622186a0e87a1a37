//! The tree: what every typed column and operator becomes.
//!
//! A node is a [`Kind`] with its attributes, and its children. Each kind is described once, in
//! `visit.rs`; the key of a statement, the numbers of its literals and the tables that it names are
//! derived from that. Its SQL is written in `write.rs`.

mod operator;
mod visit;
mod write;

use std::collections::HashSet;
use std::sync::Arc;

pub(in crate::sql) use operator::{Op, Precedence};
use visit::BindSearch;
pub(in crate::sql) use visit::{KeyWalk, Named, Numbers, Visitor};

use super::from::{FromClause, MappedTable};
use super::select::SelectParts;
use super::types::Type;
use super::{Name, Nulls, Params};
use crate::value::Value;

/// An expression without the Rust type of its value.
///
/// Programs make it through [`Col`](super::Col), [`Expr`](super::Expr) and their operators.
#[derive(Debug)]
pub struct Expression {
    pub(in crate::sql) kind: Kind,
    pub(in crate::sql) children: Vec<Self>,
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

fn copy_children(from: &[Expression], to: &mut Vec<Expression>) {
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
        alias: Option<&'static str>,
        name: &'static str,
    },
    Column(Box<Column>),
    /// `*`, as in `count(*)`.
    Star,
    Literal(Literal),
    Bind(Bind),
    /// Two children.
    Binary(Op),
    /// One child.
    Not,
    /// One child.
    Negate,
    /// One child.
    IsNull {
        negated: bool,
    },
    /// One child.
    In {
        list: List,
        negated: bool,
    },
    /// Two children, of which the second is a `Select`.
    InSelect {
        negated: bool,
    },
    /// Three children.
    Between,
    /// All of the children hold.
    All,
    /// One of the children holds.
    Any,
    Function(Name),
    /// One child.
    Label(Name),
    /// A term of ORDER BY. One child.
    Ordered {
        descending: bool,
        nulls: Option<Nulls>,
    },
    /// A SELECT that is a value.
    Select(Arc<SelectParts>),
    /// One child, which is a `Select`.
    Exists,
    /// What cannot be compiled, and why. It takes the place of all that is around it.
    Refused(&'static str),
}

/// A column of any FROM object.
#[derive(Debug, Clone)]
pub(in crate::sql) struct Column {
    pub(in crate::sql) of: FromClause,
    pub(in crate::sql) name: Name,
}

/// A value that is bound, and the type that the database takes it for, where that is known.
#[derive(Debug, Clone)]
pub(in crate::sql) struct Literal {
    pub(in crate::sql) value: Value,
    pub(in crate::sql) ty: ValueType,
}

/// A value that is given at execution, by name.
#[derive(Debug, Clone)]
pub(in crate::sql) struct Bind {
    pub(in crate::sql) name: Name,
    pub(in crate::sql) ty: ValueType,
}

/// The values of an IN list.
#[derive(Debug, Clone)]
pub(in crate::sql) struct List {
    pub(in crate::sql) values: Box<[Value]>,
    pub(in crate::sql) ty: ValueType,
}

/// The type that the database takes a value for: that of the column beside which it stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::sql) enum ValueType {
    #[default]
    Unknown,
    /// Of a mapped struct.
    Static(&'static Type),
    /// Of a table that is described at run time.
    Described(Box<Type>),
}

impl ValueType {
    pub(in crate::sql) fn get(&self) -> Option<&Type> {
        match self {
            Self::Unknown => None,
            Self::Static(ty) => Some(ty),
            Self::Described(ty) => Some(ty),
        }
    }
}

impl From<&'static Type> for ValueType {
    fn from(ty: &'static Type) -> Self {
        Self::Static(ty)
    }
}

impl From<Option<Type>> for ValueType {
    fn from(ty: Option<Type>) -> Self {
        ty.map_or(Self::Unknown, |ty| Self::Described(Box::new(ty)))
    }
}

/// How many levels of AND, OR, NOT and the like may stand above a comparison: everything that
/// walks through the tree calls itself for each level, and a stack ends. PostgreSQL and MySQL read that
/// many as they are set up; SQLite counts the operands too and reads a few less, which its driver says.
const DEEPEST: u16 = 1000;

/// A comparison is a level of its own.
pub(in crate::sql) const MAX_DEPTH: u16 = DEEPEST + 1;

pub(in crate::sql) const TOO_DEEP: &str = "an expression is nested more than 1000 levels deep, the most that Aludel writes (SQLite reads a few \
     levels less); give `and_` or `or_` all conditions that \
     belong together, which is one level, or run several statements";

impl Expression {
    /// The same node, with room for as many children.
    fn without_children(&self) -> Self {
        let children = Vec::with_capacity(self.children.len());
        Self { kind: self.kind.clone(), children, depth: self.depth }
    }

    fn leaf(kind: Kind) -> Self {
        Self { kind, children: Vec::new(), depth: 0 }
    }

    /// A node over its children. What is nested too deeply is given up, and compiling the statement
    /// is an error.
    pub(in crate::sql) fn node(kind: Kind, children: Vec<Self>) -> Self {
        let deepest = children.iter().map(|child| child.depth).max();
        Self::over(kind, children, deepest.map_or(0, |deepest| deepest.saturating_add(1)))
    }

    /// A node whose only child this is.
    fn under(self, kind: Kind) -> Self {
        let depth = self.depth.saturating_add(1);
        Self::over(kind, vec![self], depth)
    }

    #[inline]
    fn over(kind: Kind, children: Vec<Self>, depth: u16) -> Self {
        if depth <= MAX_DEPTH {
            return Self { kind, children, depth };
        }
        Self::given_up(&kind, &children)
    }

    #[cold]
    fn given_up(kind: &Kind, children: &[Self]) -> Self {
        let refused = match kind {
            Kind::Select(select) => select.refusal(),
            _ => children.iter().find_map(Self::refusal),
        };
        Self::refused(refused.unwrap_or(TOO_DEEP))
    }

    /// An expression that cannot be compiled, for this reason.
    pub(in crate::sql) fn refused(message: &'static str) -> Self {
        Self { kind: Kind::Refused(message), children: Vec::new(), depth: u16::MAX }
    }

    pub(in crate::sql) fn mapped_column(
        table: &'static MappedTable,
        alias: Option<&'static str>,
        name: &'static str,
    ) -> Self {
        Self::leaf(Kind::MappedColumn { table, alias, name })
    }

    pub(in crate::sql) fn column(of: FromClause, name: Name) -> Self {
        let depth = of.depth();
        Self::over(Kind::Column(Box::new(Column { of, name })), Vec::new(), depth)
    }

    pub(in crate::sql) fn star() -> Self {
        Self::leaf(Kind::Star)
    }

    pub(in crate::sql) fn literal(value: Value) -> Self {
        Self::leaf(Kind::Literal(Literal { value, ty: ValueType::Unknown }))
    }

    pub(in crate::sql) fn bind(name: Name) -> Self {
        Self::leaf(Kind::Bind(Bind { name, ty: ValueType::Unknown }))
    }

    pub(in crate::sql) fn binary(self, op: Op, right: Self) -> Self {
        let depth = self.depth.max(right.depth).saturating_add(1);
        Self::over(Kind::Binary(op), vec![self, right], depth)
    }

    pub(in crate::sql) fn list(self, values: Box<[Value]>, ty: ValueType, negated: bool) -> Self {
        self.under(Kind::In { list: List { values, ty }, negated })
    }

    pub(in crate::sql) fn select(select: Arc<SelectParts>) -> Self {
        let depth = select.depth();
        Self::over(Kind::Select(select), Vec::new(), depth)
    }

    pub(in crate::sql) fn not(self) -> Self {
        self.under(Kind::Not)
    }

    pub(in crate::sql) fn negate(self) -> Self {
        self.under(Kind::Negate)
    }

    pub(in crate::sql) fn null_check(self, negated: bool) -> Self {
        self.under(Kind::IsNull { negated })
    }

    pub(in crate::sql) fn between(self, low: Self, high: Self) -> Self {
        Self::node(Kind::Between, vec![self, low, high])
    }

    pub(in crate::sql) fn in_select(self, select: Self, negated: bool) -> Self {
        Self::node(Kind::InSelect { negated }, vec![self, select])
    }

    pub(in crate::sql) fn exists(select: Self) -> Self {
        select.under(Kind::Exists)
    }

    pub(in crate::sql) fn function(name: Name, arguments: Vec<Self>) -> Self {
        Self::node(Kind::Function(name), arguments)
    }

    pub(in crate::sql) fn label(self, name: Name) -> Self {
        self.under(Kind::Label(name))
    }

    pub(in crate::sql) fn ordered(self, descending: bool, nulls: Option<Nulls>) -> Self {
        Self::node(Kind::Ordered { descending, nulls }, vec![self])
    }

    /// All of several conditions, or one of them. Those that are joined in the same way already are
    /// taken apart, so that a chain of ten thousand `and` is one node and not as many levels.
    pub(in crate::sql) fn joined(kind: Kind, conditions: impl IntoIterator<Item = Self>) -> Self {
        let same = std::mem::discriminant(&kind);
        let (mut all, mut deepest) = (Vec::new(), 0);
        for condition in conditions {
            if std::mem::discriminant(&condition.kind) != same {
                deepest = deepest.max(condition.depth.saturating_add(1));
                all.push(condition);
                continue;
            }
            deepest = deepest.max(condition.depth);
            if all.is_empty() {
                // The first, which in a chain is the long one, is not copied.
                all = condition.children;
            } else {
                all.extend(condition.children);
            }
        }
        Self::over(kind, all, deepest)
    }

    /// The same with this type, if it is a value whose type is not known.
    #[must_use]
    pub(in crate::sql) fn with_type(mut self, of: impl Into<ValueType>) -> Self {
        match &mut self.kind {
            Kind::Literal(Literal { ty: ty @ ValueType::Unknown, .. })
            | Kind::Bind(Bind { ty: ty @ ValueType::Unknown, .. }) => *ty = of.into(),
            _ => {}
        }
        self
    }

    /// Replaces the binds that have a value here by that value, and notes their names.
    pub(in crate::sql) fn give(&mut self, params: &Params, used: &mut HashSet<Name>) {
        match &mut self.kind {
            Kind::Bind(bind) => {
                if let Some(value) = params.get(&bind.name) {
                    used.insert(bind.name.clone());
                    let ty = std::mem::take(&mut bind.ty);
                    self.kind = Kind::Literal(Literal { value: value.clone(), ty });
                }
            }
            Kind::Select(select) => Arc::make_mut(select).give(params, used),
            _ => self.children.iter_mut().for_each(|child| child.give(params, used)),
        }
    }

    /// Why it cannot be compiled, if it is what cannot.
    pub(in crate::sql) fn refusal(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Refused(message) => Some(message),
            _ => None,
        }
    }

    /// Whether it is the bind of this name, or has it in itself.
    pub(in crate::sql) fn has_bind(&self, name: &Name) -> bool {
        match &self.kind {
            Kind::Bind(bind) => bind.name == *name,
            Kind::Literal(_) => false,
            _ => {
                let mut search = BindSearch::new(name);
                self.walk(&mut search);
                search.is_found()
            }
        }
    }

    /// The name that the column has in a result.
    pub(in crate::sql) fn result_name(&self) -> Option<Name> {
        match &self.kind {
            Kind::MappedColumn { name, .. } => Some((*name).into()),
            Kind::Column(column) => Some(column.name.clone()),
            Kind::Label(name) => Some(name.clone()),
            _ => None,
        }
    }

    /// How many nodes lie below one another under this one.
    pub(in crate::sql) fn depth(&self) -> u16 {
        self.depth
    }

    /// Whether it is a value or a bind, and nothing else.
    #[must_use]
    pub fn is_value(&self) -> bool {
        matches!(self.kind, Kind::Literal(_) | Kind::Bind(_))
    }
}
