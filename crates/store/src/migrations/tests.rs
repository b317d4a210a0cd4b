use super::*;

/// A database of each released schema, with rows in every table. Never changed once its schema is released.
const FROZEN: &[(i64, &str)] = &[
    (1, include_str!("../../migrations/frozen/0001_rows.sql")),
    (2, include_str!("../../migrations/frozen/0002_rows.sql")),
    (3, include_str!("../../migrations/frozen/0003_rows.sql")),
];

fn at_schema(number: i64) -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    migrate_to(&mut connection, &STEPS[..number as usize]).unwrap();
    connection
}

fn tables(connection: &Connection) -> Vec<String> {
    let sql = "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' \
               and name not like 'search_%' order by name";
    connection.prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn count(connection: &Connection, table: &str) -> i64 {
    connection.query_row(&format!("select count(*) from {table}"), [], |row| row.get(0)).unwrap()
}

#[test]
fn every_past_schema_is_frozen_and_upgrades_with_its_rows() {
    assert_eq!(FROZEN.len() as i64, CURRENT, "freeze rows for each schema");
    for (number, rows) in FROZEN {
        let mut connection = at_schema(*number);
        connection.execute_batch(rows).unwrap();
        let before: Vec<(String, i64)> =
            tables(&connection).into_iter().map(|table| (table.clone(), count(&connection, &table))).collect();
        assert!(
            before.iter().all(|(_, rows)| *rows > 0),
            "schema {number} has a table without a frozen row: {before:?}"
        );
        migrate(&mut connection).unwrap();
        assert_eq!(schema(&connection).unwrap(), CURRENT);
        for (table, rows) in before {
            assert!(count(&connection, &table) >= rows, "{table} lost rows");
        }
        let check: String = connection.query_row("pragma integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(check, "ok");
        let orphans = connection.prepare("pragma foreign_key_check").unwrap().exists([]).unwrap();
        assert!(!orphans);
    }
}

#[test]
fn a_released_step_is_never_edited() {
    // The hash of each step as released. A change of one means that devices in the field differ from new ones.
    let hashes: Vec<String> = STEPS
        .iter()
        .map(|step| chaski_values::Hash32::of_content(step.as_bytes()).to_string()[..16].to_owned())
        .collect();
    assert_eq!(hashes, RELEASED);
}

#[test]
fn a_step_that_fails_leaves_the_schema_before_it() {
    let mut connection = at_schema(CURRENT);
    let mut steps = STEPS.to_vec();
    steps.push("create table half (id integer primary key) strict; create table half (id integer) strict;");
    assert!(migrate_to(&mut connection, &steps).is_err());
    assert_eq!(schema(&connection).unwrap(), CURRENT);
    assert!(!tables(&connection).contains(&"half".to_owned()));
}

#[test]
fn a_newer_schema_is_refused() {
    let mut connection = at_schema(CURRENT);
    connection.pragma_update(None, "user_version", CURRENT + 1).unwrap();
    let refused = migrate(&mut connection).unwrap_err();
    assert!(matches!(refused, StoreError::Newer { found, known } if found == CURRENT + 1 && known == CURRENT));
}

#[test]
fn every_table_is_strict() {
    let connection = at_schema(CURRENT);
    let sql = "select name from pragma_table_list where type = 'table' and strict = 0 and name not like 'sqlite_%'";
    let loose: Vec<String> =
        connection.prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(loose, Vec::<String>::new());
}

const RELEASED: &[&str] = &["54277af9aecbbf88", "e5db72c68823a559", "ede5acaec2b64e9a"];
