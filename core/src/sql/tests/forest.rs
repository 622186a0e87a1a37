//! Random trees, of all kinds of nodes.

use std::sync::Arc;

use crate::row::Row;
use crate::sql::from::{Cte, FromClause, MappedAlias, MappedTable};
use crate::sql::schema::{Column, MetaData, Table};
use crate::sql::select::{Select, SelectParts};
use crate::sql::tree::{
    BindDefault, Call, Called, Fragment, Grouping, Kind, Like, ListOf, Op, Over, Regexp, TextMatch,
    ValueType,
};
use crate::sql::{
    Adaptation, Alias, AnyColumn, BitwiseOperator, DateField, DocumentOperator, Expr, Expression,
    FrameExclusion, JsonChange, JsonForm, KnownFunction, Nulls, OrderTerm, Params, Query, Quotient,
    RowLock, Subquery, TextPlace, Wildcards, bindparam, types, window,
};
use crate::value::{Array, Value};

/// A small generator, whose seed is the test's own.
pub(super) struct Random(pub(super) u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn yes(&mut self) -> bool {
        self.below(2) == 0
    }
}

/// What trees are made of.
pub(super) struct Forest {
    pub(super) tables: [Table; 2],
    alias: Alias,
    mapped: MappedAlias,
    subquery: Subquery<Row>,
    cte: Cte<Row>,
    /// Each tree is made twice from one seed, with values that differ.
    value: i64,
}

impl Forest {
    pub(super) fn new(value: i64) -> Self {
        let metadata = MetaData::new();
        let columns = || [Column::new("a", types::Integer), Column::new("b", types::BigInteger)];
        let t = Table::new("t", &metadata, columns()).expect("a table");
        let u = Table::new("u", &metadata, columns()).expect("a table");
        let inner = t.select().where_(t.c("a").expect("a column").gt(value));
        let cte = inner.clone().union_all(u.select()).cte("w");
        let mapped = MappedAlias::new("z");
        let (alias, subquery) = (t.alias("y"), inner.subquery("x"));
        Self { tables: [t, u], alias, mapped, subquery, cte, value }
    }

    fn column(&self, random: &mut Random) -> AnyColumn {
        let name = ["a", "b"][usize::from(random.yes())];
        match random.below(5) {
            0 => self.tables[0].c(name),
            1 => self.tables[1].c(name),
            2 => self.alias.c(name),
            3 => self.cte.c(name),
            _ => self.subquery.c(name),
        }
        .expect("a column")
    }

    fn value(&mut self) -> Value {
        self.value += 1;
        Value::Int(self.value)
    }

    fn list(&mut self, random: &mut Random) -> Box<[Value]> {
        // The length is no part of the structure, so it differs too.
        let len = random.below(2) + u64::try_from(self.value % 3).unwrap_or(0);
        (0..len).map(|_| self.value()).collect()
    }

    /// The kinds by number. A new kind is missing in `number`, and so does not compile.
    fn kind(&mut self, number: u64, random: &mut Random) -> (Kind, usize) {
        let negated = random.yes();
        let column = |forest: &Self, random: &mut Random| match random.below(3) {
            0 => {
                let alias = [None, Some(forest.mapped)][usize::from(negated)];
                Expression::mapped_column(&MAPPED, alias, "a").kind
            }
            _ => forest.column(random).expression().kind,
        };
        match number {
            0 => (column(self, random), 0),
            1 => (Kind::Star, 0),
            2 => (Expression::literal(self.value()).with_type(&types::Integer).kind, 0),
            3 => (Expression::literal(self.value()).kind, 0),
            4 => (Expression::bind(["p", "q"][usize::from(negated)].into(), None).kind, 0),
            5 => {
                let ops = [Op::Eq, Op::Add, Op::Subtract, Op::Concat, Op::Modulo];
                (Kind::Binary(ops[usize::try_from(random.below(5)).unwrap_or(0)]), 2)
            }
            6 => (Kind::Not, 1),
            7 => (Kind::Negate, 1),
            8 => (Kind::IsNull { negated }, 1),
            9 => {
                let values = self.list(random);
                let of = match random.below(3) {
                    0 => {
                        let default = BindDefault::Value(Array::new(values).into());
                        ListOf::Bind { name: "listed".into(), default: Some(default) }
                    }
                    _ => ListOf::Values(values),
                };
                let list = Expression::literal(Value::Null).list(of, ValueType::Unknown, negated);
                (list.kind, 1)
            }
            10 => (Kind::InSelect { negated }, 1),
            11 => (Kind::Between { negated, symmetric: random.yes() }, 3),
            12 => (Kind::All, usize::try_from(random.below(3)).unwrap_or(0)),
            13 => (Kind::Any, usize::try_from(random.below(3)).unwrap_or(0)),
            14 => (Kind::Function(["f", "g"][usize::from(negated)].into()), 2),
            15 => (Kind::Label(["l", "m"][usize::from(negated)].into()), 1),
            16 => (Kind::Exists { negated }, 0),
            17 => (self.query(1, random).kind, 0),
            18 => {
                let nulls = [None, Some(Nulls::First), Some(Nulls::Last)];
                let nulls = nulls[usize::try_from(random.below(3)).unwrap_or(0)];
                (Kind::Ordered { descending: negated, nulls }, 1)
            }
            19..=27 => self.operator_kind(number, negated, random),
            28..=40 => other_kind(number, negated, random),
            41..=48 => call_kind(number, negated, random),
            49 => {
                let name = ["s", "t.s"][usize::from(negated)];
                (Kind::NextValue(Box::new(name.into())), 0)
            }
            50 => {
                let value = self.value();
                let make = BindDefault::Callable(Arc::new(move || value.clone()));
                (Expression::made(make, ValueType::Unknown).kind, 0)
            }
            _ => unreachable!("there are no more kinds"),
        }
    }

    fn operator_kind(&mut self, number: u64, negated: bool, random: &mut Random) -> (Kind, usize) {
        match number {
            19 => (Kind::Null, 0),
            20 => (Kind::Truth(negated), 0),
            21 => {
                let sql = ["now()", "a + :p", "b"][usize::try_from(random.below(3)).unwrap_or(0)];
                let params = Params::new().with(["p", "q"][usize::from(negated)], self.value());
                (Kind::Fragment(Box::new(Fragment::new(sql.into(), &params))), 0)
            }
            22 => (Kind::Operator(["@>", "#"][usize::from(negated)].into()), 2),
            23 => {
                let quotients = [
                    Quotient::Float,
                    Quotient::Exact,
                    Quotient::Truncated,
                    Quotient::Floor,
                    Quotient::ExactFloor,
                    Quotient::AnyFloor,
                ];
                (Kind::Division(quotients[usize::try_from(random.below(6)).unwrap_or(0)]), 2)
            }
            24 => {
                let operators = [
                    BitwiseOperator::And,
                    BitwiseOperator::Or,
                    BitwiseOperator::Xor,
                    BitwiseOperator::LeftShift,
                    BitwiseOperator::RightShift,
                ];
                (Kind::Bitwise(operators[usize::try_from(random.below(5)).unwrap_or(0)]), 2)
            }
            25 => (Kind::BitwiseNot, 1),
            26 => (Kind::IsTruth { truth: random.yes(), negated }, 1),
            _ => (Kind::IsDistinct { negated }, 2),
        }
    }

    fn tree(&mut self, depth: u32, random: &mut Random) -> Expression {
        let number = if depth == 0 { random.below(5) } else { random.below(KINDS) };
        let (kind, children) = self.kind(number, random);
        let mut children: Vec<_> =
            (0..children).map(|_| self.tree(depth.saturating_sub(1), random)).collect();
        if matches!(kind, Kind::InSelect { .. } | Kind::Exists { .. }) {
            children.push(self.query(0, random));
        }
        assert!(numbered(&kind) < KINDS);
        match kind {
            Kind::All | Kind::Any => Expression::joined(kind, children),
            kind => Expression::node(kind, children),
        }
    }

    /// A query as an expression.
    fn query(&mut self, depth: u32, random: &mut Random) -> Expression {
        let one = self.select(depth, random);
        if random.below(4) > 0 {
            return one.into_query();
        }
        let other = self.select(depth, random);
        let both = if random.yes() { one.union(other) } else { one.except_(other) };
        both.limit(if random.yes() { Some(self.value) } else { None }).into_query()
    }

    pub(super) fn select(&mut self, depth: u32, random: &mut Random) -> Select<AnyColumn> {
        let columns = (0..=random.below(2)).map(|_| self.tree(depth, random)).collect();
        let mut select: Select<AnyColumn> = Select::new(SelectParts::of(columns));
        for _ in 0..random.below(3) {
            let condition = self.tree(depth, random);
            select = select.where_(Expr::<bool>::new(condition));
        }
        if random.yes() {
            let term = OrderTerm::new(self.tree(depth, random), random.yes());
            select = select.order_by(if random.yes() { term.nulls_last() } else { term });
        }
        if random.below(4) == 0 {
            select = select.limit(self.value);
        }
        if random.below(4) == 0 {
            select = select.offset(bindparam("skipped"));
        }
        if random.below(4) == 0 {
            let from: FromClause = (&self.tables[1]).into();
            select = select.select_from(from);
        }
        // All that a term may name, or most statements would be refused.
        select =
            select.select_from(&self.tables[0]).select_from(&self.alias).select_from(&self.cte);
        select = select.select_from(&self.subquery);
        if random.below(4) == 0 {
            let dialect = ["odd", "none of them"][usize::from(random.yes())];
            select = select.with_hint(&self.alias, dialect, "INDEXED");
        }
        match random.below(6) {
            0 => select.distinct(),
            1 => select.distinct_on(Expr::<i64>::new(self.tree(depth, random))),
            2 => select.group_by(Expr::<i64>::new(self.tree(depth, random))),
            3 => {
                let having = Expr::<bool>::new(self.tree(depth, random));
                select.group_by("l").having(having)
            }
            4 => select.with_lock(if random.yes() { RowLock::share() } else { RowLock::update() }),
            _ => select,
        }
    }
}

fn other_kind(number: u64, negated: bool, random: &mut Random) -> (Kind, usize) {
    match number {
        28 => {
            let escape = [None, Some('/'), Some('^')];
            let escape = escape[usize::try_from(random.below(3)).unwrap_or(0)];
            (Kind::Like(Like { insensitive: random.yes(), negated, escape }), 2)
        }
        29 => {
            let places = [TextPlace::Start, TextPlace::End, TextPlace::Inside];
            let wildcards = [Wildcards::All, Wildcards::None, Wildcards::Unless('/')];
            let search = TextMatch {
                place: places[usize::try_from(random.below(3)).unwrap_or(0)],
                insensitive: random.yes(),
                negated,
                wildcards: wildcards[usize::try_from(random.below(3)).unwrap_or(0)],
            };
            (Kind::TextMatch(search), 2)
        }
        30 => {
            let flags = random.yes().then_some("n");
            (Kind::Regexp(Regexp { negated, flags }), 2)
        }
        31 => (Kind::RegexpReplace { flags: random.yes().then_some("g") }, 3),
        32 => (Kind::FullText, 2),
        33 => (Kind::Quantified { all: negated }, 1),
        34 => (Kind::Tuple, 2),
        35 => {
            let (of, otherwise) = (random.yes(), random.yes());
            let pairs = 1 + usize::try_from(random.below(2)).unwrap_or(0);
            let children = 2 * pairs + usize::from(of) + usize::from(otherwise);
            (Kind::Case { of, otherwise }, children)
        }
        36 => {
            let types = [types::Integer, types::Numeric(5, 2), types::Numeric(6, 2)];
            let ty = types[usize::try_from(random.below(3)).unwrap_or(0)].clone();
            (Kind::Cast(Box::new(ty)), 1)
        }
        39 => (Kind::ResultName(["l", "m"][usize::from(negated)].into()), 0),
        40 => {
            let sorts = [Grouping::Set, Grouping::Rollup, Grouping::Cube, Grouping::Sets];
            (Kind::Grouping(sorts[usize::try_from(random.below(4)).unwrap_or(0)]), 2)
        }
        37 => (Kind::Collate(["C", "POSIX"][usize::from(negated)].into()), 1),
        _ => {
            let fields = [DateField::Year, DateField::Week, DateField::Epoch];
            (Kind::Extract(fields[usize::try_from(random.below(3)).unwrap_or(0)]), 1)
        }
    }
}

/// Calls, parts of documents, and arrays.
fn call_kind(number: u64, negated: bool, random: &mut Random) -> (Kind, usize) {
    let pick = |random: &mut Random| usize::try_from(random.below(3)).unwrap_or(0);
    match number {
        41 => {
            let functions = [KnownFunction::Sum, KnownFunction::Max, KnownFunction::JsonAgg];
            let called = match random.yes() {
                true => Called::Known(functions[pick(random)]),
                false => Called::Named(["f", "g"][usize::from(negated)].into()),
            };
            let separator = [None, Some("|".into()), Some(",".into())][pick(random)].clone();
            let (order, within) = (pick(random), usize::from(random.yes()));
            let filter = usize::from(random.yes());
            let call = Call { called, distinct: negated, arguments: 1, order, within, separator };
            (Kind::Call(Box::new(call)), 1 + order + within + filter)
        }
        42 => {
            let (partitions, order) = (pick(random), pick(random));
            let rows = window().rows(-1..=1);
            let windows = [window(), rows.clone(), rows.exclude(FrameExclusion::Ties)];
            let frame = windows[pick(random)].frame();
            let name = (random.below(3) == 0).then(|| window().named("w").name()).flatten();
            (Kind::Over(Box::new(Over { partitions, frame, name })), 1 + partitions + order)
        }
        43 => {
            let adaptations =
                [Adaptation::SmallInteger, Adaptation::IntegerSum, Adaptation::FloatArgument];
            (Kind::Adapted(adaptations[pick(random)]), 1)
        }
        44 => {
            let forms = [JsonForm::Json, JsonForm::String, JsonForm::Boolean];
            (Kind::Json(forms[pick(random)]), 2 + pick(random))
        }
        45 => {
            let change = if negated { JsonChange::Set } else { JsonChange::Remove };
            (Kind::JsonChange(change), 4)
        }
        46 => {
            let operators = [
                DocumentOperator::JsonContains,
                DocumentOperator::HasKey,
                DocumentOperator::PathExists,
            ];
            (Kind::Document(operators[pick(random)]), 2)
        }
        47 => {
            let ty = negated.then(|| Box::new(types::Array(types::Integer)));
            (Kind::Array(ty), pick(random))
        }
        _ => (Kind::Subscript { slice: negated }, 2 + usize::from(negated)),
    }
}

const KINDS: u64 = 51;

/// The table of a mapped struct.
static MAPPED: MappedTable =
    MappedTable { schema: Some("s"), name: "m", table: || unreachable!("no join is inferred") };

/// The number of a kind, so that none is left out of the test.
fn numbered(kind: &Kind) -> u64 {
    match kind {
        Kind::MappedColumn { .. } | Kind::Column(_) => 0,
        Kind::Star => 1,
        Kind::Literal(_) => 2,
        Kind::Bind(_) => 4,
        Kind::Binary(_) => 5,
        Kind::Not => 6,
        Kind::Negate => 7,
        Kind::IsNull { .. } => 8,
        Kind::In { .. } => 9,
        Kind::InSelect { .. } => 10,
        Kind::Between { .. } => 11,
        Kind::All => 12,
        Kind::Any => 13,
        Kind::Function(_) => 14,
        Kind::Label(_) => 15,
        Kind::Exists { .. } => 16,
        Kind::Query(_) => 17,
        Kind::Ordered { .. } => 18,
        Kind::Null => 19,
        Kind::Truth(_) => 20,
        Kind::Fragment(_) => 21,
        Kind::Operator(_) => 22,
        Kind::Division(_) => 23,
        Kind::Bitwise(_) => 24,
        Kind::BitwiseNot => 25,
        Kind::IsTruth { .. } => 26,
        Kind::IsDistinct { .. } => 27,
        Kind::Like(_) => 28,
        Kind::TextMatch(_) => 29,
        Kind::Regexp(_) => 30,
        Kind::RegexpReplace { .. } => 31,
        Kind::FullText => 32,
        Kind::Quantified { .. } => 33,
        Kind::Tuple => 34,
        Kind::Case { .. } => 35,
        Kind::Cast(_) => 36,
        Kind::Collate(_) => 37,
        Kind::Extract(_) => 38,
        Kind::ResultName(_) => 39,
        Kind::Grouping(_) => 40,
        Kind::Call(_) => 41,
        Kind::Over(_) => 42,
        Kind::Adapted(_) => 43,
        Kind::Json(_) => 44,
        Kind::JsonChange(_) => 45,
        Kind::Document(_) => 46,
        Kind::Array(_) => 47,
        Kind::Subscript { .. } => 48,
        Kind::NextValue(_) => 49,
        Kind::Made(_) => 50,
        Kind::Refused(_) => unreachable!("nothing is refused here"),
    }
}
