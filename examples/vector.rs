//! A type of the program's own as a column: vectors, as text in every database, or as pgvector has them.
//!
//! `Vector` needs one trait, and everything follows: columns of tables, comparisons, assignments, rows. With the
//! extension pgvector the column can be a `VECTOR(3)` of PostgreSQL: its values are sent as text, and read in
//! the binary form that the extension sends.
//!
//! Runs on SQLite in memory, or on the database whose URL is the argument or in `DATABASE_URL`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::fmt;
use std::str::FromStr;

use aludel::types::{CustomType, Shared, Type};
use aludel::{
    Auto, ColumnValue, Error, ErrorKind, FromValue, Mapped, MetaData, Result, Value, ValueRef,
    create_engine, insert, select, types,
};

/// Numbers in a fixed order, written `[1,2.5,-3]`.
#[derive(Debug, Clone, PartialEq)]
struct Vector(Vec<f32>);

/// What the type is called.
#[derive(Debug)]
struct VectorType;

impl CustomType for VectorType {
    fn name(&self) -> &str {
        "Vector"
    }

    // With pgvector, `type_sql` says `VECTOR(3)` for PostgreSQL.
    fn base(&self) -> &Type {
        &types::Text
    }
}

/// What a column of vectors can be compared with: its own family.
enum Vectors {}

impl ColumnValue for Vector {
    type Family = Vectors;
    const TYPE: &'static Type = &Type::Custom(Shared::Static(&VectorType));

    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        match value {
            ValueRef::Text(text) => text.parse(),
            ValueRef::Wire(wire) if wire.ty.name() == "vector" => Self::from_wire(wire.bytes),
            other => String::from_value(other)?.parse(),
        }
    }

    fn to_value(&self) -> Value {
        // pgvector has neither, and text would keep them.
        if self.0.iter().any(|number| !number.is_finite()) {
            return Value::Refused("a vector has neither NaN nor infinity".into());
        }
        self.to_string().into()
    }
}

fn malformed() -> Error {
    Error::new(ErrorKind::Decode, "the cell holds no vector, such as [1,2.5]")
}

impl fmt::Display for Vector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<_> = self.0.iter().map(f32::to_string).collect();
        write!(f, "[{}]", numbers.join(","))
    }
}

impl FromStr for Vector {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let inside = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        let inside = inside.ok_or_else(malformed)?;
        let numbers = inside.split(',').filter(|_| !inside.is_empty());
        let numbers = numbers.map(|number| number.trim().parse().map_err(|_| malformed()));
        numbers.collect::<Result<_>>().map(Self)
    }
}

/// The binary form of pgvector: the number of dimensions and a zero, of two bytes each, and then each number as
/// a float of four bytes, all with the highest byte first.
impl Vector {
    fn to_wire(&self) -> Option<Vec<u8>> {
        let dimensions = i16::try_from(self.0.len()).ok()?;
        let mut bytes = [dimensions.to_be_bytes(), [0, 0]].concat();
        bytes.extend(self.0.iter().flat_map(|number| number.to_be_bytes()));
        Some(bytes)
    }

    fn from_wire(bytes: &[u8]) -> Result<Self> {
        let Some((&[high, low, 0, 0], numbers)) = bytes.split_first_chunk() else {
            return Err(malformed());
        };
        let (numbers, rest) = numbers.as_chunks::<4>();
        if usize::from(u16::from_be_bytes([high, low])) != numbers.len() || !rest.is_empty() {
            return Err(malformed());
        }
        Ok(Self(numbers.iter().map(|number| f32::from_be_bytes(*number)).collect()))
    }
}

#[derive(Debug, Mapped)]
#[aludel(table = "embeddings")]
struct Embedding {
    #[aludel(primary_key)]
    id: Auto<i64>,
    word: String,
    vector: Vector,
    other: Option<Vector>,
}

fn url() -> String {
    let url = std::env::args().nth(1).or_else(|| std::env::var("DATABASE_URL").ok());
    url.unwrap_or_else(|| "sqlite://".to_owned())
}

fn main() -> Result<()> {
    let engine = create_engine(&url())?;
    let mut conn = engine.connect()?;
    let meta = MetaData::new().with::<Embedding>();
    meta.drop_all(&mut conn)?;
    meta.create_all(&mut conn)?;

    let c = Embedding::c;
    let queen = Vector(vec![0.5, -1.0, 0.1]);
    for (word, vector, other) in [
        ("king", Vector(vec![0.25, -1.0, 3e-7]), None),
        ("queen", queen.clone(), Some(Vector(vec![]))),
    ] {
        let values = (c.word.set(word), c.vector.set(vector), c.other.set(other));
        conn.execute(insert::<Embedding>().values(values))?;
    }
    for row in conn.execute(select(c).order_by(c.id.asc()))? {
        println!("{}: {} {:?}", row.word, row.vector, row.other.map(|vector| vector.to_string()));
    }
    let same = select(c.word).where_(c.vector.eq(queen.clone()));
    println!("the same: {:?}", conn.scalars(same)?);
    let listed = select(c.word).where_(c.vector.in_([queen, Vector(vec![1.0])]));
    println!("one of them: {:?}", conn.scalars(listed)?);

    let odd =
        insert::<Embedding>().values((c.word.set("odd"), c.vector.set(Vector(vec![f32::NAN]))));
    if let Err(error) = conn.execute(odd) {
        println!("refused: {}", error.kind().code());
    }
    let wire = Vector(vec![1.0, -2.5]).to_wire().ok_or_else(malformed)?;
    println!("to pgvector: {wire:02x?}, and back: {}", Vector::from_wire(&wire)?);
    conn.rollback()?;
    meta.drop_all(&mut conn)?;
    conn.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_of_pgvector() {
        let vector = Vector(vec![1.0, -2.5]);
        let bytes = [0, 2, 0, 0, 0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0];
        assert_eq!(vector.to_wire().as_deref(), Some(&bytes[..]));
        assert_eq!(Vector::from_wire(&bytes).ok(), Some(vector));
        assert_eq!(Vector::from_wire(&[0, 0, 0, 0]).ok(), Some(Vector(vec![])));
        for odd in [&bytes[..11], &bytes[..8], &[0, 1], &[0, 0, 0, 1], &[]] {
            assert!(Vector::from_wire(odd).is_err(), "{odd:?}");
        }
        assert_eq!(Vector(vec![0.0; 40_000]).to_wire(), None);
    }

    #[test]
    fn texts() {
        for text in ["[1,2.5,-0.0000003]", "[]"] {
            assert_eq!(
                text.parse::<Vector>().map(|vector| vector.to_string()).ok().as_deref(),
                Some(text)
            );
        }
        for text in ["", "[", "1", "[1,]", "[x]"] {
            assert!(text.parse::<Vector>().is_err(), "{text}");
        }
    }
}
