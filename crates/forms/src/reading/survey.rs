//! The sheet `survey`: rows become nodes.

use std::collections::BTreeMap;

use chaski_values::{NodePath, RowId, Step};

use super::sheet::SurveyTable;
use super::{Place, Problems, Spans};
use crate::Cause;
use crate::columns::Property as P;
use crate::kind::{self, Kind, RowType};
use crate::source::{DefinedChoice, DefinedChoices, DefinedList, DefinedNode, Texts};
use crate::workbook::SheetRow;

/// Reads every row, in order.
pub(super) fn nodes(
    table: &SurveyTable<'_>,
    lists: &mut Vec<DefinedList>,
    has_choices: bool,
    problems: &mut Problems,
) -> (Vec<DefinedNode>, Spans) {
    let mut reader =
        Rows { table, lists, has_choices, problems, nodes: Vec::new(), rows: Vec::new(), open: Vec::new() };
    for row in table.rows() {
        reader.row(row);
    }
    reader.close();
    let Rows { nodes, rows, .. } = reader;
    (nodes, table.spans(rows))
}

struct Rows<'a, 'b> {
    table: &'b SurveyTable<'a>,
    lists: &'b mut Vec<DefinedList>,
    has_choices: bool,
    problems: &'b mut Problems,
    nodes: Vec<DefinedNode>,
    rows: Vec<u32>,
    /// The containers that are open, by their place in `nodes`.
    open: Vec<u32>,
}

fn begin_of(kind: Kind) -> String {
    if kind == Kind::Repeat { "begin_repeat" } else { "begin_group" }.to_owned()
}

fn end_of(kind: Kind) -> String {
    if kind == Kind::Repeat { "end_repeat" } else { "end_group" }.to_owned()
}

impl<'a> Rows<'a, '_> {
    fn row(&mut self, row: &'a SheetRow) {
        let table = self.table;
        if !table.says_anything(row) || table.cell(row, P::Disabled).is_some_and(|cell| truth(cell) == Truth::Yes) {
            return;
        }
        let Some(cell) = table.cell(row, P::Type) else {
            return self.error(row, P::Type, Cause::MissingType);
        };
        match kind::read(cell) {
            None => {
                let nearest = kind::nearest(cell);
                self.error(row, P::Type, Cause::UnknownType { given: cell.to_owned(), nearest });
            }
            Some(RowType::Skipped) => {}
            Some(RowType::End(kind)) => self.end(row, kind),
            Some(RowType::Begin(kind)) => {
                let Some(node) = self.node(row, kind) else {
                    // It still opens, so that its end closes it and not another.
                    let stand_in = DefinedNode::new(String::new(), kind, self.open.last().copied());
                    return self.push_container(row, stand_in);
                };
                self.push_container(row, node);
            }
            Some(RowType::Question { kind, list, or_other }) => {
                if let Some(mut node) = self.node(row, kind) {
                    self.choices(row, &mut node, list, or_other, cell);
                    let name = node.name.clone();
                    self.push(row, node);
                    if or_other {
                        self.other(row, &name);
                    }
                }
            }
        }
    }

    fn error(&mut self, row: &SheetRow, property: P, cause: Cause) {
        self.problems.error(self.table.place(row.number, property), cause);
    }

    fn warn(&mut self, row: &SheetRow, property: P, cause: Cause) {
        self.problems.warn(self.table.place(row.number, property), cause);
    }

    fn push(&mut self, row: &SheetRow, node: DefinedNode) {
        self.nodes.push(node);
        self.rows.push(row.number);
    }

    fn push_container(&mut self, row: &SheetRow, node: DefinedNode) {
        self.open.push(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.push(row, node);
    }

    fn end(&mut self, row: &SheetRow, kind: Kind) {
        let open = self.open.pop().and_then(|index| self.nodes.get(index as usize));
        if open.is_some_and(|open| open.kind == kind) {
            return;
        }
        let open = open.map(|open| format!("{} {}", begin_of(open.kind), open.name));
        self.error(row, P::Type, Cause::Unopened { end: end_of(kind), begin: begin_of(kind), open });
    }

    /// Reports what is still open at the end, and an empty sheet.
    fn close(&mut self) {
        for index in std::mem::take(&mut self.open) {
            let (Some(node), Some(row)) = (self.nodes.get(index as usize), self.rows.get(index as usize)) else {
                continue;
            };
            let begin = format!("{} {}", begin_of(node.kind), node.name);
            self.problems.error(self.table.place(*row, P::Type), Cause::Unclosed { begin, end: end_of(node.kind) });
        }
        if self.nodes.is_empty() && !self.problems.has_error() {
            self.problems.error(Place { sheet: Some("survey".to_owned()), ..Place::default() }, Cause::Empty);
        }
    }

    /// What all types have in common; nothing, and a problem, for a row without a usable name.
    fn node(&mut self, row: &'a SheetRow, kind: Kind) -> Option<DefinedNode> {
        let table = self.table;
        let name = self.name(row, kind)?;
        let mut node = DefinedNode::new(name, kind, self.open.last().copied());
        let text = |property| table.cell(row, property).map(str::to_owned);
        node.label = table.texts(row, P::Label);
        node.hint = table.texts(row, P::Hint);
        node.guidance = table.texts(row, P::Guidance);
        node.constraint_message = table.texts(row, P::ConstraintMessage);
        node.required_message = table.texts(row, P::RequiredMessage);
        node.image = table.texts(row, P::Image);
        node.audio = table.texts(row, P::Audio);
        node.relevant = text(P::Relevant);
        node.constraint = text(P::Constraint);
        node.calculation = text(P::Calculation);
        node.choice_filter = text(P::ChoiceFilter);
        node.repeat_count = text(P::RepeatCount);
        node.default = text(P::Default);
        node.trigger = text(P::Trigger);
        node.required = table.cell(row, P::Required).and_then(condition);
        node.readonly = table.cell(row, P::Readonly).and_then(condition);
        node.appearance = table
            .cell(row, P::Appearance)
            .map(|cell| cell.split_whitespace().map(str::to_owned).collect())
            .unwrap_or_default();
        self.parameters(row, &mut node);
        self.scale(row, &mut node);
        if kind == Kind::Calculate && node.calculation.is_none() && node.default.is_none() {
            self.error(row, P::Calculation, Cause::MissingCalculation);
        }
        if kind.asked_as() == Some(crate::view::QuestionKind::Unsupported) {
            self.warn(
                row,
                P::Type,
                Cause::UnsupportedType { given: table.cell(row, P::Type).unwrap_or_default().to_owned() },
            );
        }
        let shown = kind.asked_as().is_some() || kind == Kind::Note;
        if shown && node.label.is_empty() && node.hint.is_empty() && node.image.is_empty() && node.calculation.is_none()
        {
            self.warn(row, P::Label, Cause::MissingLabel);
        }
        Some(node)
    }

    fn name(&mut self, row: &'a SheetRow, kind: Kind) -> Option<String> {
        let given = match (self.table.cell(row, P::Name), kind) {
            (Some(name), _) => name.to_owned(),
            // Metadata may go without a name: it is called what it is.
            (None, Kind::Start) => "start".to_owned(),
            (None, Kind::End) => "end".to_owned(),
            (None, Kind::Today) => "today".to_owned(),
            (None, Kind::DeviceId) => "deviceid".to_owned(),
            (None, Kind::Username) => "username".to_owned(),
            (None, _) => {
                self.error(row, P::Name, Cause::MissingName);
                return None;
            }
        };
        let step = |name: &str, kind: Kind| Step {
            name: name.to_owned(),
            row: (kind == Kind::Repeat).then_some(RowId::from_bytes([0; 8])),
        };
        if NodePath::new(vec![step(&given, kind)]).is_err() {
            self.error(row, P::Name, Cause::BadName { name: given });
            return None;
        }
        let above = self.open.iter().filter_map(|index| self.nodes.get(*index as usize));
        let mut steps: Vec<Step> =
            above.filter(|node| !node.name.is_empty()).map(|node| step(&node.name, node.kind)).collect();
        steps.push(step(&given, kind));
        if NodePath::new(steps).is_err() {
            self.error(row, P::Name, Cause::LongName { name: given });
            return None;
        }
        let parent = self.open.last().copied();
        let first = self.nodes.iter().position(|node| node.parent == parent && node.name == given);
        if let Some(first) = first.and_then(|index| self.rows.get(index)).copied() {
            self.error(row, P::Name, Cause::DuplicateName { name: given, first });
            return None;
        }
        Some(given)
    }

    fn parameters(&mut self, row: &'a SheetRow, node: &mut DefinedNode) {
        let Some(cell) = self.table.cell(row, P::Parameters) else { return };
        // `a = 1` is written as often as `a=1`.
        let spaced = cell.replace(" =", "=").replace("= ", "=");
        for part in spaced.split([' ', ',', ';', '\n', '\t']).filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some((name, value)) if !name.is_empty() => {
                    node.parameters.insert(name.to_lowercase(), value.to_owned());
                }
                _ => self.error(
                    row,
                    P::Parameters,
                    Cause::BadValue { given: part.to_owned(), expected: "`name=value`, such as `max-pixels=1024`" },
                ),
            }
        }
    }

    fn scale(&mut self, row: &'a SheetRow, node: &mut DefinedNode) {
        let Some(cell) = self.table.cell(row, P::Scale) else { return };
        match cell.parse() {
            Ok(scale) if scale <= chaski_values::Decimal::MAX_SCALE && node.kind == Kind::Decimal => {
                node.scale = Some(scale)
            }
            _ => self.error(
                row,
                P::Scale,
                Cause::BadValue { given: cell.to_owned(), expected: "for a decimal, a number of digits from 0 to 9" },
            ),
        }
    }

    fn choices(&mut self, row: &SheetRow, node: &mut DefinedNode, list: Option<String>, or_other: bool, cell: &str) {
        if !node.kind.is_select() {
            return;
        }
        let Some(list) = list else {
            let kind = cell.to_owned();
            return self.error(row, P::Type, Cause::MissingListName { kind });
        };
        if [".csv", ".geojson", ".xml"].iter().any(|ending| list.to_lowercase().ends_with(ending)) {
            node.choices = Some(DefinedChoices::File(list));
            return;
        }
        match self.lists.iter_mut().find(|defined| defined.name == list) {
            Some(defined) => {
                if or_other && !defined.choices.iter().any(|choice| choice.code == "other") {
                    let label = Texts::from([(0, "Other".to_owned())]);
                    let (code, image, extra) = ("other".to_owned(), Texts::new(), BTreeMap::new());
                    defined.choices.push(DefinedChoice { code, label, image, extra });
                }
                node.choices = Some(DefinedChoices::List(list));
            }
            None if !self.has_choices => {
                let cause = Cause::MissingSheet { sheet: "choices", holds: "lists of choices" };
                self.error(row, P::Type, cause);
            }
            None => {
                let names = self.lists.iter().map(|defined| defined.name.as_str());
                let nearest = crate::nearest::nearest(&list, names).map(str::to_owned);
                self.error(row, P::Type, Cause::MissingList { list, nearest });
            }
        }
    }

    /// `or_other`: a text question that follows the select.
    fn other(&mut self, row: &SheetRow, name: &str) {
        let mut node = DefinedNode::new(format!("{name}_other"), Kind::Text, self.open.last().copied());
        node.relevant = Some(format!("selected(${{{name}}}, 'other')"));
        node.label = Texts::from([(0, "Specify other.".to_owned())]);
        self.push(row, node);
    }
}

#[derive(Debug, PartialEq)]
enum Truth {
    Yes,
    No,
    Neither,
}

fn truth(cell: &str) -> Truth {
    match cell.to_lowercase().as_str() {
        "yes" | "true" | "true()" | "1" | "si" | "sí" => Truth::Yes,
        "no" | "false" | "false()" | "0" => Truth::No,
        _ => Truth::Neither,
    }
}

/// A condition that may be written `yes` or `no`; never true is the same as none.
fn condition(cell: &str) -> Option<String> {
    match truth(cell) {
        Truth::Yes => Some("true()".to_owned()),
        Truth::No => None,
        Truth::Neither => Some(cell.to_owned()),
    }
}
