//! Schemas of a size that some compilers of ORMs do not survive: fifty structs in a ring, and two hundred columns.

use aludel::orm::{Many, One, Session};
use aludel::{Auto, Mapped, MetaData, Result, create_engine, select};

macro_rules! ring {
    ($($class:ident $table:literal, $next:ident $next_table:literal, $before:ident;)*) => {$(
        #[derive(Mapped)]
        #[aludel(table = $table)]
        struct $class {
            #[aludel(primary_key)]
            id: Auto<i64>,
            name: Option<String>,
            #[aludel(foreign_key = $next_table)]
            next_id: Option<i64>,
            #[aludel(back = before)]
            next: One<$next>,
            #[aludel(back = next, order_by(id))]
            before: Many<$before>,
        }

        #[allow(dead_code, reason = "some are made, all are compiled")]
        impl $class {
            fn new(next: One<$next>) -> Self {
                Self { id: Auto::unset(), name: None, next_id: None, next, before: Many::default() }
            }
        }
    )*};
}
ring! {
    E0 "ring_0", E1 "ring_1.id", E49;
    E1 "ring_1", E2 "ring_2.id", E0;
    E2 "ring_2", E3 "ring_3.id", E1;
    E3 "ring_3", E4 "ring_4.id", E2;
    E4 "ring_4", E5 "ring_5.id", E3;
    E5 "ring_5", E6 "ring_6.id", E4;
    E6 "ring_6", E7 "ring_7.id", E5;
    E7 "ring_7", E8 "ring_8.id", E6;
    E8 "ring_8", E9 "ring_9.id", E7;
    E9 "ring_9", E10 "ring_10.id", E8;
    E10 "ring_10", E11 "ring_11.id", E9;
    E11 "ring_11", E12 "ring_12.id", E10;
    E12 "ring_12", E13 "ring_13.id", E11;
    E13 "ring_13", E14 "ring_14.id", E12;
    E14 "ring_14", E15 "ring_15.id", E13;
    E15 "ring_15", E16 "ring_16.id", E14;
    E16 "ring_16", E17 "ring_17.id", E15;
    E17 "ring_17", E18 "ring_18.id", E16;
    E18 "ring_18", E19 "ring_19.id", E17;
    E19 "ring_19", E20 "ring_20.id", E18;
    E20 "ring_20", E21 "ring_21.id", E19;
    E21 "ring_21", E22 "ring_22.id", E20;
    E22 "ring_22", E23 "ring_23.id", E21;
    E23 "ring_23", E24 "ring_24.id", E22;
    E24 "ring_24", E25 "ring_25.id", E23;
    E25 "ring_25", E26 "ring_26.id", E24;
    E26 "ring_26", E27 "ring_27.id", E25;
    E27 "ring_27", E28 "ring_28.id", E26;
    E28 "ring_28", E29 "ring_29.id", E27;
    E29 "ring_29", E30 "ring_30.id", E28;
    E30 "ring_30", E31 "ring_31.id", E29;
    E31 "ring_31", E32 "ring_32.id", E30;
    E32 "ring_32", E33 "ring_33.id", E31;
    E33 "ring_33", E34 "ring_34.id", E32;
    E34 "ring_34", E35 "ring_35.id", E33;
    E35 "ring_35", E36 "ring_36.id", E34;
    E36 "ring_36", E37 "ring_37.id", E35;
    E37 "ring_37", E38 "ring_38.id", E36;
    E38 "ring_38", E39 "ring_39.id", E37;
    E39 "ring_39", E40 "ring_40.id", E38;
    E40 "ring_40", E41 "ring_41.id", E39;
    E41 "ring_41", E42 "ring_42.id", E40;
    E42 "ring_42", E43 "ring_43.id", E41;
    E43 "ring_43", E44 "ring_44.id", E42;
    E44 "ring_44", E45 "ring_45.id", E43;
    E45 "ring_45", E46 "ring_46.id", E44;
    E46 "ring_46", E47 "ring_47.id", E45;
    E47 "ring_47", E48 "ring_48.id", E46;
    E48 "ring_48", E49 "ring_49.id", E47;
    E49 "ring_49", E0 "ring_0.id", E48;
}

/// Every struct refers to the next, and the last to the first.
#[test]
fn ring_of_fifty() -> Result<()> {
    let engine = create_engine("sqlite://")?;
    let metadata = MetaData::new()
        .with::<E0>()
        .with::<E1>()
        .with::<E2>()
        .with::<E3>()
        .with::<E4>()
        .with::<E5>()
        .with::<E6>()
        .with::<E7>()
        .with::<E8>()
        .with::<E9>()
        .with::<E10>()
        .with::<E11>()
        .with::<E12>()
        .with::<E13>()
        .with::<E14>()
        .with::<E15>()
        .with::<E16>()
        .with::<E17>()
        .with::<E18>()
        .with::<E19>()
        .with::<E20>()
        .with::<E21>()
        .with::<E22>()
        .with::<E23>()
        .with::<E24>()
        .with::<E25>()
        .with::<E26>()
        .with::<E27>()
        .with::<E28>()
        .with::<E29>()
        .with::<E30>()
        .with::<E31>()
        .with::<E32>()
        .with::<E33>()
        .with::<E34>()
        .with::<E35>()
        .with::<E36>()
        .with::<E37>()
        .with::<E38>()
        .with::<E39>()
        .with::<E40>()
        .with::<E41>()
        .with::<E42>()
        .with::<E43>()
        .with::<E44>()
        .with::<E45>()
        .with::<E46>()
        .with::<E47>()
        .with::<E48>()
        .with::<E49>();
    engine.begin(|conn| metadata.create_all(conn))?;
    let mut session = Session::new(&engine);
    let first = session.add(E0::new(E1::new(E2::new(One::none()).into()).into()))?;
    session.commit()?;
    let second = session.load(&first, E0::c.next)?.unwrap();
    assert_eq!(session.load(&second, E1::c.before)?, [first]);
    let third = session.load(&second, E1::c.next)?.unwrap();
    assert_eq!(session.scalars(select(E2::entity()))?.all(), std::slice::from_ref(&third));
    // The ring is closed by the last struct: the rows need not be.
    let target = session.get_one::<E0>(1)?;
    let last = session.add(E49::new(One::to(&target)))?;
    session.push(&third, E2::c.before, &second)?;
    session.flush()?;
    assert_eq!(session.read(&last)?.next_id, Some(1));
    Ok(())
}

macro_rules! wide {
    ($($column:ident)*) => {
        #[derive(Mapped)]
        #[aludel(table = "wide")]
        struct Wide {
            #[aludel(primary_key)]
            id: Auto<i64>,
            $($column: Option<i64>,)*
        }

        impl Wide {
            fn numbered() -> Self {
                let mut numbers = 0..;
                Self { id: Auto::unset(), $($column: numbers.next(),)* }
            }
        }
    };
}
wide! {
    c0 c1 c2 c3 c4 c5 c6 c7 c8 c9 c10 c11 c12 c13 c14 c15 c16 c17 c18 c19 c20 c21 c22 c23 c24 c25 c26
    c27 c28 c29 c30 c31 c32 c33 c34 c35 c36 c37 c38 c39 c40 c41 c42 c43 c44 c45 c46 c47 c48 c49 c50 c51
    c52 c53 c54 c55 c56 c57 c58 c59 c60 c61 c62 c63 c64 c65 c66 c67 c68 c69 c70 c71 c72 c73 c74 c75 c76
    c77 c78 c79 c80 c81 c82 c83 c84 c85 c86 c87 c88 c89 c90 c91 c92 c93 c94 c95 c96 c97 c98 c99 c100
    c101 c102 c103 c104 c105 c106 c107 c108 c109 c110 c111 c112 c113 c114 c115 c116 c117 c118 c119 c120
    c121 c122 c123 c124 c125 c126 c127 c128 c129 c130 c131 c132 c133 c134 c135 c136 c137 c138 c139 c140
    c141 c142 c143 c144 c145 c146 c147 c148 c149 c150 c151 c152 c153 c154 c155 c156 c157 c158 c159 c160
    c161 c162 c163 c164 c165 c166 c167 c168 c169 c170 c171 c172 c173 c174 c175 c176 c177 c178 c179 c180
    c181 c182 c183 c184 c185 c186 c187 c188 c189 c190 c191 c192 c193 c194 c195 c196 c197 c198 c199
}

/// A struct of two hundred columns besides its key.
#[test]
fn two_hundred_columns() -> Result<()> {
    let engine = create_engine("sqlite://")?;
    engine.begin(|conn| MetaData::new().with::<Wide>().create_all(conn))?;
    let mut session = Session::new(&engine);
    let wide = session.add(Wide::numbered())?;
    session.commit()?;
    session.edit(&wide)?.c199 = None;
    session.commit()?;
    let read = session.read(&wide)?;
    assert_eq!((read.c0, read.c198, read.c199), (Some(0), Some(198), None));
    Ok(())
}
