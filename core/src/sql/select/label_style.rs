//! What the columns of a result are called that have no label.

/// What the columns of a result are called that have no label:
/// [`set_label_style`](super::Select::set_label_style).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
#[repr(u8)]
pub enum LabelStyle {
    /// As the database calls them: two columns may have one name.
    #[default]
    None,
    /// By their own names; of two that have one name the second is called `name_1`.
    Disambiguate,
    /// By the name of the table and their own: `users_name`. A name of more than 63 bytes, which not every
    /// database has, is cut, and ends in a hash of the whole.
    TablenamePlusCol,
}
