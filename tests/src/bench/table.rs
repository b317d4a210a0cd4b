//! How figures are written: one line each, its limit beside it.

use std::fmt::Write;

/// One measured figure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) measured: f64,
    /// In the same unit; none for a figure that only informs.
    pub(crate) limit: Option<f64>,
    pub(crate) unit: &'static str,
}

/// What one area came to.
#[derive(Debug, Default)]
pub(crate) struct Section {
    pub(crate) figures: Vec<Figure>,
    /// What was counted, in words.
    pub(crate) notes: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Ok,
    Over,
    /// It has no limit.
    Informs,
}

impl Figure {
    pub(crate) fn limited(name: &'static str, measured: f64, limit: f64, unit: &'static str) -> Self {
        Self { name, measured, limit: Some(limit), unit }
    }

    pub(crate) fn told(name: &'static str, measured: f64, unit: &'static str) -> Self {
        Self { name, measured, limit: None, unit }
    }

    pub(crate) fn verdict(&self) -> Verdict {
        match self.limit {
            None => Verdict::Informs,
            // What is not a number is not within a limit.
            Some(limit) if self.measured <= limit => Verdict::Ok,
            Some(_) => Verdict::Over,
        }
    }
}

pub(crate) fn heading() -> String {
    line("area", "figure", "measured", "limit", "", "")
}

pub(crate) fn section(area: &str, section: &Section) -> String {
    let mut text = String::new();
    for figure in &section.figures {
        let verdict = match figure.verdict() {
            Verdict::Ok => "ok",
            Verdict::Over => "OVER",
            Verdict::Informs => "",
        };
        let limit = figure.limit.map_or_else(|| "-".to_owned(), number);
        let line = line(area, figure.name, &number(figure.measured), &limit, figure.unit, verdict);
        let _ = writeln!(text, "{line}");
    }
    for note in &section.notes {
        let _ = writeln!(text, "{:<8} {note}", "");
    }
    text
}

fn line(area: &str, figure: &str, measured: &str, limit: &str, unit: &str, verdict: &str) -> String {
    format!("{area:<8} {figure:<54} {measured:>10} {limit:>8} {unit:<9} {verdict}").trim_end().to_owned()
}

/// Three digits that count, and no more than two after the point.
fn number(number: f64) -> String {
    match number.abs() {
        size if size >= 100.0 => format!("{number:.0}"),
        size if size >= 10.0 => format!("{number:.1}"),
        size if size >= 1.0 || size == 0.0 => format!("{number:.2}"),
        _ => format!("{number:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_over_its_limit_says_so() {
        let over = Figure::limited("memory", 221.0, 220.0, "MB");
        assert_eq!(over.verdict(), Verdict::Over);
        assert_eq!(Figure { measured: 220.0, ..over.clone() }.verdict(), Verdict::Ok);
        assert_eq!(Figure { measured: f64::NAN, ..over.clone() }.verdict(), Verdict::Over);
        let text = section("window", &Section { figures: vec![over], notes: vec![] });
        assert!(text.trim_end().ends_with("OVER"), "{text}");
    }

    #[test]
    fn a_figure_without_a_limit_is_never_over() {
        assert_eq!(Figure::told("rate", 1e9, "entries/s").verdict(), Verdict::Informs);
    }
}
