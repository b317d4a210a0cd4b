//! What the text of a file may hold, and how long it may be.

use crate::tidy::Finding;

/// A file of code that is longer holds more than one concept.
const LONGEST: usize = 800;

/// Words that mark work left undone. Split, so that this file does not hold them.
const MARKS: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
const MACROS: &[&str] = &[concat!("to", "do!("), concat!("unim", "plemented!(")];

/// Endings of type names that say nothing of what the type does.
const VAGUE: &[&str] = &["Manager", "Service", "Helper", "Util", "Utils"];
const DECLARATIONS: &[&str] = &["struct", "enum", "trait", "type", "class", "interface", "union"];

/// Folders that exist on one machine only. ODK's expressions use the second one's name for a list's items.
const MACHINE: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/tm", "p/"), concat!("/ho", "me/")];
const LIST_ITEM: &str = concat!("/ro", "ot/item");

pub(super) fn check(path: &str, content: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if is_generated(path) {
        return findings;
    }
    let lines = content.lines().count();
    if is_code(path) && !is_test(path) && lines > LONGEST {
        findings
            .push(Finding::in_file(path, format!("has {lines} lines; {LONGEST} is the limit, split it by concept")));
    }
    for (index, line) in content.lines().enumerate() {
        let number = index + 1;
        if (is_code(path) || is_prose(path))
            && let Some(mark) = mark_in(line)
        {
            findings.push(Finding::at(
                path,
                number,
                format!("`{mark}` marks work left undone; do it or open an issue"),
            ));
        }
        if is_code(path)
            && let Some(name) = vague_name_in(line)
        {
            findings.push(Finding::at(
                path,
                number,
                format!("`{name}` says not what it does; name it after its concept"),
            ));
        }
        if (is_prose(path) || is_comment(path, line))
            && let Some(folder) = machine_folder_in(line)
        {
            findings.push(Finding::at(path, number, format!("`{folder}` exists on one machine only")));
        }
    }
    findings
}

fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}

fn is_code(path: &str) -> bool {
    matches!(extension(path), "rs" | "ts" | "js" | "svelte" | "css" | "sql" | "html" | "toml") || path == ".ci/run"
}

fn is_prose(path: &str) -> bool {
    extension(path) == "md"
}

/// Written by a tool, or a table of texts rather than code.
fn is_generated(path: &str) -> bool {
    path.starts_with("ui/src/ipc/types/") || path.starts_with("src-tauri/gen/") || path.ends_with(".lock")
}

fn is_test(path: &str) -> bool {
    path.starts_with("tests/")
        || path.contains("/tests/")
        || path.ends_with("/tests.rs")
        || path.contains(".test.")
        || path.starts_with("ui/src/i18n/")
}

fn is_comment(path: &str, line: &str) -> bool {
    let line = line.trim_start();
    match extension(path) {
        "rs" | "ts" | "js" | "svelte" | "css" => {
            line.starts_with("//") || line.starts_with('*') || line.starts_with("/*")
        }
        "toml" => line.starts_with('#'),
        "sql" => line.starts_with("--"),
        _ => path.starts_with(".ci/"),
    }
}

fn mark_in(line: &str) -> Option<&'static str> {
    let word = MARKS.iter().find(|mark| {
        line.match_indices(**mark).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            let after = line[at + mark.len()..].chars().next();
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
    });
    word.or_else(|| MACROS.iter().find(|name| line.contains(**name))).copied()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}

fn vague_name_in(line: &str) -> Option<&str> {
    let mut words = line.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
    while let Some(word) = words.next() {
        if DECLARATIONS.contains(&word) {
            let name = words.next()?;
            if VAGUE.iter().any(|ending| name.ends_with(ending)) {
                return Some(name);
            }
        }
    }
    None
}

fn machine_folder_in(line: &str) -> Option<&'static str> {
    MACHINE.iter().copied().find(|folder| {
        line.match_indices(*folder).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            let starts_a_path = before.is_none_or(|c| c.is_whitespace() || "`'\"(<[=:,".contains(c));
            starts_a_path && !line[at..].starts_with(LIST_ITEM)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_text(path: &str, content: &str) -> Vec<String> {
        check(path, content).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn long_files_are_split() {
        let long = "x\n".repeat(LONGEST + 1);
        assert_eq!(
            check_text("crates/hub/src/serve.rs", &long),
            ["crates/hub/src/serve.rs: has 801 lines; 800 is the limit, split it by concept"]
        );
        assert_eq!(check_text("crates/hub/src/serve/tests.rs", &long), Vec::<String>::new());
        assert_eq!(check_text("ui/src/ipc/types/Home.ts", &long), Vec::<String>::new());
    }

    #[test]
    fn work_left_undone_is_found() {
        let line = format!("// {}: later", concat!("TO", "DO"));
        assert_eq!(check_text("a.rs", &line).len(), 1);
        assert_eq!(check_text("a.rs", concat!("fn f() { to", "do!() }")).len(), 1);
        assert_eq!(check_text("a.md", "CHSK-XXXX-XXXX, metodo, METODOS"), Vec::<String>::new());
    }

    #[test]
    fn names_say_what_a_type_does() {
        assert_eq!(
            check_text("a.rs", concat!("pub struct Record", "Manager {")),
            ["a.rs:1: `RecordManager` says not what it does; name it after its concept"]
        );
        assert_eq!(check_text("a.rs", "impl tower::Service<Request> for Hub {"), Vec::<String>::new());
    }

    #[test]
    fn folders_of_one_machine_are_found_in_words_only() {
        let folder = concat!("/tm", "p/");
        assert_eq!(check_text("a.md", &format!("see {folder}x")).len(), 1);
        assert_eq!(check_text("a.rs", &format!("// see `{folder}x`")).len(), 1);
        assert_eq!(check_text("a.rs", &format!("let a = \"{folder}x\";")), Vec::<String>::new());
        assert_eq!(check_text("a.md", &format!("instance('x'){LIST_ITEM}[a = 1]")), Vec::<String>::new());
        assert_eq!(check_text("a.md", &format!("`{LIST_ITEM}`")), Vec::<String>::new());
    }
}
