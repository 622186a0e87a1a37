//! Calls of functions, and what can stand in and behind them.

use super::{Expression, Kind, Visitor};
use crate::sql::{Frame, Name, WindowName};

const NO_AGGREGATE: &str = "`distinct`, `filter`, `order_by` and `within_group` belong to a call of an \
     aggregate function; this expression is none";
const NO_WINDOW_FUNCTION: &str = "`over` belongs to a call of an aggregate or a window function; this \
     expression is none";
const OVER_TWICE: &str = "the expression has a window already; `over` comes last, behind `filter` and \
     `distinct`, and once";
const RANGE_ORDER: &str = "a RANGE frame with an offset counts from the value of one term: give the \
     window exactly one term in `order_by`";
const GROUPS_ORDER: &str = "a GROUPS frame counts rows with equal terms: give the window terms in \
     `order_by`";

/// What a function is used as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Scalar,
    Aggregate,
    OrderedSet,
    Window,
}

macro_rules! functions {
    ($($function:ident $sql:literal $sort:ident;)*) => {
        /// A function that databases write in ways of their own, or that has a place of its own in
        /// the language. Its name is PostgreSQL's.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum KnownFunction {
            $(#[doc = concat!("`", $sql, "`.")] $function,)*
        }

        impl KnownFunction {
            /// Its name in PostgreSQL.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$function => $sql,)* }
            }

            const fn sort(self) -> Sort {
                match self { $(Self::$function => Sort::$sort,)* }
            }
        }
    };
}

functions! {
    Count "count" Aggregate;
    Sum "sum" Aggregate;
    Avg "avg" Aggregate;
    Min "min" Aggregate;
    Max "max" Aggregate;
    AggregateStrings "string_agg" Aggregate;
    ArrayAgg "array_agg" Aggregate;
    JsonAgg "json_agg" Aggregate;
    JsonObjectAgg "json_object_agg" Aggregate;
    BoolAnd "bool_and" Aggregate;
    BoolOr "bool_or" Aggregate;
    StddevPop "stddev_pop" Aggregate;
    StddevSamp "stddev_samp" Aggregate;
    VarPop "var_pop" Aggregate;
    VarSamp "var_samp" Aggregate;
    PercentileCont "percentile_cont" OrderedSet;
    PercentileDisc "percentile_disc" OrderedSet;
    Mode "mode" OrderedSet;
    Grouping "grouping" Scalar;
    RowNumber "row_number" Window;
    Rank "rank" Window;
    DenseRank "dense_rank" Window;
    PercentRank "percent_rank" Window;
    CumeDist "cume_dist" Window;
    Ntile "ntile" Window;
    Lag "lag" Window;
    Lead "lead" Window;
    FirstValue "first_value" Window;
    LastValue "last_value" Window;
    NthValue "nth_value" Window;
    CharLength "char_length" Scalar;
    OctetLength "octet_length" Scalar;
    Floor "floor" Scalar;
    Ceil "ceil" Scalar;
    Greatest "greatest" Scalar;
    Least "least" Scalar;
    Now "CURRENT_TIMESTAMP" Scalar;
    CurrentDate "CURRENT_DATE" Scalar;
    CurrentTime "LOCALTIME" Scalar;
    Random "random" Scalar;
    ArrayAppend "array_append" Scalar;
    Cardinality "cardinality" Scalar;
    Unnest "unnest" Scalar;
    Substr "substr" Scalar;
}

impl KnownFunction {
    /// Whether it leaves out rows for which its first argument is NULL.
    #[must_use]
    pub const fn ignores_null(self) -> bool {
        matches!(
            self,
            Self::Count
                | Self::Sum
                | Self::Avg
                | Self::Min
                | Self::Max
                | Self::AggregateStrings
                | Self::BoolAnd
                | Self::BoolOr
                | Self::StddevPop
                | Self::StddevSamp
                | Self::VarPop
                | Self::VarSamp
        )
    }
}

/// Which function is called.
#[derive(Debug, Clone)]
pub(in crate::sql) enum Called {
    Known(KnownFunction),
    Named(Name),
}

impl Called {
    fn sort(&self) -> Option<Sort> {
        match self {
            Self::Known(function) => Some(function.sort()),
            Self::Named(name) => is_scalar(name).then_some(Sort::Scalar),
        }
    }
}

/// Functions of one row, which no database takes for an aggregate.
const SCALARS: &[&str] = &[
    "abs", "coalesce", "concat", "length", "lower", "ltrim", "nullif", "replace", "round", "rtrim",
    "substr", "trim", "upper",
];

/// Whether that is known of a function by its name.
pub(super) fn is_scalar(name: &str) -> bool {
    SCALARS.iter().any(|scalar| name.eq_ignore_ascii_case(scalar))
}

/// A call of a function. Its children are the arguments, the terms of ORDER BY, those of WITHIN GROUP,
/// and the condition of FILTER.
#[derive(Debug, Clone)]
pub(in crate::sql) struct Call {
    pub(in crate::sql) called: Called,
    pub(in crate::sql) distinct: bool,
    pub(in crate::sql) arguments: usize,
    pub(in crate::sql) order: usize,
    pub(in crate::sql) within: usize,
    /// What stands between the texts that are put together.
    pub(in crate::sql) separator: Option<Name>,
}

/// A call, taken apart.
pub(in crate::sql) struct CallParts {
    pub(in crate::sql) called: Called,
    pub(in crate::sql) distinct: bool,
    pub(in crate::sql) separator: Option<Name>,
    pub(in crate::sql) arguments: Vec<Expression>,
    pub(in crate::sql) order: Vec<Expression>,
    pub(in crate::sql) within: Vec<Expression>,
    pub(in crate::sql) filter: Option<Expression>,
}

impl CallParts {
    pub(in crate::sql) fn into_expression(self) -> Expression {
        let call = Call {
            called: self.called,
            distinct: self.distinct,
            arguments: self.arguments.len(),
            order: self.order.len(),
            within: self.within.len(),
            separator: self.separator,
        };
        let mut children = self.arguments;
        children.extend(self.order);
        children.extend(self.within);
        children.extend(self.filter);
        Expression::node(Kind::Call(Box::new(call)), children)
    }
}

/// OVER: its children are the function, the terms of PARTITION BY, and those of ORDER BY.
#[derive(Debug, Clone)]
pub(in crate::sql) struct Over {
    pub(in crate::sql) partitions: usize,
    pub(in crate::sql) frame: Option<Frame>,
    /// The name of the window, if the statement has it behind WINDOW.
    pub(in crate::sql) name: Option<WindowName>,
}

impl Call {
    /// Whether it gives one value for the same arguments, each time.
    pub(in crate::sql) fn gives_one_value(&self) -> bool {
        use KnownFunction as F;
        match &self.called {
            Called::Known(F::Random | F::Now | F::CurrentDate | F::CurrentTime | F::Grouping) => {
                false
            }
            called => matches!(called.sort(), Some(Sort::Scalar)),
        }
    }

    /// Whether it makes one row of several.
    pub(in crate::sql) fn is_aggregate(&self) -> bool {
        matches!(self.called.sort(), Some(Sort::Aggregate | Sort::OrderedSet))
    }

    pub(super) fn describe<'t>(&'t self, to: &mut impl Visitor<'t>) {
        match &self.called {
            Called::Known(function) => to.number(1 + *function as usize),
            Called::Named(name) => {
                to.number(0);
                to.name(name);
            }
        }
        to.number(usize::from(self.distinct) + 2 * usize::from(self.separator.is_some()));
        to.number(self.arguments);
        to.number(self.order);
        to.number(self.within);
        if let Some(separator) = &self.separator {
            to.name(separator);
        }
    }
}

impl Over {
    pub(super) fn describe<'t>(&'t self, to: &mut impl Visitor<'t>) {
        to.number(usize::from(self.name.is_some()));
        if let Some(WindowName { name, number }) = &self.name {
            to.name(name);
            to.window(*number);
        }
        to.number(self.partitions);
        to.number(usize::from(self.frame.is_some()));
        self.frame.iter().flat_map(|frame| frame.numbers()).for_each(|number| to.number(number));
    }
}

/// How the result of a function, or an argument, is brought to the type that it has everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Adaptation {
    /// An integer of 32 bits, which a function takes; it is bound with 64.
    Integer,
    /// A sum of integers of 64 bits is one itself, or an error.
    IntegerSum,
    /// A mean of integers is a floating-point number.
    FloatResult,
    /// The integer of which a mean is computed as a floating-point number.
    FloatArgument,
    /// An array of JSON without elements is NULL.
    NoEmptyArray,
    /// An object of JSON without members is NULL.
    NoEmptyObject,
    /// An integer of 16 bits, which a function takes; it is bound with 64.
    SmallInteger,
}

impl Expression {
    /// A call of a known function.
    pub(in crate::sql) fn known(function: KnownFunction, arguments: Vec<Self>) -> Self {
        CallParts {
            called: Called::Known(function),
            distinct: false,
            separator: None,
            arguments,
            order: Vec::new(),
            within: Vec::new(),
            filter: None,
        }
        .into_expression()
    }

    pub(in crate::sql) fn adapted(self, adaptation: Adaptation) -> Self {
        self.under(Kind::Adapted(adaptation))
    }

    /// The call that it is; otherwise itself.
    pub(in crate::sql) fn into_call(self) -> Result<CallParts, Self> {
        match self.kind {
            Kind::Function(name) => Ok(CallParts {
                called: Called::Named(name),
                distinct: false,
                separator: None,
                arguments: self.children.into_vec(),
                order: Vec::new(),
                within: Vec::new(),
                filter: None,
            }),
            Kind::Call(call) => {
                let mut arguments = self.children.into_vec();
                let mut order = arguments.split_off(call.arguments);
                let mut within = order.split_off(call.order);
                let filter = within.split_off(call.within).pop();
                let Call { called, distinct, separator, .. } = *call;
                Ok(CallParts { called, distinct, separator, arguments, order, within, filter })
            }
            _ => Err(self),
        }
    }

    /// Changes the aggregate that it calls.
    pub(in crate::sql) fn change_aggregate(self, change: impl FnOnce(&mut CallParts)) -> Self {
        self.under_adaptation(|of| match of.into_call() {
            Ok(mut call) => {
                if matches!(call.called.sort(), Some(Sort::Scalar | Sort::Window)) {
                    return Self::refused(NO_AGGREGATE);
                }
                change(&mut call);
                call.into_expression()
            }
            Err(of) => Self::refused(of.refusal().unwrap_or(match of.kind {
                Kind::Over(_) => OVER_TWICE,
                _ => NO_AGGREGATE,
            })),
        })
    }

    /// Puts a window behind the function that it calls.
    pub(in crate::sql) fn with_window(
        self,
        partitions: Vec<Self>,
        order: Vec<Self>,
        frame: Option<Frame>,
        name: Option<WindowName>,
    ) -> Self {
        if let Some(refusal) = frame.and_then(|frame| frame.refusal()) {
            return Self::refused(refusal);
        }
        if frame.is_some_and(|frame| frame.counts_values()) && order.len() != 1 {
            return Self::refused(RANGE_ORDER);
        }
        if frame.is_some_and(|frame| frame.counts_groups()) && order.is_empty() {
            return Self::refused(GROUPS_ORDER);
        }
        self.under_adaptation(|of| match of.into_call() {
            Ok(call) => {
                if let Some(Sort::Scalar) = call.called.sort() {
                    return Self::refused(NO_WINDOW_FUNCTION);
                }
                let over = Over { partitions: partitions.len(), frame, name };
                let mut children = vec![call.into_expression()];
                children.extend(partitions);
                children.extend(order);
                Self::node(Kind::Over(Box::new(over)), children)
            }
            Err(of) => Self::refused(of.refusal().unwrap_or(match of.kind {
                Kind::Over(_) => OVER_TWICE,
                _ => NO_WINDOW_FUNCTION,
            })),
        })
    }

    /// Calls `with` for each function over a window that has a name, outside of statements.
    pub(in crate::sql) fn each_named_window<'t>(
        &'t self,
        with: &mut impl FnMut(&'t Self, &'t Over),
    ) {
        if let Kind::Over(over) = &self.kind
            && over.name.is_some()
        {
            with(self, over);
        }
        self.children.iter().for_each(|child| child.each_named_window(with));
    }

    /// Changes what is below casts and the like.
    fn under_adaptation(mut self, change: impl FnOnce(Self) -> Self) -> Self {
        let mut above = Vec::new();
        while let Kind::Adapted(_) | Kind::Cast(_) = self.kind {
            let Some(child) = self.children.pop() else { return self };
            above.push(std::mem::replace(&mut self, child).kind);
        }
        above.into_iter().rev().fold(change(self), Self::under)
    }
}
