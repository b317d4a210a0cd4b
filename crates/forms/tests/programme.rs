//! The programme's three forms, read from their workbooks and filled in as an agent would.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use chaski_forms::{Environment, Form, Limits, Lookups, Session, Table, read_xlsx};
use chaski_values::{Key, RecordId, Scalar, Timestamp};

fn programme() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/programme")
}

fn form(name: &str) -> Arc<Form> {
    let bytes = std::fs::read(programme().join(format!("forms/{name}.xlsx"))).unwrap();
    let reading = read_xlsx(&bytes, &Limits::default()).unwrap_or_else(|errors| {
        panic!("{}", errors.0.iter().map(|problem| format!("{problem}\n")).collect::<String>())
    });
    for warning in &reading.warnings {
        println!("{warning}");
    }
    Arc::new(Form::from_source(&reading.source).unwrap())
}

fn environment() -> Environment {
    let mut lookups = Lookups::default();
    for name in ["directivos", "distritos", "provincias", "proyectos"] {
        let bytes = std::fs::read(programme().join(format!("lists/{name}.csv"))).unwrap();
        lookups.insert(name, Table::from_csv(&bytes).unwrap());
    }
    Environment {
        // 2026-05-31, 09:30 in Peru.
        now: Timestamp::from_millis(1_780_237_800_000).unwrap(),
        zone_minutes: -300,
        device: "tablet-a".to_owned(),
        person: "rosa.quispe".to_owned(),
        seed: [7; 32],
        lookups,
    }
}

fn open(name: &str) -> (Session, BTreeMap<Key, Scalar>) {
    let saved = BTreeMap::new();
    let (session, writes) = Session::open(form(name), environment(), RecordId::from_bytes([1; 16]), &saved);
    (session, writes.into_iter().collect())
}

#[test]
fn look() {
    for name in ["site_visit", "disbursement_receipt", "beneficiary_survey"] {
        let (session, saved) = open(name);
        println!("{saved:#?}");
        for page in session.outline().pages {
            println!("{page:?}");
        }
    }
}
