//! Windows: OVER and its frame.

use std::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Arguments, Expr, Expression, Name, OrderBy, OrderTerm};

const END_BEFORE_START: &str = "a window frame ends before it begins; give the earlier bound first, \
     as in `rows(-1..=1)`";
const WRONG_END: &str = "a window frame cannot begin with UNBOUNDED FOLLOWING, nor end with UNBOUNDED \
     PRECEDING";
const TOO_FAR: &str = "an offset of a window frame is larger than any table; leave the bound out, \
     which is UNBOUNDED";

/// What a frame counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum FrameUnit {
    /// Rows.
    Rows,
    /// The values of the one term of ORDER BY.
    Range,
    /// Groups of rows whose terms of ORDER BY are equal.
    Groups,
}

/// Where a frame begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FrameBound {
    /// With the first row of the partition.
    UnboundedPreceding,
    /// So many before the row itself.
    Preceding(u32),
    /// With the row itself; of RANGE and GROUPS, with those that are equal to it.
    CurrentRow,
    /// So many behind the row itself.
    Following(u32),
    /// With the last row of the partition.
    UnboundedFollowing,
}

impl FrameBound {
    /// How far it is from the row itself.
    fn distance(self) -> i64 {
        match self {
            Self::UnboundedPreceding => i64::MIN,
            Self::Preceding(count) => -i64::from(count),
            Self::CurrentRow => 0,
            Self::Following(count) => i64::from(count),
            Self::UnboundedFollowing => i64::MAX,
        }
    }

    fn at(distance: i64) -> Result<Self, &'static str> {
        let count = u32::try_from(distance.unsigned_abs()).map_err(|_| TOO_FAR)?;
        Ok(match distance {
            0 => Self::CurrentRow,
            distance if distance < 0 => Self::Preceding(count),
            _ => Self::Following(count),
        })
    }

    const fn has_offset(self) -> bool {
        matches!(self, Self::Preceding(_) | Self::Following(_))
    }
}

/// Which rows of a frame are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum FrameExclusion {
    /// The row itself.
    CurrentRow,
    /// The row itself and those that are equal to it in the order.
    Group,
    /// Those that are equal to the row in the order, but not the row itself.
    Ties,
}

/// The rows of a partition that a window function sees from one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    pub(super) unit: FrameUnit,
    pub(super) start: FrameBound,
    pub(super) end: FrameBound,
    pub(super) exclude: Option<FrameExclusion>,
    refusal: Option<&'static str>,
}

impl Frame {
    fn new(unit: FrameUnit, bounds: impl FrameBounds) -> Self {
        let (start, end) =
            bounds.bounds().unwrap_or((FrameBound::CurrentRow, FrameBound::CurrentRow));
        let refusal = match bounds.bounds() {
            Err(refusal) => Some(refusal),
            Ok(_)
                if start == FrameBound::UnboundedFollowing
                    || end == FrameBound::UnboundedPreceding =>
            {
                Some(WRONG_END)
            }
            Ok(_) => (end.distance() < start.distance()).then_some(END_BEFORE_START),
        };
        Self { unit, start, end, exclude: None, refusal }
    }

    pub(super) fn refusal(self) -> Option<&'static str> {
        self.refusal
    }

    /// Whether it counts the values of the term of ORDER BY.
    pub(super) fn counts_values(self) -> bool {
        self.unit == FrameUnit::Range && (self.start.has_offset() || self.end.has_offset())
    }

    pub(super) fn counts_groups(self) -> bool {
        self.unit == FrameUnit::Groups
    }

    /// As one number for each different frame.
    pub(super) fn numbers(self) -> [usize; 6] {
        let bound = |bound: FrameBound| match bound {
            FrameBound::UnboundedPreceding => (0, 0),
            FrameBound::Preceding(count) => (1, count as usize),
            FrameBound::CurrentRow => (2, 0),
            FrameBound::Following(count) => (3, count as usize),
            FrameBound::UnboundedFollowing => (4, 0),
        };
        let (start, from) = bound(self.start);
        let (end, to) = bound(self.end);
        let exclude = self.exclude.map_or(0, |exclude| 1 + exclude as usize);
        [self.unit as usize, start, from, end, to, exclude]
    }
}

/// The bounds of a frame: a range of distances from the row itself, of which those before it are below
/// zero, or two [`FrameBound`]s.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a frame of a window",
    note = "give a range of distances from the row, as in `..=0`, `-1..=1`, `0..`, or a pair of \
            `FrameBound`s"
)]
pub trait FrameBounds: Clone {
    /// The first and the last bound.
    ///
    /// # Errors
    ///
    /// Why they are none.
    fn bounds(&self) -> Result<(FrameBound, FrameBound), &'static str>;
}

const FIRST: FrameBound = FrameBound::UnboundedPreceding;
const LAST: FrameBound = FrameBound::UnboundedFollowing;

macro_rules! frame_bounds {
    ($($range:ty, $of:ident => $start:expr, $end:expr;)*) => {$(
        impl FrameBounds for $range {
            fn bounds(&self) -> Result<(FrameBound, FrameBound), &'static str> {
                let $of = self;
                Ok(($start, $end))
            }
        }
    )*};
}
frame_bounds! {
    (FrameBound, FrameBound), of => of.0, of.1;
    RangeFull, _all => FIRST, LAST;
    RangeFrom<i64>, of => FrameBound::at(of.start)?, LAST;
    RangeToInclusive<i64>, of => FIRST, FrameBound::at(of.end)?;
    RangeTo<i64>, of => FIRST, FrameBound::at(of.end.saturating_sub(1))?;
    RangeInclusive<i64>, of => FrameBound::at(*of.start())?, FrameBound::at(*of.end())?;
    Range<i64>, of => FrameBound::at(of.start)?, FrameBound::at(of.end.saturating_sub(1))?;
}

/// What stands behind OVER: which rows belong together, in which order, and which of them a function
/// sees. [`window`] makes one.
#[derive(Debug, Clone, Default)]
#[must_use = "a window does nothing until a function is computed over it"]
pub struct Window {
    partitions: Vec<Expression>,
    order: Vec<OrderTerm>,
    frame: Option<Frame>,
    name: Option<WindowName>,
}

/// The name of a window. Copies of one window have one number, another of the same name has another.
#[derive(Debug, Clone)]
pub(in crate::sql) struct WindowName {
    pub(in crate::sql) name: Name,
    pub(in crate::sql) number: u32,
}

impl WindowName {
    fn new(name: Name) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        Self { name, number: NEXT.fetch_add(1, Ordering::Relaxed) }
    }
}

/// A window over all rows: `OVER ()`.
///
/// ```
/// use aludel::sql::{FrameBound, window};
/// use aludel::{Auto, Mapped, func, select};
///
/// #[derive(Mapped)]
/// #[aludel(table = "sales")]
/// struct Sale {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     shop: String,
///     amount: i32,
/// }
///
/// let by_shop = window().partition_by(Sale::c.shop).order_by(Sale::c.id);
/// let statement = select((
///     func::row_number().over(by_shop.clone()),
///     func::sum(Sale::c.amount).over(by_shop.clone().rows(-2..=0)),
///     func::count().over(by_shop.rows((FrameBound::CurrentRow, FrameBound::UnboundedFollowing))),
/// ));
/// assert_eq!(
///     statement.to_string(),
///     "SELECT row_number() OVER (PARTITION BY sales.shop ORDER BY sales.id), \
///      sum(sales.amount) OVER (PARTITION BY sales.shop ORDER BY sales.id \
///      ROWS BETWEEN 2 PRECEDING AND CURRENT ROW), \
///      count(*) OVER (PARTITION BY sales.shop ORDER BY sales.id \
///      ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) FROM sales"
/// );
/// ```
pub fn window() -> Window {
    Window::default()
}

impl Window {
    /// Rows for which these are equal belong together.
    ///
    /// ```
    /// # use aludel::sql::{tables_of_examples, window};
    /// # use aludel::{func, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(func::count().over(window().partition_by(t.c("a")?)));
    /// assert_eq!(statement.to_string(), "SELECT count(*) OVER (PARTITION BY t.a) FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn partition_by(mut self, by: impl Arguments) -> Self {
        self.partitions.extend(by.arguments());
        self.another()
    }

    /// The order of the rows of a partition.
    ///
    /// ```
    /// # use aludel::sql::{tables_of_examples, window};
    /// # use aludel::{func, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(func::count().over(window().order_by(t.c("a")?)));
    /// assert_eq!(statement.to_string(), "SELECT count(*) OVER (ORDER BY t.a) FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn order_by(mut self, by: impl OrderBy) -> Self {
        by.order_by(&mut self.order);
        self.another()
    }

    /// Under a name: the statement has what it is once, behind WINDOW, and each function only the name.
    /// The name comes last; two different windows of one name are an error when the statement is
    /// compiled.
    ///
    /// ```
    /// use aludel::sql::window;
    /// use aludel::{Auto, Mapped, func, select};
    ///
    /// #[derive(Mapped)]
    /// #[aludel(table = "sales")]
    /// struct Sale {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    ///     shop: String,
    /// }
    ///
    /// let w = window().partition_by(Sale::c.shop).order_by(Sale::c.id).named("w");
    /// let statement = select((func::rank().over(w.clone()), func::count().over(w)));
    /// assert_eq!(
    ///     statement.to_string(),
    ///     "SELECT rank() OVER w, count(*) OVER w FROM sales \
    ///      WINDOW w AS (PARTITION BY sales.shop ORDER BY sales.id)"
    /// );
    /// ```
    pub fn named(self, name: impl Into<Name>) -> Self {
        Self { name: Some(WindowName::new(name.into())), ..self }
    }

    /// What is changed is another window, whatever its name.
    fn another(mut self) -> Self {
        self.name = self.name.map(|known| WindowName::new(known.name));
        self
    }

    /// The rows from one to another, counted from the row itself: `-1..=1` are three, `..=0` all up to
    /// the row itself. A range that ends before it begins is an error when the statement is compiled.
    ///
    /// ```
    /// use aludel::dialect::sqlite::Sqlite;
    /// use aludel::sql::{ClauseElement, window};
    /// use aludel::{func, select};
    ///
    /// #[allow(clippy::reversed_empty_ranges)]
    /// let statement = select(func::count().over(window().rows(1..=-1)));
    /// let error = statement.compile(&Sqlite::new()).unwrap_err();
    /// assert!(error.message().starts_with("a window frame ends before it begins"), "{error}");
    /// ```
    pub fn rows(self, bounds: impl FrameBounds) -> Self {
        self.with_frame(FrameUnit::Rows, bounds)
    }

    /// The rows whose value of the one term of ORDER BY is in this distance from that of the row.
    ///
    /// ```
    /// # use aludel::sql::{tables_of_examples, window};
    /// # use aludel::{func, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(func::count().over(window().order_by(t.c("a")?).range(-1..=1)));
    /// assert_eq!(
    ///     statement.to_string(),
    ///     "SELECT count(*) OVER (ORDER BY t.a RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM t"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn range(self, bounds: impl FrameBounds) -> Self {
        self.with_frame(FrameUnit::Range, bounds)
    }

    /// Whole groups of rows whose terms of ORDER BY are equal, counted from that of the row itself.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples, window};
    /// # use aludel::{func, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(func::count().over(window().order_by(t.c("a")?).groups(..=0)));
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT count(*) OVER (ORDER BY t.a GROUPS BETWEEN UNBOUNDED PRECEDING AND CURRENT \
    ///      ROW) FROM t"
    /// );
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "SELECT count(*) OVER (ORDER BY t.a GROUPS BETWEEN UNBOUNDED PRECEDING AND CURRENT \
    ///      ROW) FROM t"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn groups(self, bounds: impl FrameBounds) -> Self {
        self.with_frame(FrameUnit::Groups, bounds)
    }

    #[cfg(test)]
    pub(super) fn name(&self) -> Option<WindowName> {
        self.name.clone()
    }

    #[cfg(test)]
    pub(super) fn frame(&self) -> Option<Frame> {
        self.frame
    }

    fn with_frame(mut self, unit: FrameUnit, bounds: impl FrameBounds) -> Self {
        let exclude = self.frame.and_then(|frame| frame.exclude);
        self.frame = Some(Frame { exclude, ..Frame::new(unit, bounds) });
        self.another()
    }

    /// The frame without some of its rows. Without a frame of its own a window has that of SQL: with
    /// an order all rows up to those that are equal to the row, else all of the partition.
    ///
    /// ```
    /// use aludel::dialect::mysql::MySql;
    /// use aludel::sql::{ClauseElement, FrameExclusion, window};
    /// use aludel::{func, select};
    ///
    /// let others = window().rows(..).exclude(FrameExclusion::CurrentRow);
    /// let statement = select(func::count().over(others));
    /// assert_eq!(
    ///     statement.to_string(),
    ///     "SELECT count(*) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING \
    ///      EXCLUDE CURRENT ROW)"
    /// );
    /// let error = statement.compile(&MySql::mariadb()).unwrap_err();
    /// assert!(error.message().starts_with("mariadb does not have EXCLUDE"), "{error}");
    /// ```
    pub fn exclude(mut self, rows: FrameExclusion) -> Self {
        let frame = self.frame.unwrap_or_else(|| {
            Frame::new(FrameUnit::Range, (FrameBound::UnboundedPreceding, FrameBound::CurrentRow))
        });
        self.frame = Some(Frame { exclude: Some(rows), ..frame });
        self.another()
    }

    /// This window behind a function.
    pub(super) fn behind(self, function: Expression) -> Expression {
        let order = self.order.into_iter().map(OrderTerm::into_expression).collect();
        function.with_window(self.partitions, order, self.frame, self.name)
    }
}

/// A function that needs a window: `func::row_number().over(window().order_by(…))`.
#[derive(Debug, Clone)]
#[must_use = "a window function is an expression once it has a window: `.over(window())`"]
pub struct WindowFunction<V>(Expr<V>);

impl<V> WindowFunction<V> {
    pub(super) fn new(function: Expression) -> Self {
        Self(Expr::new(function))
    }

    /// The function over this window.
    ///
    /// ```
    /// # use aludel::sql::{tables_of_examples, window};
    /// # use aludel::{func, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(func::row_number().over(window().order_by(t.c("a")?)));
    /// assert_eq!(statement.to_string(), "SELECT row_number() OVER (ORDER BY t.a) FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn over(self, window: Window) -> Expr<V> {
        Expr::new(window.behind(self.0.into_expression()))
    }
}
