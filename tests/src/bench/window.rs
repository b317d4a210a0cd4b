//! The window: how soon it shows something, and how much memory all its processes take.

use std::time::Duration;

use chaski_tests::story::{self, Broken, PROJECT, Silently};
use chaski_tests::tablet::PIN;
use chaski_tests::window::{Screen, Tablet};
use fantoccini::Locator;

use crate::table::{Figure, Section};

/// Starts are measured this often, and the median counts.
const STARTS: usize = 5;

/// How long a window rests before its memory is read, as a person would find it.
const REST: Duration = Duration::from_secs(2);

pub(crate) fn measure() -> Result<Section, Broken> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let folder = tempfile::tempdir()?;
        story::prepare(folder.path(), &mut Silently).await?;
        let tablet = folder.path().join("tablet-a");
        let screen = Screen::start()?;
        let mut seconds = Vec::new();
        let mut locked: f64 = 0.0;
        for _ in 0..STARTS {
            let window = Tablet::start_as_shipped(&screen, "bench", &tablet).await?;
            window.wait_for(Locator::XPath("//*[@data-testid='pin-1']"), "the unlock screen").await?;
            seconds.push(window.first_content().await?.as_secs_f64());
            tokio::time::sleep(REST).await;
            locked = locked.max(megabytes(window.memory()?));
            window.close().await?;
        }
        let window = Tablet::start_as_shipped(&screen, "bench", &tablet).await?;
        for digit in PIN.chars() {
            let key = format!("//*[@data-testid='pin-{digit}']");
            window.touch(Locator::XPath(&key), "a key of the PIN").await?;
        }
        let project = format!("//*[@data-testid='project-{PROJECT}']");
        window.touch(Locator::XPath(&project), "the project").await?;
        let form = "//*[@data-testid='form-aliados_encuesta_familia']";
        window.touch(Locator::XPath(form), "the survey").await?;
        window.wait_for(Locator::XPath("//*[@data-testid='page-title']"), "the survey's first page").await?;
        tokio::time::sleep(REST).await;
        let working = megabytes(window.memory()?);
        window.close().await?;
        seconds.sort_by(f64::total_cmp);
        let figures = vec![
            Figure::limited("start to first content, median", seconds[STARTS / 2], 1.0, "s"),
            Figure::limited("memory of all processes (PSS), locked, largest", locked, 220.0, "MB"),
            Figure::limited("memory of all processes (PSS), survey open", working, 220.0, "MB"),
        ];
        let notes = vec![format!("{STARTS} starts as it ships, of one enrolled tablet.")];
        Ok(Section { figures, notes })
    })
}

fn megabytes(bytes: u64) -> f64 {
    // Exact far beyond any memory a machine has.
    bytes as f64 / 1e6
}
