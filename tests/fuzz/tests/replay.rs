//! Everything kept is taken to its end: seeds, and what `cargo xtask fuzz` once found.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use chaski_fuzz::{Target, run};

/// Far beyond what any input needs, also without optimisation on a busy machine; what hangs stays longer.
const TIME: Duration = Duration::from_secs(30);

fn replay(target: Target) {
    // Memory is measured for the whole process.
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for kind in ["seeds", "regressions"] {
        let Ok(files) = std::fs::read_dir(folder.join(kind).join(target.name())) else { continue };
        for file in files {
            let path = file.unwrap().path();
            let input = std::fs::read(&path).unwrap();
            println!("{}", path.display());
            let begun = Instant::now();
            run(target, &input);
            assert!(begun.elapsed() < TIME, "{} took {:?}", path.display(), begun.elapsed());
            count += 1;
        }
    }
    assert!(count > 0, "{} has nothing to replay", target.name());
}

#[test]
fn xlsx() {
    replay(Target::Xlsx);
}

#[test]
fn xls() {
    replay(Target::Xls);
}

#[test]
fn csv() {
    replay(Target::Csv);
}

#[test]
fn xml() {
    replay(Target::Xml);
}

#[test]
fn expression() {
    replay(Target::Expression);
}

#[test]
fn session() {
    replay(Target::Session);
}
