//! What strict reading asks of references wherever they are written, and of the names of what expressions read.

use std::collections::BTreeMap;

use super::parameters::is_name;
use super::sheet::{SurveyTable, headers};
use super::{Place, Problems, Spans, Strictness};
use crate::columns::{self, Property as P, SurveyHeader};
use crate::form::search;
use crate::kind::{self, RowType};
use crate::source::{DefinedChoices, DefinedNode, Definition};
use crate::workbook::{Sheet, Workbook};
use crate::{Cause, Column};

/// Looks at every `${…}` of the workbook: also at those in cells that this program leaves aside.
pub(super) fn check(
    workbook: &Workbook,
    survey: &Sheet,
    nodes: &[DefinedNode],
    table: &SurveyTable<'_>,
    problems: &mut Problems,
) {
    if problems.strictness() == Strictness::Lenient {
        return;
    }
    let mut names: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for row in table.rows() {
        // What is written beside an end names nothing.
        let ends = table.cell(row, P::Type).is_some_and(|cell| matches!(kind::read(cell), Some(RowType::End(_))));
        if let Some(name) = table.cell(row, P::Name).filter(|_| !ends) {
            names.entry(name).or_default().push(row.number);
        }
    }
    for node in nodes {
        names.entry(&node.name).or_insert_with(|| vec![0]);
    }
    let omits_id = workbook.sheet("settings").is_some_and(|sheet| {
        let omits = |text: &str| columns::usual(text) == "omit_instanceid";
        let column = headers(sheet).find(|(_, text)| omits(text)).map(|(column, _)| column);
        let cell = column.and_then(|column| sheet.rows.get(1)?.cells.get(column));
        cell.is_some_and(|cell| super::truth(cell) == super::Truth::Yes)
    });
    if !omits_id {
        names.entry("instanceID").or_insert_with(|| vec![0]);
    }
    let ignores = |header: &str| match columns::survey(header) {
        Some(SurveyHeader::Property(header)) => {
            matches!(header.property, P::Type | P::Name | P::Trigger)
        }
        _ => false,
    };
    each_cell(survey, &ignores, &names, problems);
    for (name, ignores) in [
        ("settings", &(|_: &str| false) as &dyn Fn(&str) -> bool),
        ("entities", &|header| matches!(columns::usual(header).as_str(), "list_name" | "dataset" | "repeat")),
        ("choices", &|header| !columns::choices(header).property.is_text()),
    ] {
        if let Some(sheet) = workbook.sheet(name) {
            each_cell(sheet, ignores, &names, problems);
        }
    }
}

fn each_cell(sheet: &Sheet, ignores: &dyn Fn(&str) -> bool, names: &BTreeMap<&str, Vec<u32>>, problems: &mut Problems) {
    let columns: BTreeMap<u32, &str> = headers(sheet).filter(|(_, header)| !ignores(header)).collect();
    for row in sheet.rows.iter().skip(1) {
        if problems.are_enough() {
            return;
        }
        for (index, text) in row.cells.iter() {
            let Some(header) = columns.get(&index) else { continue };
            let place = || Place {
                sheet: Some(sheet.name.clone()),
                row: Some(row.number),
                column: Some(Column::new(index, header)),
            };
            for rest in text.split("${").skip(1) {
                let inner = rest.split_once('}').map(|(inner, _)| inner);
                let name = inner.map(|inner| inner.strip_prefix("last-saved#").unwrap_or(inner));
                let Some(name) = name.filter(|name| is_name(name) && !name.contains(':')) else {
                    let given = format!("${{{}", inner.unwrap_or(rest));
                    problems.error(place(), Cause::BadReference { given });
                    continue;
                };
                match names.get(name).map(Vec::as_slice) {
                    Some([_]) => {}
                    Some(rows) => problems
                        .error(place(), Cause::AmbiguousReference { name: name.to_owned(), rows: rows.to_vec() }),
                    None => {
                        let nearest = crate::nearest::nearest(name, names.keys().copied()).map(str::to_owned);
                        problems.error(place(), Cause::UnknownReference { name: name.to_owned(), nearest });
                    }
                }
            }
        }
    }
}

/// One name is one thing to `instance()`: a list, a file or another; and a list that is searched in has no other use.
pub(super) fn instances(definition: &Definition, spans: &Spans, problems: &mut Problems) {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    let mut searched: BTreeMap<&str, usize> = BTreeMap::new();
    let mut chosen: Vec<&str> = Vec::new();
    let mut claim = |name: &str, file: String, place: Place| {
        let found = known.entry(name.to_owned()).or_insert_with(|| file.clone());
        if *found != file {
            problems.fault(place, Cause::DuplicateInstance { name: name.to_owned() });
        }
    };
    for attached in &definition.attached {
        claim(&attached.name, attached.file.clone(), Place::default());
    }
    for (index, node) in definition.nodes.iter().enumerate() {
        for name in node.expressions().flat_map(pulled) {
            claim(&name, format!("{name}.csv"), spans.place(index, P::Calculation, 0));
        }
        match &node.choices {
            Some(DefinedChoices::File(file)) => {
                let (name, _) = file.rsplit_once('.').unwrap_or((file, ""));
                claim(name, file.clone(), spans.place(index, P::Type, 0));
            }
            Some(DefinedChoices::List(list)) if is_search(node) => drop(searched.insert(list, index)),
            Some(DefinedChoices::List(list)) => chosen.push(list),
            Some(_) | None => {}
        }
    }
    let lists = definition.lists.iter().map(|list| list.name.as_str());
    for list in lists.filter(|list| !searched.contains_key(list) || chosen.contains(list)) {
        claim(list, String::new(), Place { sheet: Some("choices".to_owned()), ..Place::default() });
    }
    for (list, index) in searched.iter().filter(|(list, _)| chosen.contains(list)) {
        problems.fault(spans.place(*index, P::Appearance, 0), Cause::SharedSearch { list: (*list).to_owned() });
    }
}

/// Whether a select looks its choices up by `search()`.
pub(crate) fn is_search(node: &DefinedNode) -> bool {
    search::word(node).is_some()
}

/// The tables that an expression pulls data from, by the names it writes in quotes.
pub(crate) fn pulled(text: &str) -> Vec<String> {
    // To look for it is quick, and nearly no expression has it.
    if !text.contains("pulldata(") {
        return Vec::new();
    }
    let calls = text.split("pulldata(").skip(1);
    let names = calls.filter_map(|rest| {
        let (name, _) = rest.split_once(',')?;
        let name = name.trim();
        let name = name.strip_prefix(['\'', '"'])?.strip_suffix(['\'', '"'])?;
        Some(name.trim().to_owned())
    });
    names.filter(|name| !name.is_empty()).collect()
}
