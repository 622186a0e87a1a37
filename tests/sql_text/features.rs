//! Each part of SQL that a database may lack, in each version that has other parts than the one before.

use aludel::ErrorKind;
use aludel::dbapi::{Product, ServerInfo};
use aludel::dialect::Dialect;
use aludel::dialect::mysql::MySql;
use aludel::dialect::postgresql::PostgreSql;
use aludel::dialect::sqlite::Sqlite;
use aludel::sql::Feature;

use super::feature_examples::Tables;

/// Parts that a database which lacks them does not miss: it is written in another way.
const WRITTEN_OTHERWISE: &[Feature] = &[
    Feature::CaseInsensitiveLike,
    Feature::CteInDml,
    Feature::DeleteUsing,
    Feature::FetchFirst,
    Feature::Filter,
    Feature::IdentityColumns,
    Feature::InsertedRowName,
    Feature::NativeEnums,
    Feature::NestedSetOperands,
    Feature::ValuesTable,
];

const POSTGRESQL: &[&str] = &["9.6.0", "10.0", "11.0", "12.0", "13.0", "14.0", "17.0", "18.0"];
const MYSQL: &[&str] = &[
    "5.7.5", "5.7.40", "8.0.0", "8.0.12", "8.0.13", "8.0.14", "8.0.18", "8.0.19", "8.0.31", "9.0.0",
];
const MARIADB: &[&str] = &[
    "10.0.0", "10.0.5", "10.1.0", "10.2.0", "10.3.0", "10.3.1", "10.3.2", "10.4.0", "10.5.0",
    "10.5.29", "10.6.0", "10.11.12", "11.1.0", "11.4.0", "11.4.6", "11.7.2", "11.8.2",
];
const SQLITE: &[&str] =
    &["3.20.0", "3.24.0", "3.25.0", "3.28.0", "3.30.0", "3.33.0", "3.35.0", "3.39.0", "3.44.0"];

#[test]
fn every_feature_in_every_version() {
    let tables = Tables::new("x").unwrap();
    let (mut written, mut refused, mut failures) = (0, 0, Vec::new());
    for (product, plain, versions) in [
        (Product::PostgreSql, &PostgreSql::new() as &dyn Dialect, POSTGRESQL),
        (Product::MySql, &MySql::new(), MYSQL),
        (Product::MariaDb, &MySql::mariadb(), MARIADB),
        (Product::Sqlite, &Sqlite::new(), SQLITE),
    ] {
        for text in versions {
            let dialect = plain.for_server(&ServerInfo::new(product.clone(), *text));
            for feature in Feature::ALL {
                match is_written(&tables, *feature, &*dialect) {
                    Ok(true) => written += 1,
                    Ok(false) => refused += 1,
                    Err(why) => failures.push(format!("{feature:?}, {product} {text}: {why}")),
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(written > 1000 && refused > 500, "{written} written, {refused} refused");
}

/// Whether the example of a feature is written, or refused by the name of what the database lacks.
fn is_written(tables: &Tables, feature: Feature, dialect: &dyn Dialect) -> Result<bool, String> {
    let example = tables.example(feature, true).unwrap();
    let lacks = |feature: &Feature| !dialect.has(*feature);
    match example.statement.clause().compile(dialect) {
        Ok(_) if lacks(&feature) && !WRITTEN_OTHERWISE.contains(&feature) => {
            Err("it is written".to_owned())
        }
        Ok(_) => Ok(true),
        Err(error) if error.kind() != ErrorKind::Compile => Err(error.to_string()),
        Err(_) if lacks(&feature) => Ok(false),
        // Because of something else that the statement needs.
        Err(error) => {
            let is_named = |feature: &Feature| error.message().contains(feature.name());
            let named = Feature::ALL.iter().any(|feature| lacks(feature) && is_named(feature));
            if named { Ok(false) } else { Err(error.to_string()) }
        }
    }
}
