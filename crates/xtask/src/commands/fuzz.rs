//! `cargo xtask fuzz`: inputs that break what reads bytes from outside.
//!
//! The program is built with the coverage that any stable compiler can put in, apart from other builds. What it reaches is
//! kept between runs beside that build; what it finds goes into the tree, where a test replays it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::error::TaskError;
use crate::process;
use crate::setup;
use crate::workspace::{self, cargo, root};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Only this target: xlsx, xls, csv, xml, expression or session
    target: Option<String>,
    /// How long each target is tried
    #[arg(long, default_value_t = 60)]
    seconds: u32,
}

const TARGETS: [&str; 6] = ["xlsx", "xls", "csv", "xml", "expression", "session"];

/// What guides the search: which edges an input takes, and which constants it is compared with. Arithmetic that overflows
/// is a finding too.
const FLAGS: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cdebug-assertions",
    "-Coverflow-checks",
];

/// Longer inputs are slower, and no odder.
const LONGEST: &str = "-max_len=20000";
/// Seconds that one input may take. Its memory is counted by the target itself.
const TIME: &str = "-timeout=10";

pub(super) fn run(arguments: &Arguments) -> Result<(), TaskError> {
    let targets: Vec<&str> = match &arguments.target {
        None => TARGETS.to_vec(),
        Some(name) => match TARGETS.iter().find(|target| *target == name) {
            Some(target) => vec![target],
            None => return Err(TaskError::UnknownTarget { name: name.clone(), known: TARGETS.join(", ") }),
        },
    };
    setup::fuzzer()?;
    let built = workspace::metadata()?.target.join("fuzz");
    let program = build(&built)?;
    let mut count = 0;
    for target in targets {
        println!("\n-- {target}");
        count += usize::from(search(&program, &built, target, arguments.seconds)?);
    }
    if count > 0 { Err(TaskError::Findings { count }) } else { Ok(()) }
}

/// Builds the program. The host is named as the target, so that the flags are not those of build scripts.
fn build(folder: &Path) -> Result<PathBuf, TaskError> {
    let version = process::output(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or_else(|| TaskError::Shape { what: "the answer of `rustc -vV`".to_owned() })?;
    let mut command = cargo();
    command.args(["build", "--release", "--package", "chaski-fuzz", "--features", "libfuzzer", "--target", host]);
    process::step(command.arg("--target-dir").arg(folder).env("RUSTFLAGS", FLAGS.join(" ")))?;
    Ok(folder.join(host).join("release").join("fuzz"))
}

/// Tries one target; whether something was found, which is then kept.
fn search(program: &Path, built: &Path, target: &str, seconds: u32) -> Result<bool, TaskError> {
    let folder = root().join("tests/fuzz");
    let made = |path: PathBuf| fs::create_dir_all(&path).map_err(TaskError::file(&path)).map(|()| path);
    let reached = made(built.join("reached").join(target))?;
    let found = built.join("found").join(target);
    // What an earlier run found is in the tree.
    let _ = fs::remove_dir_all(&found);
    let found = made(found)?;
    let mut command = Command::new(program);
    command.env("CHASKI_FUZZ_TARGET", target).current_dir(&folder).args([TIME, LONGEST, "-dict=words.dict"]);
    command.arg(format!("-max_total_time={seconds}")).arg(format!("-artifact_prefix={}/", found.display()));
    command.args(["-print_funcs=0", "-print_pcs=0"]).arg(&reached);
    // It writes what it reaches into the first folder and only reads the others.
    for kind in ["seeds", "regressions"] {
        command.args(Some(folder.join(kind).join(target)).filter(|path| path.is_dir()));
    }
    let outcome = process::step(&mut command);
    let inputs = fs::read_dir(&found).map_err(TaskError::file(&found))?;
    let inputs: Vec<PathBuf> = inputs.filter_map(|entry| Some(entry.ok()?.path())).collect();
    for input in &inputs {
        keep(program, input, &made(folder.join("regressions").join(target))?, target)?;
    }
    if inputs.is_empty() { outcome.map(|()| false) } else { Ok(true) }
}

/// Puts the shortest input that breaks the target the same way among the regressions, under the hash of its content.
fn keep(program: &Path, input: &Path, folder: &Path, target: &str) -> Result<(), TaskError> {
    let shortest = input.with_extension("shortest");
    let is_crash = input.file_name().is_some_and(|name| name.to_string_lossy().starts_with("crash-"));
    if is_crash {
        let mut command = Command::new(program);
        command.env("CHASKI_FUZZ_TARGET", target).args(["-minimize_crash=1", "-max_total_time=60"]);
        command.arg(format!("-exact_artifact_path={}", shortest.display())).arg(input);
        // It ends with an error when no shorter one is left to try.
        let _ = process::step(&mut command);
    }
    let content = fs::read(&shortest).or_else(|_| fs::read(input)).map_err(TaskError::file(input))?;
    let name: String = Sha256::digest(&content).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let kept = folder.join(name);
    fs::write(&kept, content).map_err(TaskError::file(&kept))?;
    println!("\n{}: breaks {target}; the lines above say how", kept.display());
    Ok(())
}
