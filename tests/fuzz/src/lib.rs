//! Arbitrary bytes, offered to everything that reads bytes from outside: each target takes any input to its end, without a
//! panic, without hanging, and within [`MEMORY`].
//!
//! `cargo xtask fuzz` looks for inputs that break this, guided by what they reach. What it finds is kept in `regressions/`,
//! one folder a target, and an ordinary test replays it with the seeds. A target goes on after reading: what was read is
//! written, compiled and filled in, because that is where an odd form hurts.

use peak_alloc::PeakAlloc;

mod bundle;
mod expression;
mod play;
mod reading;

/// The most memory one input may take, in bytes.
pub const MEMORY: usize = 256 << 20;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// What reads bytes from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A workbook of today: a zip, or the parts of one as [`bundle`] writes them down.
    Xlsx,
    /// A workbook of before 2007: a compound file, or the records of its stream.
    Xls,
    /// A form as CSV or Markdown, and tables that a form looks things up in, as CSV and GeoJSON.
    Csv,
    /// A form of another server, and a document that a form reads.
    Xml,
    /// An expression: read, written, and evaluated in a small form.
    Expression,
    /// What a person does in a form.
    Session,
}

impl Target {
    pub const ALL: [Self; 6] = [Self::Xlsx, Self::Xls, Self::Csv, Self::Xml, Self::Expression, Self::Session];

    /// The name of its folders.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Xls => "xls",
            Self::Csv => "csv",
            Self::Xml => "xml",
            Self::Expression => "expression",
            Self::Session => "session",
        }
    }

    /// The target of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|target| target.name() == name)
    }
}

/// Takes one input to its end.
///
/// # Panics
/// When what reads it panics, contradicts itself, or takes more than [`MEMORY`].
pub fn run(target: Target, input: &[u8]) {
    let bundled = match target {
        Target::Xlsx => bundle::zip(input),
        Target::Xls => bundle::compound(input),
        Target::Csv | Target::Xml | Target::Expression | Target::Session => Vec::new(),
    };
    let before = ALLOCATED.current_usage();
    ALLOCATED.reset_peak_usage();
    match target {
        Target::Xlsx | Target::Xls => reading::workbook(&bundled),
        Target::Csv => reading::text(input),
        Target::Xml => reading::xform(input),
        Target::Expression => expression::read(input),
        Target::Session => play::play(input),
    }
    let taken = ALLOCATED.peak_usage().saturating_sub(before);
    assert!(taken <= MEMORY, "{} took {taken} bytes of memory; at most {MEMORY} are allowed", target.name());
}
