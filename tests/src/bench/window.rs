//! The window: how soon it shows something, and how much memory all its processes take.

use std::time::Duration;

use chaski_tests::story::Broken;
use chaski_tests::window::{Screen, Tablet};

use crate::table::{Figure, Section};

/// Starts are measured this often, and the median counts.
const STARTS: usize = 5;

pub(crate) fn measure() -> Result<Section, Broken> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let screen = Screen::start()?;
        let folder = tempfile::tempdir()?;
        let mut seconds = Vec::new();
        let mut memory: f64 = 0.0;
        for start in 0..STARTS {
            let tablet = Tablet::start_as_shipped(&screen, "bench", &folder.path().join(format!("{start}"))).await?;
            seconds.push(tablet.first_content().await?.as_secs_f64());
            // Memory is read once the window has come to rest, as a person would find it.
            tokio::time::sleep(Duration::from_secs(2)).await;
            memory = memory.max(megabytes(tablet.memory()?));
        }
        seconds.sort_by(f64::total_cmp);
        let figures = vec![
            Figure::limited("start to first content, median", seconds[STARTS / 2], 1.0, "s"),
            Figure::limited("memory of all processes (PSS), largest", memory, 220.0, "MB"),
        ];
        let notes = vec![format!("{STARTS} starts as it ships, each in a new data folder.")];
        Ok(Section { figures, notes })
    })
}

fn megabytes(bytes: u64) -> f64 {
    // Exact far beyond any memory a machine has.
    bytes as f64 / 1e6
}
