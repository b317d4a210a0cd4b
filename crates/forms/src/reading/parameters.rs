//! The column `parameters`: pairs of `name=value`, and what each type of question takes.

use std::collections::BTreeMap;

use crate::Cause;
use crate::kind::{From, Kind};
use crate::source::DefinedList;

pub(super) type Parameters = BTreeMap<String, String>;

/// Splits `a=1 b = 2; c=3`.
///
/// # Errors
/// With what is no pair.
pub(super) fn parse(cell: &str) -> Result<Parameters, String> {
    let spaced = cell.replace('=', " = ");
    let mut words = spaced.split([' ', ',', ';', '\n', '\r', '\t']).filter(|word| !word.is_empty());
    let mut parameters = Parameters::new();
    while let Some(name) = words.next() {
        match (words.next(), words.next()) {
            (Some("="), Some(value)) if name != "=" && value != "=" => {
                let is_truth = ["true", "false"].iter().any(|truth| truth.eq_ignore_ascii_case(value));
                let name = name.to_lowercase();
                let value = if is_truth || name == "quality" { value.to_lowercase() } else { value.to_owned() };
                parameters.insert(name, value);
            }
            _ => return Err(name.to_owned()),
        }
    }
    Ok(parameters)
}

/// Puts the values in small letters, as the reference converter does, except those that name columns of a file.
pub(super) fn lower(parameters: &mut Parameters) {
    let of_file = |name: &str| matches!(name, "label" | "value");
    let others = parameters.iter_mut().filter(|(name, _)| !of_file(name));
    others.for_each(|(_, value)| *value = value.to_lowercase());
}

/// The parameters a type takes, in order; nothing for a type that any may be written for. Choices from a file say which of its
/// columns are meant, too.
pub(crate) fn accepted(kind: Kind, from: From) -> Option<Vec<&'static str>> {
    let mut known = kind.facts().parameters?.to_vec();
    if from == From::File && kind.is_select() {
        known.extend(["label", "value"]);
        known.sort_unstable();
    }
    Some(known)
}

/// What is wrong with the parameters of one question.
pub(super) fn faults(
    kind: Kind,
    from: From,
    given: &Parameters,
    appearance: &[String],
    lists: &[DefinedList],
) -> Vec<Cause> {
    let mut found = Faults { given, causes: Vec::new() };
    if let Some(accepted) = accepted(kind, from) {
        for name in given.keys().filter(|name| !accepted.contains(&name.as_str())) {
            found.causes.push(Cause::UnknownParameter { name: name.clone(), known: accepted.join(", ") });
        }
    }
    match kind {
        Kind::Text => found.number("rows", "a whole number"),
        Kind::Image => {
            found.number("max-pixels", "a whole number");
            if appearance.is_empty() || appearance == ["annotate"] {
                found.text("app", "an Android package, such as `org.example.camera`", is_package);
            }
        }
        Kind::Audio => found.one_of("quality", &["voice-only", "low", "normal", "external"]),
        Kind::BackgroundAudio => found.one_of("quality", &["voice-only", "low", "normal"]),
        Kind::Geopoint => {
            found.number("capture-accuracy", "a number of metres");
            found.number("warning-accuracy", "a number of metres");
            found.one_of("allow-mock-accuracy", &["true", "false"]);
        }
        Kind::Geotrace | Kind::Geoshape => {
            found.text("incremental", "`true`", |value| matches!(value, "true" | "yes" | "true()"));
            found.one_of("allow-mock-accuracy", &["true", "false"]);
        }
        Kind::SelectOne | Kind::SelectMultiple | Kind::Rank => found.select(),
        Kind::Audit => found.audit(),
        Kind::Range => found.range(appearance, lists),
        _ => {}
    }
    found.causes
}

fn is_package(name: &str) -> bool {
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    name.contains('.') && name.split('.').all(is_part)
}

/// Whether text is `${name}` and nothing else.
pub(crate) fn is_reference(text: &str) -> bool {
    let inner = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    inner.is_some_and(|name| !name.is_empty() && !name.contains(['{', '}', '$', ' ']))
}

struct Faults<'a> {
    given: &'a Parameters,
    causes: Vec<Cause>,
}

impl Faults<'_> {
    fn bad(&mut self, name: &str, expected: &'static str) {
        let given = self.given.get(name).cloned().unwrap_or_default();
        self.causes.push(Cause::BadParameter { name: name.to_owned(), given, expected });
    }

    fn text(&mut self, name: &str, expected: &'static str, fits: impl Fn(&str) -> bool) {
        if self.given.get(name).is_some_and(|value| !fits(value)) {
            self.bad(name, expected);
        }
    }

    fn number(&mut self, name: &str, expected: &'static str) {
        let whole = expected.contains("whole");
        self.text(name, expected, |value| match whole {
            true => value.parse::<i64>().is_ok(),
            false => number(value).is_some(),
        });
    }

    fn one_of(&mut self, name: &str, values: &'static [&'static str]) {
        if let Some(given) = self.given.get(name).filter(|value| !values.contains(&value.as_str())) {
            let known = values.join(", ");
            self.causes.push(Cause::UnknownParameterValue { name: name.to_owned(), given: given.clone(), known });
        }
    }

    fn select(&mut self) {
        self.one_of("randomize", &["true", "false"]);
        self.text("seed", "a number or the reference of a question", |seed| {
            is_reference(seed) || number(seed).is_some()
        });
        if self.given.contains_key("seed") && !self.given.contains_key("randomize") {
            self.bad("seed", "it only together with `randomize=true`");
        }
        for name in ["value", "label"] {
            self.text(name, "the name of a column, without spaces or signs", is_name);
        }
    }

    fn audit(&mut self) {
        self.one_of("track-changes", &["true", "false"]);
        self.one_of("identify-user", &["true", "false"]);
        self.one_of("track-changes-reasons", &["on-form-edit"]);
        let places = ["location-priority", "location-min-interval", "location-max-age"];
        let there = places.iter().filter(|name| self.given.contains_key(**name)).count();
        if there == 0 {
            return;
        }
        if there < places.len() {
            self.bad("location-priority", "it together with `location-min-interval` and `location-max-age`");
            return;
        }
        self.one_of("location-priority", &["no-power", "low-power", "balanced", "high-accuracy"]);
        let seconds = |name: &str| self.given.get(name).and_then(|value| value.parse::<u64>().ok());
        match (seconds("location-min-interval"), seconds("location-max-age")) {
            (None, _) => self.bad("location-min-interval", "a whole number of seconds"),
            (_, None) => self.bad("location-max-age", "a whole number of seconds"),
            (Some(interval), Some(age)) if age < interval => {
                self.bad("location-max-age", "no less than `location-min-interval`");
            }
            _ => {}
        }
    }

    fn range(&mut self, appearance: &[String], lists: &[DefinedList]) {
        let has = |word: &str| appearance.iter().any(|found| found.contains(word));
        let ticks = ["tick_interval", "placeholder", "tick_labelset"];
        let first = ticks.iter().find(|name| self.given.contains_key(**name));
        if let Some(first) = first.filter(|_| !appearance.is_empty() && !has("vertical") && !has("no-ticks")) {
            self.bad(first, "it only with the appearances `vertical` and `no-ticks`, or with none");
        }
        let names = ["start", "end", "step", "tick_interval", "placeholder"];
        let before = self.causes.len();
        names.iter().for_each(|name| self.number(name, "a number"));
        if self.causes.len() > before {
            return;
        }
        let value = |name: &str| self.given.get(name).and_then(|text| number(text));
        let (start, end) = (value("start").unwrap_or(1.0), value("end").unwrap_or(10.0));
        let step = value("step").unwrap_or(1.0);
        let (tick, placeholder) = (value("tick_interval"), value("placeholder"));
        let width = (end - start).abs();
        let is_multiple = |number: f64, of: f64| {
            let times = number / of;
            (times - times.round()).abs() < 1e-9 * times.abs().max(1.0)
        };
        let is_within = |number: f64| number >= start.min(end) && number <= start.max(end);
        for (name, value) in [("step", Some(step)), ("tick_interval", tick)] {
            match value {
                Some(0.0) => self.bad(name, "a number other than 0"),
                Some(number) if number > width => self.bad(name, "no more than lies between `start` and `end`"),
                _ => {}
            }
        }
        if step == 0.0 || tick == Some(0.0) {
            return;
        }
        if tick.is_some_and(|tick| !is_multiple(tick, step)) {
            self.bad("tick_interval", "a multiple of `step`");
        }
        if placeholder.is_some_and(|placeholder| !is_multiple(placeholder - start, step)) {
            self.bad("placeholder", "a number that steps from `start` lead to");
        }
        if placeholder.is_some_and(|placeholder| !is_within(placeholder)) {
            self.bad("placeholder", "a number between `start` and `end`");
        }
        let Some(labels) = self.given.get("tick_labelset") else { return };
        let Some(list) = lists.iter().find(|list| list.name == *labels) else {
            return self.bad("tick_labelset", "the name of a list of the sheet `choices`");
        };
        let values: Option<Vec<f64>> = list.choices.iter().map(|choice| number(&choice.code)).collect();
        let Some(values) = values else {
            return self.bad("tick_labelset", "a list whose choices are all numbers");
        };
        if !values.iter().all(|value| is_within(*value)) {
            self.bad("tick_labelset", "a list whose choices lie between `start` and `end`");
        }
        let every = tick.unwrap_or(step);
        if !values.iter().all(|value| is_multiple(value - start, every)) {
            self.bad("tick_labelset", "a list whose choices are where steps or ticks from `start` lead to");
        }
        let is_edge = |value: &f64| *value == start || *value == end;
        if has("no-ticks") && !(values.iter().all(is_edge) && values.contains(&start) && values.contains(&end)) {
            self.bad("tick_labelset", "a list of exactly `start` and `end` where there are no ticks");
        }
    }
}

/// Whether text can be the name of an element.
pub(crate) fn is_name(text: &str) -> bool {
    let mut parts = text.split(':');
    parts.clone().count() <= 2 && parts.all(chaski_values::is_name)
}

fn number(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_parted_by_spaces_commas_and_semicolons() {
        let found = parse("Start = 1, end=10;randomize=TRUE\nlabel=Name").unwrap();
        let expected = [("end", "10"), ("label", "Name"), ("randomize", "true"), ("start", "1")];
        assert_eq!(found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>(), expected);
        for text in ["start", "start=", "=1", "start==1", "start 1", "start=1 end"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_range_whose_steps_miss_its_ticks_is_told() {
        let given = parse("start=0 end=10 step=2 tick_interval=5").unwrap();
        let causes = faults(Kind::Range, From::Choices, &given, &[], &[]);
        assert!(
            matches!(causes.as_slice(), [Cause::BadParameter { name, .. }] if name == "tick_interval"),
            "{causes:?}"
        );
    }
}
