//! Expressions that databases write in ways of their own, as a dialect gets them.

use crate::sql::types::Type;
use crate::sql::{
    BitwiseOperator, DateField, Expression, Quotient, SqlWriter, TextPlace, Wildcards,
};

/// Declares the parts of an expression, which the library fills in.
macro_rules! clauses {
    ($($(#[$doc:meta])* $clause:ident { $($(#[$field_doc:meta])* $field:ident: $ty:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        #[non_exhaustive]
        pub struct $clause<'t> {
            $($(#[$field_doc])* pub $field: $ty,)*
        }
    )*};
}

clauses! {
    /// A division.
    DivisionClause {
        /// What is divided.
        left: &'t Expression,
        /// By what.
        right: &'t Expression,
        /// What it gives.
        quotient: Quotient,
    }

    /// An operator on the bits of two integers.
    BitwiseClause {
        /// The operator.
        operator: BitwiseOperator,
        /// The left operand.
        left: &'t Expression,
        /// The right operand.
        right: &'t Expression,
    }

    /// A comparison in which NULL equals NULL.
    DistinctClause {
        /// The left operand.
        left: &'t Expression,
        /// The right operand.
        right: &'t Expression,
        /// Whether it holds where they are the same.
        negated: bool,
    }

    /// `BETWEEN SYMMETRIC`: between two values of which either may be the larger one.
    SymmetricClause {
        /// What is compared.
        of: &'t Expression,
        /// One end.
        low: &'t Expression,
        /// The other end.
        high: &'t Expression,
        /// Whether it holds outside.
        negated: bool,
    }

    /// Text that is compared with a pattern.
    LikeClause {
        /// The text.
        text: &'t Expression,
        /// The pattern, in which `%` and `_` are wildcards.
        pattern: &'t Expression,
        /// Whether it holds for text that the pattern is not of.
        negated: bool,
        /// Whether upper and lower case are the same.
        insensitive: bool,
        /// What takes its meaning from a wildcard.
        escape: Option<char>,
    }

    /// A part that is looked for in a text.
    TextMatchClause {
        /// The text.
        text: &'t Expression,
        /// The part.
        part: &'t Expression,
        /// Where it is looked for.
        place: TextPlace,
        /// Whether it holds for text without the part.
        negated: bool,
        /// Whether upper and lower case are the same.
        insensitive: bool,
        /// What `%` and `_` in the part are.
        wildcards: Wildcards,
    }

    /// Text that is compared with a regular expression.
    RegexpClause {
        /// The text.
        text: &'t Expression,
        /// The regular expression.
        pattern: &'t Expression,
        /// Whether it holds for text that it does not match.
        negated: bool,
        /// Flags, of letters.
        flags: Option<&'static str>,
    }

    /// Text in which what a regular expression matches is replaced.
    RegexpReplaceClause {
        /// The text.
        text: &'t Expression,
        /// The regular expression.
        pattern: &'t Expression,
        /// What takes the place.
        replacement: &'t Expression,
        /// Flags, of letters.
        flags: Option<&'static str>,
    }

    /// A value in another type.
    CastClause {
        /// The value.
        of: &'t Expression,
        /// The type.
        ty: &'t Type,
    }

    /// A field of a date or a time.
    ExtractClause {
        /// The field.
        field: DateField,
        /// The date or the time.
        of: &'t Expression,
    }
}

impl SymmetricClause<'_> {
    /// Writes it where there is no SYMMETRIC: between the two, or between them the other way round.
    pub(crate) fn write_both_ways(&self, to: &mut SqlWriter<'_>) {
        to.sql(if self.negated { "NOT (" } else { "(" });
        to.repeated(2, |to| {
            self.write_between(self.low, self.high, to);
            to.sql(" OR ");
            self.write_between(self.high, self.low, to);
        });
        to.sql(")");
    }

    fn write_between(&self, low: &Expression, high: &Expression, to: &mut SqlWriter<'_>) {
        to.compared(self.of);
        to.sql(" BETWEEN ");
        to.compared(low);
        to.sql(" AND ");
        to.compared(high);
    }
}
