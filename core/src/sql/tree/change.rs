//! Changing nodes, and asking them.

use std::collections::HashSet;

use super::super::from::FromClause;
use super::call::is_scalar;
use super::walks::{BindSearch, ColumnSearch, StatementSearch};
use super::{
    Expression, Grouping, Kind, Like, Literal, Op, Precedence, Regexp, TextMatch, ValueType,
};
use crate::lex::LexicalRules;
use crate::sql::types::{Type, TypeKind};
use crate::sql::{Name, Params};
use crate::value::Value;

const ORDER_OF_NULL: &str = "a value is compared with NULL by `lt`, `le`, `gt` or `ge`, which is \
     never true; use `is_null()` or `is_not_null()`";

impl Expression {
    /// The opposite of a condition; NULL stays NULL. What has an opposite of its own is that.
    pub(in crate::sql) fn not(mut self) -> Self {
        match &mut self.kind {
            Kind::Truth(truth) => *truth = !*truth,
            Kind::IsNull { negated }
            | Kind::IsTruth { negated, .. }
            | Kind::IsDistinct { negated }
            | Kind::In { negated, .. }
            | Kind::InSelect { negated }
            | Kind::Between { negated, .. }
            | Kind::Exists { negated }
            | Kind::Like(Like { negated, .. })
            | Kind::TextMatch(TextMatch { negated, .. })
            | Kind::Regexp(Regexp { negated, .. }) => *negated = !*negated,
            Kind::Not if self.children.first().is_some_and(Self::is_truth_value) => {
                if let Some(child) = self.children.pop() {
                    return child;
                }
            }
            _ => return self.under(Kind::Not),
        }
        self
    }

    /// Whether it can only be true, false or NULL: where there are no truth values, a column may
    /// hold 5.
    fn is_truth_value(&self) -> bool {
        match self.kind {
            Kind::Binary(op) => op.precedence() == Precedence::Comparison,
            Kind::Truth(_)
            | Kind::Not
            | Kind::IsNull { .. }
            | Kind::IsTruth { .. }
            | Kind::IsDistinct { .. }
            | Kind::In { .. }
            | Kind::InSelect { .. }
            | Kind::Between { .. }
            | Kind::Exists { .. }
            | Kind::Like(_)
            | Kind::TextMatch(_)
            | Kind::Regexp(_)
            | Kind::All
            | Kind::Any => true,
            _ => false,
        }
    }

    /// Compares; with NULL by IS NULL, as nothing equals it.
    #[inline]
    pub(in crate::sql) fn compare(self, op: Op, mut other: Self, ty: ValueType) -> Self {
        if other.is_null() {
            return self.compare_null(op, other.with_type(ty));
        }
        other.take_type(ty);
        self.beside(Kind::Binary(op), other)
    }

    #[cold]
    fn compare_null(self, op: Op, null: Self) -> Self {
        match op {
            Op::Eq => self.null_check(false),
            Op::Ne => self.null_check(true),
            Op::Lt | Op::Le | Op::Gt | Op::Ge => Self::refused(ORDER_OF_NULL),
            _ => self.binary(op, null),
        }
    }

    /// Compares so that NULL equals NULL.
    pub(in crate::sql) fn is(self, other: Self, ty: ValueType, negated: bool) -> Self {
        let truth = match &other.kind {
            _ if other.is_null() => return self.null_check(negated),
            Kind::Truth(truth) | Kind::Literal(Literal { value: Value::Bool(truth), .. }) => *truth,
            _ => return self.distinct_from(other.with_type(ty), !negated),
        };
        self.under(Kind::IsTruth { truth, negated })
    }

    /// Whether it is NULL, and no parameter that happens to be.
    #[inline]
    fn is_null(&self) -> bool {
        match &self.kind {
            Kind::Null => true,
            Kind::Literal(Literal { value: Value::Null, ty }) => !ty.is_declared(),
            _ => false,
        }
    }

    /// The same with this type, if it is a value whose type is not known.
    #[inline]
    #[must_use]
    pub(in crate::sql) fn with_type(mut self, of: impl Into<ValueType>) -> Self {
        self.take_type(of);
        self
    }

    #[inline]
    fn take_type(&mut self, of: impl Into<ValueType>) {
        match &mut self.kind {
            Kind::Literal(Literal { ty: ty @ ValueType::Unknown, .. }) => *ty = of.into(),
            Kind::Bind(bind) if bind.ty == ValueType::Unknown => bind.ty = of.into(),
            _ => {}
        }
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
            Kind::In { list, .. } => match list.give(params, used) {
                Ok(()) => self.children.iter_mut().for_each(|child| child.give(params, used)),
                Err(message) => *self = Self::refused(message),
            },
            Kind::Fragment(fragment) => {
                if let Err(message) = fragment.give(params, used) {
                    *self = Self::refused(message);
                }
            }
            Kind::Query(query) => query.give(params, used),
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

    /// Whether it is the bind of this name, or has it in itself, as a database reads SQL text that has
    /// one of these rules.
    pub(in crate::sql) fn has_bind(&self, name: &Name, rules: &[LexicalRules]) -> bool {
        match &self.kind {
            Kind::Bind(bind) => bind.name == *name,
            Kind::Literal(_) => false,
            _ => {
                let mut search = BindSearch::new(name, rules);
                self.walk(&mut search);
                search.is_found()
            }
        }
    }

    /// Whether it reads a column of a FROM object, by itself or in a statement in it.
    pub(in crate::sql) fn reads(&self, of: &FromClause, name: &str) -> bool {
        let mut search = ColumnSearch::new(of, name);
        self.walk(&mut search);
        search.is_found()
    }

    /// Whether it has a statement in itself.
    pub(in crate::sql) fn has_statement(&self) -> bool {
        let mut search = StatementSearch::default();
        self.walk(&mut search);
        search.0
    }

    /// The name that the column has in a result.
    pub(in crate::sql) fn result_name(&self) -> Option<Name> {
        match &self.kind {
            Kind::MappedColumn { name, .. } => Some((*name).into()),
            Kind::Column(column) => Some(column.name.clone()),
            Kind::Label(name) | Kind::ResultName(name) => Some(name.clone()),
            _ => None,
        }
    }

    /// Its label, if it has one.
    pub(in crate::sql) fn label_name(&self) -> Option<Name> {
        match &self.kind {
            Kind::Label(name) => Some(name.clone()),
            _ => None,
        }
    }

    /// The same without its label.
    pub(in crate::sql) fn unlabelled(&self) -> &Self {
        match (&self.kind, &*self.children) {
            (Kind::Label(_), [child]) => child.unlabelled(),
            _ => self,
        }
    }

    /// Whether it has values or binds in it.
    pub(in crate::sql) fn has_values(&self) -> bool {
        let here = match &self.kind {
            Kind::Literal(_) | Kind::Bind(_) | Kind::In { .. } | Kind::Query(_) => true,
            Kind::Fragment(fragment) => fragment.has_values(),
            _ => false,
        };
        here || self.children.iter().any(Self::has_values)
    }

    /// How many nodes lie below one another under this one.
    pub(in crate::sql) fn depth(&self) -> u16 {
        self.depth
    }

    /// Whether it has an aggregate in it that puts rows together, outside of statements.
    pub(in crate::sql) fn has_aggregate(&self) -> bool {
        match &self.kind {
            Kind::Over(_) => false,
            Kind::Call(call) if call.is_aggregate() => true,
            _ => self.children.iter().any(Self::has_aggregate),
        }
    }

    /// Whether it has a function over a window in it, outside of statements.
    pub(in crate::sql) fn has_window(&self) -> bool {
        matches!(self.kind, Kind::Over(_)) || self.children.iter().any(Self::has_window)
    }

    /// Whether it is ROLLUP.
    pub(in crate::sql) fn is_rollup(&self) -> bool {
        matches!(self.kind, Kind::Grouping(Grouping::Rollup))
    }

    /// Whether it is SQL that the program wrote.
    #[must_use]
    pub fn is_text(&self) -> bool {
        matches!(self.kind, Kind::Fragment(_))
    }

    /// The type that a value or a bind is of, where that is known.
    pub(in crate::sql) fn value_type(&self) -> Option<&Type> {
        match &self.kind {
            Kind::Literal(literal) => literal.ty.get(),
            Kind::Bind(bind) => bind.ty.get(),
            _ => None,
        }
    }

    /// Whether it gives one value for the same values of its children, each time.
    pub(in crate::sql) fn gives_one_value(&self) -> bool {
        match &self.kind {
            Kind::Call(call) => call.gives_one_value(),
            Kind::Function(name) => is_scalar(name),
            Kind::Star
            | Kind::Made(_)
            | Kind::Fragment(_)
            | Kind::Over(_)
            | Kind::InSelect { .. }
            | Kind::Quantified { .. }
            | Kind::Query(_)
            | Kind::Exists { .. }
            | Kind::ResultName(_)
            | Kind::Grouping(_)
            | Kind::NextValue(_)
            | Kind::Refused(_) => false,
            _ => true,
        }
    }

    /// Whether it is a column, and nothing else.
    pub(in crate::sql) fn is_one_column(&self) -> bool {
        matches!(self.kind, Kind::MappedColumn { .. } | Kind::Column(_))
    }

    /// The sort of its type, if it is a column of a table that is described at run time.
    pub(in crate::sql) fn column_kind(&self) -> Option<TypeKind> {
        match &self.kind {
            Kind::Column(column) => column.ty,
            _ => None,
        }
    }

    /// Whether it is a value or a bind, and nothing else.
    #[must_use]
    pub fn is_value(&self) -> bool {
        matches!(self.kind, Kind::Literal(_) | Kind::Bind(_))
    }
}
