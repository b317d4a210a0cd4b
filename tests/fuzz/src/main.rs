//! Looks for inputs that break a target, which `CHASKI_FUZZ_TARGET` names. `cargo xtask fuzz` runs it.

#![no_main]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, OnceLock};

use chaski_fuzz::Target;

static TARGET: OnceLock<Target> = OnceLock::new();
/// What the last panic said. One that is caught is no finding: the reader of old workbooks may give up on one.
static PANIC: Mutex<String> = Mutex::new(String::new());

libfuzzer_sys::fuzz_target!(
    init: {
        let name = std::env::var("CHASKI_FUZZ_TARGET").unwrap_or_default();
        let Some(target) = Target::named(&name) else {
            let names: Vec<&str> = Target::ALL.into_iter().map(Target::name).collect();
            eprintln!("CHASKI_FUZZ_TARGET names no target; it may be one of: {}", names.join(", "));
            std::process::exit(2);
        };
        let _ = TARGET.set(target);
        std::panic::set_hook(Box::new(|panic| {
            if let Ok(mut last) = PANIC.lock() {
                *last = panic.to_string();
            }
        }));
    },
    |input: &[u8]| {
        if let Some(target) = TARGET.get()
            && catch_unwind(AssertUnwindSafe(|| chaski_fuzz::run(*target, input))).is_err()
        {
            eprintln!("{}", PANIC.lock().map(|last| last.clone()).unwrap_or_default());
            std::process::abort();
        }
    }
);
