//! The sheet `survey`: rows become nodes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chaski_values::{NodePath, RowId, Step};

use super::entities::Entities;
use super::parameters::{self, is_name, is_reference};
use super::settings::Settings;
use super::sheet::SurveyTable;
use super::{Place, Problems, Spans, Strictness, Truth, expression, truth};
use crate::Cause;
use crate::columns::{Element, Property as P};
use crate::kind::{self, Asked, Container, Foreign, From, Instead, Kind, RowType};
use crate::source::{DefinedAttachment, DefinedChoice, DefinedChoices, DefinedList, DefinedNode};
use crate::workbook::SheetRow;
use crate::xform::write::actions::is_dynamic;

mod choose;
mod repeated;

/// What the rows of the survey may name, and what they add to it.
pub(super) struct Named<'a> {
    pub(super) settings: &'a Settings,
    pub(super) lists: Vec<DefinedList>,
    pub(super) external: Vec<DefinedList>,
    pub(super) tags: Vec<DefinedList>,
    pub(super) entities: Entities,
    /// Sheets the workbook has not, each with one that may be it.
    pub(super) misspelt: BTreeMap<&'static str, String>,
    pub(super) attached: Vec<DefinedAttachment>,
}

/// The most nodes that loops may come to.
const MAX_NODES: usize = 100_000;
/// The parameter of `audit` that has people asked why they change a record.
const REASONS: &str = "track-changes-reasons";

/// Reads every row, in order.
pub(super) fn nodes(
    table: &SurveyTable<'_>,
    named: &mut Named<'_>,
    problems: &mut Problems,
) -> (Vec<DefinedNode>, Vec<u32>, Spans) {
    let mut reader = Rows {
        table,
        named,
        problems,
        nodes: Vec::new(),
        rows: Vec::new(),
        open: Vec::new(),
        names: HashMap::new(),
        repeats: HashMap::new(),
        table_list: TableList::None,
    };
    for row in table.rows() {
        reader.row(row);
    }
    reader.close();
    let Rows { nodes, rows, .. } = reader;
    let spans = table.spans(rows.clone());
    (nodes, rows, spans)
}

struct Rows<'a, 'b, 'c> {
    table: &'b SurveyTable<'a>,
    named: &'b mut Named<'c>,
    problems: &'b mut Problems,
    nodes: Vec<DefinedNode>,
    rows: Vec<u32>,
    open: Vec<Open>,
    /// The row of each name in lower case, by the container that holds it, with the name as written.
    names: HashMap<(Option<u32>, String), (u32, BTreeSet<String>)>,
    /// The row of each repeat's name.
    repeats: HashMap<String, u32>,
    table_list: TableList,
}

/// What is open.
struct Open {
    /// Its place in the nodes.
    node: u32,
    container: Container,
    /// The list a loop goes through.
    over: Option<String>,
    /// The list of its rows, in a group that only another program has.
    of_rows: Option<String>,
}

/// Whether selects stand in a table whose head is their list.
enum TableList {
    None,
    Begun,
    Of(String),
}

fn begin_of(container: Container) -> String {
    match container {
        Container::Group => "begin_group",
        Container::Repeat => "begin_repeat",
        Container::Loop => "begin_loop",
    }
    .to_owned()
}

fn end_of(container: Container) -> String {
    begin_of(container).replace("begin", "end")
}

impl<'a> Rows<'a, '_, '_> {
    fn row(&mut self, row: &'a SheetRow) {
        let table = self.table;
        let is_strict = self.problems.strictness() == Strictness::Strict;
        if let Some(given) = table.cell(row, P::Disabled) {
            if is_strict {
                let expected = "a condition in `relevant` instead: `disabled` is no longer of XLSForm";
                self.warn(row, P::Disabled, Cause::BadValue { given: given.to_owned(), expected });
            }
            if truth(given) == Truth::Yes {
                return;
            }
        }
        if !table.says_anything(row) {
            if is_strict && row.cells.iter().next().is_some() {
                self.warn(row, P::Type, Cause::MissingType);
            }
            return;
        }
        let Some(cell) = table.cell(row, P::Type) else {
            let asks = table.cell(row, P::Name).is_some() || !table.texts(row, P::Label).is_empty();
            return match asks {
                true => self.error(row, P::Type, Cause::MissingType),
                false => self.warn(row, P::Type, Cause::MissingType),
            };
        };
        if kind::is_ours_alone(cell) {
            let usual = "a type as XLSForm spells it, in small letters, such as `select_one`";
            self.fault(row, P::Type, Cause::BadValue { given: cell.to_owned(), expected: usual });
        }
        match kind::read(cell) {
            None => match kind::foreign(cell).filter(|_| !is_strict) {
                Some(foreign) => self.foreign(row, foreign, cell),
                None => {
                    let nearest = kind::nearest(cell);
                    self.error(row, P::Type, Cause::UnknownType { given: cell.to_owned(), nearest });
                }
            },
            Some(RowType::External(ending)) => self.attach(row, ending),
            Some(RowType::End(container)) => self.end(row, container),
            Some(RowType::Begin(container, over)) => self.begin(row, container, over),
            Some(RowType::Shorthand(kind, constraint, hint)) => {
                if let Some(mut node) = self.node(row, kind, From::Choices) {
                    node.constraint.get_or_insert_with(|| constraint.to_owned());
                    if node.hint.is_empty() && !hint.is_empty() {
                        node.hint.insert(0, hint.to_owned());
                    }
                    self.push(row, node);
                }
            }
            Some(RowType::Question(asked)) => {
                if let Some(mut node) = self.node(row, asked.kind, asked.from) {
                    self.choices(row, &mut node, &asked, cell);
                    let name = node.name.clone();
                    self.push(row, node);
                    if asked.or_other {
                        self.other(row, &name);
                    }
                }
            }
        }
    }

    /// A row of a type that only another program has.
    fn foreign(&mut self, row: &'a SheetRow, foreign: Foreign, cell: &str) {
        let Foreign { program, instead } = foreign;
        if !matches!(instead, Instead::End(_)) {
            let cause = Cause::ForeignType { given: cell.to_owned(), program, instead: instead.words() };
            self.warn(row, P::Type, cause);
        }
        let lists = [P::ScoreChoices, P::RankItems, P::MatrixList];
        let list = lists.into_iter().find_map(|column| self.table.cell(row, column)).map(str::to_owned);
        match instead {
            Instead::Question(kind) => {
                if let Some(node) = self.node(row, kind, From::Choices) {
                    self.push(row, node);
                }
            }
            Instead::Begin(container) => {
                self.begin(row, container, list.clone().filter(|_| container == Container::Loop));
                if let Some(open) = self.open.last_mut() {
                    open.of_rows = list;
                }
            }
            Instead::End(container) => self.end(row, container),
            Instead::OfGroup => {
                let list = self.open.last().and_then(|open| open.of_rows.clone());
                let asked = Asked { kind: Kind::SelectOne, list, or_other: false, from: From::Choices };
                if let Some(mut node) = self.node(row, asked.kind, asked.from) {
                    self.choices(row, &mut node, &asked, cell);
                    self.push(row, node);
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

    fn fault(&mut self, row: &SheetRow, property: P, cause: Cause) {
        self.problems.fault(self.table.place(row.number, property), cause);
    }

    fn push(&mut self, row: &SheetRow, node: DefinedNode) {
        self.nodes.push(node);
        self.rows.push(row.number);
    }

    fn parent(&self) -> Option<u32> {
        self.open.last().map(|open| open.node)
    }

    /// Says what is wrong in the cells of a row that is no question.
    fn unread(&mut self, row: &SheetRow) {
        if let Some(given) = self.table.cell(row, P::SaveTo) {
            let expected = "it beside a question: nothing else is a property";
            self.fault(row, P::SaveTo, Cause::BadValue { given: given.to_owned(), expected });
        }
        if let Some(Err(given)) = self.table.cell(row, P::Parameters).map(parameters::parse) {
            self.fault(row, P::Parameters, Cause::BadParameters { given });
        }
        if let Some(given) = self.table.cell(row, P::Trigger) {
            let expected = "it beside a question: nothing else happens";
            self.fault(row, P::Trigger, Cause::BadValue { given: given.to_owned(), expected });
        }
    }

    fn attach(&mut self, row: &SheetRow, ending: &str) {
        self.unread(row);
        let Some(name) = self.table.cell(row, P::Name) else { return self.error(row, P::Name, Cause::MissingName) };
        if !is_name(name) {
            return self.error(row, P::Name, Cause::BadName { name: name.to_owned() });
        }
        if name == "meta" {
            self.fault(row, P::Name, Cause::ReservedName { name: name.to_owned() });
        }
        if self.named.attached.iter().any(|attached| attached.name == name) {
            return self.fault(row, P::Name, Cause::DuplicateInstance { name: name.to_owned() });
        }
        if !self.take_name(row, name) {
            return;
        }
        let before = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let attached = DefinedAttachment { name: name.to_owned(), file: format!("{name}.{ending}"), before };
        self.named.attached.push(attached);
    }

    fn begin(&mut self, row: &'a SheetRow, container: Container, over: Option<String>) {
        let kind = if container == Container::Repeat { Kind::Repeat } else { Kind::Group };
        let node = self.node(row, kind, From::Choices);
        // A row that cannot be a node still opens, so that its end closes it and not another.
        let node = node.unwrap_or_else(|| DefinedNode::new(String::new(), kind, self.parent()));
        if container == Container::Repeat && !node.name.is_empty() {
            self.repeat(row, &node);
        }
        if container == Container::Loop {
            match &over {
                None => self.error(row, P::Type, Cause::MissingListName { kind: "begin_loop over".to_owned() }),
                Some(list) if !self.named.lists.iter().any(|known| known.name == *list) => {
                    self.missing_list(row, list.clone());
                }
                Some(_) => {}
            }
        }
        if node.appearance.iter().any(|word| word == "table-list") {
            self.table_list = TableList::Begun;
        }
        self.open.push(Open {
            node: u32::try_from(self.nodes.len()).unwrap_or(u32::MAX),
            container,
            over,
            of_rows: None,
        });
        self.push(row, node);
    }

    fn repeat(&mut self, row: &SheetRow, node: &DefinedNode) {
        if let Some(first) = self.repeats.insert(node.name.clone(), row.number) {
            self.fault(row, P::Name, Cause::DuplicateName { name: node.name.clone(), first });
        }
        if self.named.settings.root.as_deref().unwrap_or("data") == node.name {
            self.fault(row, P::Name, Cause::ReservedName { name: node.name.clone() });
        }
        if node.label.is_empty() && node.image.is_empty() {
            self.warn(row, P::Label, Cause::MissingLabel);
        }
        // An expression is counted in a question of its own, which needs a name.
        if node.repeat_count.as_deref().is_some_and(|count| !is_reference(count)) {
            self.take_name(row, &format!("{}_count", node.name));
        }
    }

    fn end(&mut self, row: &SheetRow, container: Container) {
        self.table_list = TableList::None;
        self.unread(row);
        let open = self.open.pop();
        if let Some(open) = open.as_ref().filter(|open| open.container == container) {
            if let Some(list) = &open.over {
                self.go_through(row, open.node, list);
            }
            return;
        }
        let around = self.open.iter().rposition(|around| around.container == container);
        let name = |open: &Open| {
            let node = self.nodes.get(open.node as usize);
            format!("{} {}", begin_of(open.container), node.map(|node| node.name.as_str()).unwrap_or_default())
        };
        let named = open.as_ref().map(name);
        if around.is_none() || self.problems.strictness() == Strictness::Strict {
            // The reference tells of the row that ends something else.
            let (end, begin) = (end_of(container), begin_of(container));
            self.error(row, P::Type, Cause::Unopened { end, begin, open: named });
        }
        // What ends here stands further out: the ends of what is inside it are missing.
        if let Some(place) = around {
            let inside = self.open.split_off(place + 1);
            inside.iter().chain(&open).for_each(|open| self.unclosed(open));
            self.open.pop();
        }
    }

    fn unclosed(&mut self, open: &Open) {
        let index = open.node as usize;
        let (Some(node), Some(row)) = (self.nodes.get(index), self.rows.get(index)) else { return };
        let begin = format!("{} {}", begin_of(open.container), node.name);
        let cause = Cause::Unclosed { begin, end: end_of(open.container) };
        self.problems.error(self.table.place(*row, P::Type), cause);
    }

    /// Reports what is still open at the end, and an empty sheet.
    fn close(&mut self) {
        std::mem::take(&mut self.open).iter().for_each(|open| self.unclosed(open));
        if self.nodes.is_empty() && self.named.attached.is_empty() && !self.problems.has_error() {
            self.problems.warn(Place { sheet: Some("survey".to_owned()), ..Place::default() }, Cause::Empty);
        }
        self.watch_triggers();
        self.place_on_maps();
    }

    /// What all types have in common; nothing, and a problem, for a row without a usable name.
    fn node(&mut self, row: &'a SheetRow, kind: Kind, from: From) -> Option<DefinedNode> {
        let table = self.table;
        let name = self.name(row, kind)?;
        let mut node = DefinedNode::new(name, kind, self.parent());
        let text = |property| table.cell(row, property).map(str::to_owned);
        node.label = table.texts(row, P::Label);
        node.hint = table.texts(row, P::Hint);
        if !kind.is_container() {
            node.guidance = table.texts(row, P::Guidance);
        }
        node.constraint_message = table.texts(row, P::ConstraintMessage);
        node.required_message = table.texts(row, P::RequiredMessage);
        node.no_app_error = table.texts(row, P::NoAppError);
        node.image = table.texts(row, P::Image);
        node.big_image = table.texts(row, P::BigImage);
        node.audio = table.texts(row, P::Audio);
        node.video = table.texts(row, P::Video);
        let computed = |property| table.cell(row, property).map(expression);
        node.relevant = computed(P::Relevant);
        node.constraint = computed(P::Constraint);
        node.calculation = computed(P::Calculation);
        node.choice_filter = text(P::ChoiceFilter);
        if kind == Kind::Repeat {
            node.repeat_count = computed(P::RepeatCount);
        } else if let Some(given) = text(P::RepeatCount) {
            let expected = "nothing: only a repeat has a number of rows";
            self.warn(row, P::RepeatCount, Cause::BadValue { given, expected });
        }
        match text(P::Default) {
            Some(given) if kind.is_container() => {
                let expected = "nothing: a group or repeat has no answer";
                self.warn(row, P::Default, Cause::BadValue { given, expected });
            }
            default => node.default = default,
        }
        node.trigger = text(P::Trigger);
        node.required = table.cell(row, P::Required).map(condition);
        node.readonly = table.cell(row, P::Readonly).map(condition);
        node.bind = table.attributes(row, Element::Bind);
        if let Some(cell) = table.cell(row, P::Type).filter(|cell| cell.starts_with("uri:")) {
            // These older names of what a device tells stay in the form.
            node.bind.entry("jr:preloadParams".to_owned()).or_insert_with(|| cell.to_owned());
        }
        if let Some(given) = node.bind.get("type").filter(|_| kind.is_select() && from != From::External)
            && !["string", "odk:rank"].contains(&given.as_str())
        {
            let expected = "`string` in `bind::type`, or nothing: a choice is kept as text";
            self.fault(row, P::Type, Cause::BadValue { given: given.clone(), expected });
        }
        node.body = table.attributes(row, Element::Body);
        if kind.is_container() {
            node.body.extend(table.attributes(row, Element::Container));
        }
        node.instance = table.attributes(row, Element::Instance);
        node.appearance = table.cell(row, P::Appearance).map(words).unwrap_or_default();
        self.parameters(row, &mut node, from);
        self.scale(row, &mut node);
        if let Some(cell) = text(P::SaveTo) {
            let index = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
            match self.named.entities.save(&cell, index, kind) {
                Ok(property) => node.save_to = Some(property),
                Err(cause) => self.fault(row, P::SaveTo, cause),
            }
        }
        if kind == Kind::Calculate && node.calculation.is_none() {
            match &node.default {
                None => self.error(row, P::Calculation, Cause::MissingCalculation),
                Some(text) if is_dynamic(text, kind) => {}
                Some(_) => self.fault(row, P::Calculation, Cause::MissingCalculation),
            }
        }
        if kind.asked_as() == Some(crate::view::QuestionKind::Unsupported) {
            let given = table.cell(row, P::Type).unwrap_or_default().to_owned();
            self.warn(row, P::Type, Cause::UnsupportedType { given });
        }
        if matches!(kind, Kind::PhoneNumber | Kind::Email | Kind::SimSerial | Kind::SubscriberId) {
            let given = table.cell(row, P::Type).unwrap_or_default().to_owned();
            self.warn(row, P::Type, Cause::Undisclosed { given });
        }
        if kind == Kind::BackgroundAudio {
            let given = table.cell(row, P::Type).unwrap_or_default().to_owned();
            self.warn(row, P::Type, Cause::NotRecorded { given });
        }
        if let (Kind::Audit, Some(_)) = (kind, node.parameters.get(REASONS)) {
            self.warn(row, P::Parameters, Cause::NoReasons { given: REASONS.to_owned() });
        }
        let is_strict = self.problems.strictness() == Strictness::Strict;
        if is_strict && kind == Kind::Image && !node.parameters.contains_key("max-pixels") {
            self.warn(row, P::Parameters, Cause::LargePictures);
        }
        self.labelled(row, &node);
        self.background(row, &node);
        Some(node)
    }

    /// What a person is shown needs something to be shown.
    fn labelled(&mut self, row: &SheetRow, node: &DefinedNode) {
        let has_media = [&node.image, &node.big_image, &node.audio, &node.video].iter().any(|texts| !texts.is_empty());
        let brings_hint = self
            .table
            .cell(row, P::Type)
            .and_then(kind::read)
            .is_some_and(|read| matches!(read, RowType::Shorthand(_, _, hint) if !hint.is_empty()));
        let says = !node.label.is_empty() || !node.hint.is_empty() || has_media || brings_hint;
        let shown = node.kind.asked_as().is_some() || node.kind == Kind::Note;
        if shown && !says && node.calculation.is_none() && node.trigger.is_none() {
            self.fault(row, P::Label, Cause::MissingLabel);
        }
        let is_computed = node.calculation.is_some() || node.trigger.is_some();
        let has_words = !node.label.is_empty() || !node.hint.is_empty();
        let is_seen = shown || node.kind == Kind::BackgroundGeopoint;
        if is_seen && (has_words || !is_computed) && !node.big_image.is_empty() && node.image.is_empty() {
            self.fault(row, P::BigImage, Cause::LoneBigImage);
        }
    }

    fn background(&mut self, row: &SheetRow, node: &DefinedNode) {
        if node.kind != Kind::BackgroundGeopoint {
            return;
        }
        if node.trigger.is_none() {
            let expected = "the question that makes it happen, such as `${name}`";
            self.fault(row, P::Trigger, Cause::BadValue { given: String::new(), expected });
        }
        if let Some(given) = node.calculation.clone() {
            self.fault(row, P::Calculation, Cause::BadValue { given, expected: "nothing: the position is its value" });
        }
    }

    fn name(&mut self, row: &'a SheetRow, kind: Kind) -> Option<String> {
        let is_strict = self.problems.strictness() == Strictness::Strict;
        let given = match (self.table.cell(row, P::Name), kind) {
            (Some(name), Kind::Audit) if name != "audit" => {
                let expected = "nothing, or `audit`: no other name is read";
                self.fault(row, P::Name, Cause::BadValue { given: name.to_owned(), expected });
                "audit".to_owned()
            }
            (_, Kind::Audit) => "audit".to_owned(),
            (Some(name), _) => name.to_owned(),
            (None, Kind::Note) => format!("generated_note_name_{}", row.number),
            // Metadata may go without a name: it is called what it is.
            (None, Kind::Start | Kind::End | Kind::Today | Kind::DeviceId | Kind::Username) if !is_strict => {
                kind.facts().names.first().copied().unwrap_or_default().to_owned()
            }
            (None, _) => {
                self.error(row, P::Name, Cause::MissingName);
                return None;
            }
        };
        let step = |name: &str, kind: Kind| Step {
            name: name.to_owned(),
            row: (kind == Kind::Repeat).then_some(RowId::from_bytes([0; 8])),
        };
        if !is_name(&given) {
            self.error(row, P::Name, Cause::BadName { name: given });
            return None;
        }
        if self.open.len() > NodePath::MAX_BYTES {
            // Without this a chain of groups would cost its length squared.
            self.error(row, P::Name, Cause::LongName { name: given });
            return None;
        }
        let above = self.open.iter().filter_map(|open| self.nodes.get(open.node as usize));
        let mut steps: Vec<Step> =
            above.filter(|node| !node.name.is_empty()).map(|node| step(&node.name, node.kind)).collect();
        steps.push(step(&given, kind));
        if NodePath::new(steps).is_err() {
            let is_bad = NodePath::new(vec![step(&given, kind)]).is_err();
            let cause = if is_bad { Cause::BadName { name: given } } else { Cause::LongName { name: given } };
            self.error(row, P::Name, cause);
            return None;
        }
        if given == "meta" {
            self.fault(row, P::Name, Cause::ReservedName { name: given.clone() });
        }
        self.take_name(row, &given).then_some(given)
    }

    /// Whether nothing beside it bears the name.
    fn take_name(&mut self, row: &SheetRow, name: &str) -> bool {
        let known = self.names.entry((self.parent(), name.to_lowercase())).or_insert((row.number, BTreeSet::new()));
        let (first, is_alike) = (known.0, !known.1.is_empty());
        if !known.1.insert(name.to_owned()) {
            self.error(row, P::Name, Cause::DuplicateName { name: name.to_owned(), first });
            return false;
        }
        if is_alike {
            self.warn(row, P::Name, Cause::AlikeName { name: name.to_owned(), first });
        }
        true
    }

    fn parameters(&mut self, row: &'a SheetRow, node: &mut DefinedNode, from: From) {
        if let Some(cell) = self.table.cell(row, P::Parameters) {
            match parameters::parse(cell) {
                Ok(parameters) => {
                    node.parameters = parameters;
                    if self.problems.strictness() == Strictness::Strict {
                        parameters::lower(&mut node.parameters);
                    }
                }
                Err(given) => self.fault(row, P::Parameters, Cause::BadParameters { given }),
            }
        }
        let lists = &self.named.lists;
        for cause in parameters::faults(node.kind, from, &node.parameters, &node.appearance, lists) {
            self.fault(row, P::Parameters, cause);
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
}

/// The words of an appearance; those in brackets belong together.
pub(crate) fn words(cell: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut depth = 0_usize;
    for word in cell.split_whitespace() {
        match words.last_mut().filter(|_| depth > 0) {
            Some(last) => {
                last.push(' ');
                last.push_str(word);
            }
            None => words.push(word.to_owned()),
        }
        depth = (depth + word.matches('(').count()).saturating_sub(word.matches(')').count());
    }
    words
}

/// A condition that may be written `yes` or `no`, also in Spanish.
fn condition(cell: &str) -> String {
    match cell.to_lowercase().as_str() {
        "si" | "sí" => "true()".to_owned(),
        _ => expression(cell),
    }
}
