//! What authors and developers would use instead: pyxform, and ODK's JavaScript engine. `cargo xtask bench` installs both from
//! their registries, at the versions that `tests/peers` names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use chaski_tests::story::Broken;

/// How often pyxform converts each workbook.
const CONVERSIONS: usize = 3;
/// How long the JavaScript engine may add rows, in seconds: it does not come to the end.
const PATIENCE: u64 = 20;

/// The argument by which the bench measures its own memory in a process of its own.
pub(crate) const ALONE: &str = "--alone";

pub(crate) struct Peers {
    scripts: PathBuf,
    python: PathBuf,
}

/// What the JavaScript engine came to; times in milliseconds, memory in bytes.
pub(crate) struct Engine {
    pub(crate) load: f64,
    pub(crate) median: f64,
    pub(crate) worst: f64,
    pub(crate) rows: u64,
    pub(crate) row: f64,
    pub(crate) memory: f64,
}

impl Peers {
    pub(crate) fn find() -> Result<Self, Broken> {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
        let python = std::env::var_os("CHASKI_PEERS").map(PathBuf::from);
        let python = python.ok_or("the peers are not installed; `cargo xtask bench forms` does it")?;
        Ok(Self { scripts, python })
    }

    /// Converts workbooks, leaves the XForms in `out`, and gives the seconds each took by its name.
    pub(crate) fn convert(&self, workbooks: &[PathBuf], out: &Path) -> Result<BTreeMap<String, f64>, Broken> {
        let mut command = Command::new("python3");
        command.env("PYTHONPATH", &self.python).arg(self.scripts.join("convert.py"));
        let printed = printed(command.arg(CONVERSIONS.to_string()).arg(out).args(workbooks))?;
        Ok(serde_json::from_str(&printed)?)
    }

    /// Opens an XForm, answers it and adds rows.
    pub(crate) fn engine(&self, form: &Path, answers: usize, rows: u64) -> Result<Engine, Broken> {
        let mut command = Command::new("node");
        command.arg("--expose-gc").arg(self.scripts.join("engine.mjs")).arg(form);
        let told = printed(command.args([answers.to_string(), rows.to_string(), PATIENCE.to_string()]))?;
        let told: serde_json::Value = serde_json::from_str(&told)?;
        let number = |name: &str| told[name].as_f64().ok_or_else(|| format!("the engine's run tells no {name}"));
        Ok(Engine {
            load: number("load")?,
            median: number("median")?,
            worst: number("worst")?,
            rows: told["rows"].as_u64().unwrap_or_default(),
            row: number("row")?,
            memory: number("memory")?,
        })
    }
}

/// Our own memory with the same form open, measured in a process that does nothing else.
pub(crate) fn alone(workbook: &Path) -> Result<f64, Broken> {
    Ok(printed(Command::new(std::env::current_exe()?).arg(ALONE).arg(workbook))?.trim().parse()?)
}

fn printed(command: &mut Command) -> Result<String, Broken> {
    let output = command.output().map_err(|error| format!("{:?}: {error}", command.get_program()))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{:?} failed: {}", command.get_program(), errors.trim()).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
