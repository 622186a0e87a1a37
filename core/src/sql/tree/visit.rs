//! The one description of each node.

use super::{
    Bind, Expression, Fragment, Kind, Like, List, Literal, Made, Regexp, TextMatch, Wildcards,
};
use crate::sql::dml::Cells;
use crate::sql::from::{FromClause, MappedAlias, MappedTable};
use crate::sql::schema::Table;
use crate::sql::select::QueryParts;
use crate::sql::types::{Type, TypeKind};
use crate::sql::{Name, Nulls};

/// Receives the description of a tree, node by node, each before its children.
///
/// Every walk sees the same nodes in the same order. The methods that a walk does not need do
/// nothing.
pub(in crate::sql) trait Visitor<'t> {
    /// A node begins: its tag, and the number of its children.
    fn node(&mut self, _tag: u8, _children: usize) {}

    /// An attribute that is a small number.
    fn number(&mut self, _number: usize) {}

    /// An attribute that is a name.
    fn name(&mut self, _name: &'t Name) {}

    /// An attribute that is a mapped table.
    fn mapped(&mut self, _table: &'static MappedTable) {}

    /// A node that is a column of a mapped table, or of an alias of it.
    fn mapped_column(
        &mut self,
        _table: &'static MappedTable,
        _alias: Option<MappedAlias>,
        _name: &'static str,
    ) {
    }

    /// A value.
    fn literal(&mut self, _literal: &'t Literal) {}

    /// A value that is made for each execution.
    fn made(&mut self, made: &'t Made) {
        self.literal(&made.literal);
    }

    /// The values of an IN list.
    fn list(&mut self, _list: &'t List) {}

    /// A named bind.
    fn bind(&mut self, _bind: &'t Bind) {}

    /// SQL that the program wrote.
    fn fragment(&mut self, fragment: &'t Fragment) {
        fragment.values.iter().for_each(|(_, literal)| self.literal(literal));
        fragment.lists.iter().for_each(|(_, list)| self.list(list));
    }

    /// An attribute that is a type, with all its parameters.
    fn full_type(&mut self, _ty: &Type) {}

    /// An attribute that is a word of the program.
    fn word(&mut self, _word: Option<&'static str>) {}

    /// Rows of values.
    fn cells(&mut self, _cells: &'t Cells) {}

    /// The types of the columns of a table, which decide what values they hold.
    fn columns_of(&mut self, _table: &'t Table) {}

    /// The sort of type that a column is said to have.
    fn column_kind(&mut self, _ty: Option<TypeKind>) {}

    /// The type of a value that is given at execution.
    fn value_type(&mut self, _ty: Option<&Type>) {}

    /// A FROM object that a column belongs to or that stands in FROM.
    fn from(&mut self, from: &'t FromClause)
    where
        Self: Sized,
    {
        from.describe(self);
    }

    /// A query inside an expression.
    fn query(&mut self, query: &'t QueryParts)
    where
        Self: Sized,
    {
        query.describe(self);
    }

    /// The number that an alias has, which is its own in the program.
    fn alias(&mut self, _alias: MappedAlias) {}

    /// The number that a window with a name has, which is its own in the program.
    fn window(&mut self, _number: u32) {}

    /// Whether to describe what is shared and lives at this address: the first time, and only then.
    fn enters(&mut self, address: usize) -> bool;
}

/// The tags of a value and of an operator with two operands.
const LITERAL: u8 = b'v';
const BINARY: u8 = b'o';

impl Kind {
    /// The description of a node without its children: its tag, and all else that its SQL depends
    /// on.
    #[inline(always)]
    fn describe<'t>(&'t self, children: usize, to: &mut impl Visitor<'t>) {
        // The most frequent ones first, and without a look at what they do not have.
        match self {
            Self::MappedColumn { table, alias, name } => {
                to.mapped_column(table, alias.as_deref().copied(), name);
            }
            Self::Literal(literal) => {
                to.node(LITERAL, children);
                to.literal(literal);
            }
            Self::Binary(op) => {
                to.node(BINARY, children);
                to.number(usize::from(*op as u8));
            }
            _ => self.describe_other(children, to),
        }
    }

    #[inline(never)]
    fn describe_other<'t>(&'t self, children: usize, to: &mut impl Visitor<'t>) {
        let (tag, flags) = self.tag().unwrap_or_else(|| self.operator_tag());
        to.node(tag, children);
        if let Some(flags) = flags {
            to.number(flags);
        }
        self.describe_attributes(to);
    }

    /// The tag of a node, and its small attributes as a number; `None` of an operator.
    fn tag(&self) -> Option<(u8, Option<usize>)> {
        let is = |flag: bool| Some(usize::from(flag));
        Some(match self {
            Self::MappedColumn { .. } => (b'm', None),
            Self::Column(_) => (b'c', None),
            Self::Star => (b'*', None),
            Self::Null => (b'0', None),
            Self::Truth(truth) => (b't', is(*truth)),
            Self::Literal(_) => (LITERAL, None),
            Self::Made(_) => (b'V', None),
            Self::Bind(_) => (b'b', None),
            Self::Fragment(_) => (b'T', None),
            Self::In { negated, .. } => (b'i', is(*negated)),
            Self::InSelect { negated } => (b's', is(*negated)),
            Self::Quantified { all } => (b'Q', is(*all)),
            Self::Tuple => (b'(', None),
            Self::Case { of, otherwise } => (b'C', both(*of, *otherwise)),
            Self::Cast(_) => (b'k', None),
            Self::Collate(_) => (b'K', None),
            Self::Extract(field) => (b'x', Some(usize::from(*field as u8))),
            Self::Function(_) => (b'f', None),
            Self::Label(_) => (b'l', None),
            Self::Call(_) => (b'G', None),
            Self::Over(_) => (b'W', None),
            Self::Adapted(adaptation) => (b'A', Some(usize::from(*adaptation as u8))),
            Self::Json(form) => (b'J', Some(usize::from(*form as u8))),
            Self::JsonChange(change) => (b'j', Some(usize::from(*change as u8))),
            Self::Document(operator) => (b'D', Some(usize::from(*operator as u8))),
            Self::Array(ty) => (b'[', is(ty.is_some())),
            Self::Subscript { slice } => (b']', is(*slice)),
            Self::Ordered { descending, nulls } => {
                let nulls = match nulls {
                    None => 0,
                    Some(Nulls::First) => 2,
                    Some(Nulls::Last) => 4,
                };
                (b'O', Some(usize::from(*descending) + nulls))
            }
            Self::Query(_) => (b'q', None),
            Self::ResultName(_) => (b'N', None),
            Self::Grouping(grouping) => (b'g', Some(usize::from(*grouping as u8))),
            Self::Exists { negated } => (b'e', is(*negated)),
            Self::NextValue(name) => (b'$', is(name.schema().is_some())),
            Self::Refused(message) => (b'R', Some(message.as_ptr().addr())),
            _ => return None,
        })
    }

    /// As [`tag`](Self::tag), of an operator.
    fn operator_tag(&self) -> (u8, Option<usize>) {
        let is = |flag: bool| Some(usize::from(flag));
        match self {
            Self::Binary(op) => (BINARY, Some(usize::from(*op as u8))),
            Self::Division(quotient) => (b'/', Some(usize::from(*quotient as u8))),
            Self::Bitwise(operator) => (b'^', Some(usize::from(*operator as u8))),
            Self::BitwiseNot => (b'~', None),
            Self::Not => (b'!', None),
            Self::Negate => (b'-', None),
            Self::All => (b'&', None),
            Self::Any => (b'|', None),
            Self::IsNull { negated } => (b'n', is(*negated)),
            Self::IsTruth { truth, negated } => (b'B', both(*truth, *negated)),
            Self::IsDistinct { negated } => (b'd', is(*negated)),
            Self::Between { negated, symmetric } => (b'w', both(*negated, *symmetric)),
            Self::Like(like) => (b'L', both(like.insensitive, like.negated)),
            Self::TextMatch(search) => {
                let flags = both(search.insensitive, search.negated);
                (b'X', flags.map(|flags| flags + 4 * usize::from(search.place as u8)))
            }
            Self::Regexp(regexp) => (b'r', is(regexp.negated)),
            Self::RegexpReplace { .. } => (b'P', None),
            Self::FullText => (b'F', None),
            Self::Operator(_) => (b'@', None),
            _ => unreachable!("each kind that is no operator has a tag above"),
        }
    }

    /// The other attributes.
    fn describe_attributes<'t>(&'t self, to: &mut impl Visitor<'t>) {
        match self {
            Self::Column(column) => {
                to.from(&column.of);
                to.name(&column.name);
                to.column_kind(column.ty);
            }
            Self::NextValue(name) => {
                name.schema().into_iter().for_each(|schema| to.name(schema));
                to.name(name.name());
            }
            Self::Literal(literal) => to.literal(literal),
            Self::Made(made) => to.made(made),
            Self::Bind(bind) => to.bind(bind),
            Self::Fragment(fragment) => to.fragment(fragment),
            Self::In { list, .. } => to.list(list),
            Self::Cast(ty) | Self::Array(Some(ty)) => to.full_type(ty),
            Self::Call(call) => call.describe(to),
            Self::Over(over) => over.describe(to),
            Self::Collate(name)
            | Self::Function(name)
            | Self::Label(name)
            | Self::ResultName(name)
            | Self::Operator(name) => to.name(name),
            Self::Query(query) => to.query(query),
            Self::Like(Like { escape, .. }) => {
                to.number(escape.map_or(0, |escape| escape as usize + 1));
            }
            Self::TextMatch(TextMatch { wildcards, .. }) => to.number(match wildcards {
                Wildcards::All => 0,
                Wildcards::None => 1,
                Wildcards::Unless(escape) => *escape as usize + 2,
            }),
            Self::Regexp(Regexp { flags, .. }) | Self::RegexpReplace { flags } => to.word(*flags),
            _ => {}
        }
    }
}

/// Two flags as one number.
fn both(one: bool, other: bool) -> Option<usize> {
    Some(usize::from(one) + 2 * usize::from(other))
}

impl Expression {
    /// Calls `with` for each FROM object that a column in it belongs to, outside of statements.
    pub(in crate::sql) fn each_source<'t>(&'t self, with: &mut impl FnMut(&'t FromClause)) {
        if let Kind::Column(column) = &self.kind {
            with(&column.of);
        }
        self.children.iter().for_each(|child| child.each_source(with));
    }

    /// Describes the node and all below it.
    #[inline]
    pub(in crate::sql) fn walk<'t>(&'t self, to: &mut impl Visitor<'t>) {
        match &self.kind {
            // Most nodes, and nothing is below them.
            Kind::MappedColumn { table, alias, name } => {
                to.mapped_column(table, alias.as_deref().copied(), name);
            }
            _ => self.walk_node(to),
        }
    }

    #[inline(never)]
    fn walk_node<'t>(&'t self, to: &mut impl Visitor<'t>) {
        self.kind.describe(self.children.len(), to);
        for child in &*self.children {
            child.walk(to);
        }
    }
}
