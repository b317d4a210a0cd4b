//! What of XLSForm is supported, as a table made from what the reader itself goes by.

use std::collections::BTreeSet;
use std::fmt::Write;

use chaski_xpath::Function;

use crate::columns::{ATTRIBUTES, Element, ListColumn, SURVEY};
use crate::kind::{self, From, KINDS, Keeps, Kind, SELECTS, SHORTHANDS};
use crate::reading::parameters::accepted;
use crate::reading::settings::{OF_FORM, OF_XFORM, UNREAD};
use crate::view::QuestionKind;
use crate::workbook::{Limits, MAX_BLANK_ROWS, SHEETS};

/// Writes the table as Markdown, for `crates/forms/XLSFORM.md`.
pub fn support_table() -> String {
    let mut text = String::from(
        "# What of XLSForm is supported\n\n\
         Made from the reader itself (`forms::support_table`); a test holds this page to it, and `UPDATE_EXPECT=1` writes it \
         anew. Names are read in any case, with spaces or `_`.\n\n",
    );
    files(&mut text);
    types(&mut text);
    appearances(&mut text);
    columns(&mut text);
    settings(&mut text);
    functions(&mut text);
    differences(&mut text);
    text
}

/// What each appearance makes of a question on a tablet. A test looks each word up in `ui/src/forms`.
const DRAWN: &[(&[&str], &str, &str)] = &[
    (&["field-list"], "a group", "all of it on one page"),
    (&["table-list"], "a group", "its selects as the rows of one table"),
    (&["multiline"], "`text`", "a box of several lines"),
    (&["numbers"], "`text`", "a keyboard of digits; zeros in front stay"),
    (&["thousands-sep"], "`integer`, `decimal`", "digits in groups of three"),
    (&["counter"], "`integer`", "buttons for one more and one less"),
    (
        &["minimal", "autocomplete", "search"],
        "`select_one`, `select_multiple`",
        "a closed list that is opened and searched; more than ten choices of a `select_one` come so by themselves",
    ),
    (&["quick"], "`select_one`", "the next page as soon as one is chosen"),
    (&["likert"], "`select_one`", "a scale"),
    (
        &["label", "list-nolabel", "list"],
        "`select_one`, `select_multiple`",
        "a row of a table, its heading, or choices on one line",
    ),
    (
        &["columns", "columns-pack", "columns-flex", "horizontal", "horizontal-compact", "compact", "quickcompact"],
        "`select_one`, `select_multiple`",
        "choices side by side; a number may follow `columns`, `compact` and `quickcompact`",
    ),
    (&["no-buttons"], "`select_one`, `select_multiple`", "pictures alone"),
    (&["no-calendar"], "`date`, `datetime`", "a field to type in, without a calendar beside it"),
    (&["month-year", "year"], "`date`", "a month, or a year alone"),
    (
        &["vertical", "rating", "picker", "no-ticks"],
        "`range`",
        "a standing scale, stars, a list, a scale without marks",
    ),
    (&["maps", "placement-map"], "`geopoint`", "a map; with the second a place may be put on it by hand"),
    (&["signature"], "`image`", "a field to sign in"),
    (&["draw", "annotate"], "`image`", "a field to draw in, or a photo to draw on"),
    (
        &["new", "new-front", "selfie"],
        "`image`, `video`",
        "a new one and none from the tablet's files; with the last two, by the camera that looks at the person",
    ),
];

fn appearances(text: &mut String) {
    text.push_str("## Appearances\n\n| Appearance | Of | On the screen |\n|---|---|---|\n");
    for (words, of, drawn) in DRAWN {
        let _ = writeln!(text, "| {} | {of} | {drawn} |", quoted(words.iter().copied()));
    }
    text.push_str(
        "\n`search(…)` looks choices up in a table. Any other word is kept for other programs and changes nothing here; one that \
         is almost one of these is asked about.\n\n",
    );
}

/// Where engines disagree, what this one does: the policies by which a case of another engine may not pass.
fn differences(text: &mut String) {
    text.push_str(
        "\n## Where engines differ\n\nODK's own programs do not agree with each other in all of this, or with the specification. \
         Here it is so, with the cases of other engines that expect otherwise in `tests/conformance/reasons.txt`:\n\n",
    );
    let reasons = include_str!("../tests/conformance/reasons.txt").lines();
    let policies = reasons.filter_map(|line| line.split('\t').nth(1)?.strip_prefix("policy: "));
    // The number of a trap is the design's affair.
    let policies = policies.map(|policy| match policy.split_once(": ") {
        Some((trap, policy)) if trap.starts_with("trap ") => policy,
        _ => policy,
    });
    // This one says nothing without its cases.
    let policies = policies.filter(|policy| *policy != "a function that only one engine has");
    for policy in policies.collect::<BTreeSet<_>>() {
        let _ = writeln!(text, "- {policy}");
    }
}

fn files(text: &mut String) {
    let limits = Limits::default();
    let line = format!(
        "## Files\n\n\
         .xlsx, .xls, and text whose first column names the sheets, as CSV or as Markdown tables; ODK XForms (.xml) too. What a \
         file is, is told by its bytes and not by its name. At most {} MiB, {} MiB unpacked, {} rows and {} columns a sheet.\n\n\
         A cell is read as it is seen: a formula as its last result, `#N/A` too; a date as `2026-05-31`, with `T12:30:00.000` \
         after it unless it is midnight; a time alone as `12:30:00`; 1.0 as `1`. The only sheet of a workbook is the survey, \
         whatever it is called. More than {MAX_BLANK_ROWS} blank rows end a sheet. CSV is UTF-8 or UTF-16, its cells parted by \
         `,`, `;` or tabs; a file without a column of sheets is a survey alone.\n\n\
         Sheets: {}. A sheet whose name is almost one of these is asked about; one whose name begins with `_` is the author's.\n\n\
         Read strictly (`chaski form check --strict`), a form is refused for what the reference converter refuses; otherwise \
         small faults are told and left out.\n\n",
        limits.file_bytes >> 20,
        limits.unpacked_bytes >> 20,
        limits.rows,
        limits.columns,
        quoted(SHEETS),
    );
    text.push_str(&line);
}

fn types(text: &mut String) {
    text.push_str("## Types\n\n| Type | Also written | Asked as | In an XForm | Parameters |\n|---|---|---|---|---|\n");
    for facts in KINDS {
        let of_select = SELECTS.iter().filter(|(_, kind, _)| *kind == facts.kind).map(|(name, ..)| *name);
        let mut names: Vec<&str> = facts.names.iter().copied().chain(of_select).collect();
        names.dedup();
        // The name that most authors use.
        names.sort_by_key(|name| !(name.ends_with("_one") || name.ends_with("_multiple") || *name == "rank"));
        let Some((name, others)) = names.split_first() else { continue };
        let asked = match facts.asked {
            Some(QuestionKind::Unsupported) => "kept, not asked".to_owned(),
            Some(kind) => snake(&format!("{kind:?}")),
            None if facts.kind == Kind::Note => "shown".to_owned(),
            None if facts.kind == Kind::BackgroundAudio => "left blank (below)".to_owned(),
            None if facts.kind == Kind::Audit => "kept by the app (below)".to_owned(),
            None if matches!(facts.kind, Kind::StartGeopoint | Kind::BackgroundGeopoint) => {
                "asked of the device".to_owned()
            }
            None if facts.preload.is_some() && facts.keeps == Keeps::Nothing => "left blank".to_owned(),
            None if facts.preload.is_some() => "filled in by the app".to_owned(),
            None => "–".to_owned(),
        };
        let control = facts.control.element().unwrap_or_default();
        let mut parameters: Vec<&str> = accepted(facts.kind, From::Choices).unwrap_or_default();
        parameters.extend(accepted(facts.kind, From::File).unwrap_or_default());
        parameters.sort_unstable();
        parameters.dedup();
        let xform =
            [control, facts.bind].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(", ");
        let _ = writeln!(
            text,
            "| `{name}` | {} | {asked} | {xform} | {} |",
            quoted(others.iter().copied()),
            quoted(parameters)
        );
    }
    let _ = writeln!(
        text,
        "\nBeside them: `begin_group`, `begin_repeat` (nested as deep as names allow), `begin_loop over list`, each with its \
         `end_…`; `csv-external` and `xml-external`; `or_other` after a list of choices; {}, which bring a constraint.\n",
        quoted(SHORTHANDS.iter().map(|(name, ..)| *name)),
    );
    let theirs = kind::of_programs().map(|(program, names)| format!("{program} ({})", quoted(names)));
    let _ = writeln!(
        text,
        "Types that only another program has are told and taken, unless a form is read strictly: of {}. What no person answers \
         stays blank; groups of theirs are groups here, and their rows are asked with the choices that the group names.\n",
        theirs.collect::<Vec<_>>().join(" and of "),
    );
    text.push_str(
        "What the device fills in is never shown. A position is asked of it in the session that begins the record \
         (`start-geopoint`) or whenever the trigger is answered (`background-geopoint`); a fix that does not come in time \
         leaves it blank. The app records no sound that no one asked for, so `background-audio` stays blank. `audit` keeps a \
         log of how a record is filled in: when each page was looked at, each question answered and each row added or \
         removed, and for how long; with `track-changes` what an answer was before and after, with `identify-user` whose PIN \
         the tablet was opened with, with `location-…` where it was, asked no more often than the form says. Each sitting adds \
         its part to the record, so that what several people did on several tablets stands together; it is shown with the \
         record, and `chaski log audit` writes it as ODK Collect's `audit.csv`. The person is told that a form keeps a log. \
         What was undone is not in it, answers are cut at 500 characters, and no one is asked for reasons \
         (`track-changes-reasons`): the history has who changed what. `osm` opens an app that is no more, so its answers are kept and it is not asked. \
         The tablet's telephone number, e-mail address and SIM belong to a person and are never told.\n\n\
         `${instanceID}` and `/data/meta/instanceID` are the record's id. Choices may come from CSV, GeoJSON and XML files, \
         from the answers of a repeat (`select_one ${question}`), and from `search()` in the column `appearance`, whose list \
         then names columns of its table.\n\n\
         What `entities` and `save_to` say is checked, and written for programs that make lists out of records; this app does \
         not: the lists of a form are the programme's tables.\n\n\
         Pictures, sounds and films beside labels and choices (`image`, `big-image`, `audio`, `video`) are shown and played once \
         they came to the tablet; beside a group they are not, nor is the `big-image` of a choice. With `image-map` the picture \
         is shown and the choices stand below it as words.\n\n",
    );
}

fn columns(text: &mut String) {
    text.push_str("## Columns of `survey`\n\n| Column | Also written |\n|---|---|\n");
    for (names, _) in SURVEY {
        if let Some((name, others)) = names.split_first() {
            let _ = writeln!(text, "| `{name}` | {} |", quoted(others.iter().copied()));
        }
    }
    for (name, element, _) in ATTRIBUTES.iter().filter(|(_, element, _)| *element != Element::Ignored) {
        let where_to = match element {
            Element::Bind => "bind",
            Element::Body => "body",
            Element::Container => "body, beside a group or repeat",
            Element::Instance | Element::Ignored => "instance",
        };
        let _ = writeln!(text, "| `{name}` | an attribute of the {where_to} |");
    }
    let texts = [ListColumn::Label, ListColumn::Image, ListColumn::BigImage, ListColumn::Audio, ListColumn::Video];
    let texts = texts.map(|column| format!("{column:?}").to_lowercase().replace("bigimage", "big-image"));
    let _ = writeln!(
        text,
        "\n`bind::x`, `body::x` (or `control::x`) and `instance::x` are attributes of an XForm's elements; `media::` may stand \
         before media. `::` and a language follow what a person reads.\n\n\
         ## Columns of `choices`\n\n`list_name`, `name` (or `value`), {}, and any other for expressions.\n",
        quoted(texts.iter().map(String::as_str)),
    );
}

fn settings(text: &mut String) {
    text.push_str("## Settings\n\n| Setting | Also written | Read by |\n|---|---|---|\n");
    for names in OF_FORM {
        if let Some((name, others)) = names.split_first() {
            let _ = writeln!(text, "| `{name}` | {} | this app |", quoted(others.iter().copied()));
        }
    }
    for name in OF_XFORM {
        let _ = writeln!(text, "| `{name}` | | other programs |");
    }
    text.push_str("| `attribute::x` | | other programs |\n");
    for (name, reason) in UNREAD {
        let _ = writeln!(text, "| `{name}` | | none: {reason} |");
    }
    text.push_str(
        "\nRecords are always encrypted on a tablet and on its way, so `public_key` is for other programs; where a form is sent is \
         the programme's to say and not `submission_url`'s.\n\n",
    );
}

fn functions(text: &mut String) {
    let mut names: Vec<&str> = Function::ALL.iter().map(|function| function.name()).collect();
    names.sort_unstable();
    let _ = writeln!(text, "## Functions\n\n{} functions: {}.", names.len(), quoted(names));
}

fn quoted<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// `SelectOne` as `select_one`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_appearance_of_the_page_is_drawn() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut sources = std::fs::read_to_string(root.join("src/form/pages.rs")).unwrap();
        for folder in ["../../ui/src/forms", "../../ui/src/forms/widgets"] {
            for file in std::fs::read_dir(root.join(folder)).unwrap() {
                let path = file.unwrap().path();
                let is_test = path.to_string_lossy().contains(".test.");
                if path.is_file() && !is_test {
                    sources.push_str(&std::fs::read_to_string(&path).unwrap_or_default());
                }
            }
        }
        for word in DRAWN.iter().flat_map(|(words, ..)| words.iter()) {
            // As a whole word: in quotes, or in a pattern.
            let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
            let is_named = sources.match_indices(word).any(|(at, _)| {
                let before = sources[..at].chars().next_back();
                let after = sources[at + word.len()..].chars().next();
                !before.is_some_and(is_part) && !after.is_some_and(is_part)
            });
            assert!(is_named, "{word}");
        }
    }

    #[test]
    fn the_page_is_as_the_reader_says() {
        expect_test::expect_file!["../XLSFORM.md"].assert_eq(&support_table());
    }
}
