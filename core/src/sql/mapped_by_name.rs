//! Mapped structs by the names of their columns.

use super::Mapped;
use crate::error::Result;
use crate::row::{Columns, FromNamedRow, FromRow, Picked, RawRow, find_column};

/// A mapped struct is made of the columns of its table, by their names.
impl<T: Mapped> FromNamedRow for T {
    const WIDTH: usize = <T as FromRow>::WIDTH;

    fn find(columns: &Columns, prefix: &str, places: &mut Vec<usize>) -> Result<()> {
        let name = std::any::type_name::<T>();
        let name = name.rsplit_once("::").map_or(name, |(_, name)| name);
        for (field, column) in T::FIELDS.iter().zip(T::table().columns()) {
            let whole = format!("{name}.{}", field.name());
            find_column(columns, prefix, column.name(), &whole, places)?;
        }
        Ok(())
    }

    fn read(row: &dyn RawRow, places: &[usize]) -> Result<Self> {
        T::from_row(&Picked::new(row, places), 0)
    }
}
