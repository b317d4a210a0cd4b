//! What a form may say and can hardly mean: a choice that its list does not have, a default that is no answer, a name where a
//! reference is meant. The reference converter lets all of it pass, and the form then never asks what its author expects.

use std::collections::BTreeSet;

use chaski_values::CivilDate;
use chaski_xpath::{Axis, BinaryOperator, Expr, ExprKind, Function, NodeTest, Path, Slot, Start};

use super::{ChoicesFrom, Default, ExprId, Filter, Form, Keep, Node, NodeId, Target};
use crate::columns::Property as P;
use crate::nearest::nearest;
use crate::problem::Cause;
use crate::reading::{Problems, Spans};

/// The words of the column `appearance` that this app or another knows, those with numbers or brackets left out.
const APPEARANCES: &[&str] = &[
    "annotate",
    "autocomplete",
    "bearing",
    "columns",
    "columns-flex",
    "columns-pack",
    "compact",
    "counter",
    "draw",
    "field-list",
    "hidden-answer",
    "horizontal",
    "horizontal-compact",
    "image-map",
    "label",
    "likert",
    "list",
    "list-nolabel",
    "maps",
    "masked",
    "minimal",
    "month-year",
    "multiline",
    "new-front",
    "no-buttons",
    "no-calendar",
    "no-ticks",
    "numbers",
    "picker",
    "placement-map",
    "quick",
    "quickcompact",
    "rating",
    "search",
    "selfie",
    "signature",
    "table-list",
    "thousands-sep",
    "vertical",
    "year",
];

/// Tells of everything doubtful in a form whose rows stand at `spans`.
pub(crate) fn doubts(form: &Form, spans: &Spans, problems: &mut Problems) {
    for (index, node) in form.nodes.iter().enumerate() {
        let id = NodeId(u32::try_from(index).unwrap_or(u32::MAX));
        let mut told: BTreeSet<(P, String)> = BTreeSet::new();
        let mut tell = |property: P, cause: Cause| {
            if told.insert((property, cause.to_string())) {
                problems.warn(spans.place(index, property, 0), cause);
            }
        };
        let calculation = node.calculation.map(|calculation| match calculation {
            super::Calculation::Always(id) | super::Calculation::Once(id) => id,
        });
        for (property, expression) in [
            (P::Relevant, node.relevant.or(node.row_relevant)),
            (P::Required, node.required),
            (P::Readonly, node.readonly),
            (P::Constraint, node.constraint),
            (P::Calculation, calculation),
            (P::RepeatCount, node.repeat_count),
        ] {
            if let Some(expression) = expression {
                let mut found = Vec::new();
                let program = program(form, expression);
                Doubting { form, owner: id }.part(program, &mut found);
                if let ([Cause::BareName { name, .. }], P::Required | P::Readonly, ExprKind::Path(_)) =
                    (found.as_slice(), property, &program.kind)
                {
                    let expected = "`yes`, `no`, or a condition";
                    found = vec![Cause::BadValue { given: name.clone(), expected }];
                }
                found.into_iter().for_each(|cause| tell(property, cause));
            }
        }
        of_default(form, node, &mut tell);
        of_filter(form, node, &mut tell);
        for word in &node.appearance {
            if word.len() < 4 || APPEARANCES.contains(&word.as_str()) || word.contains([':', '(']) {
                continue;
            }
            if let Some(known) = nearest(word, APPEARANCES.iter().copied()) {
                tell(P::Appearance, Cause::UnknownAppearance { given: word.clone(), nearest: known.to_owned() });
            }
        }
    }
}

fn program(form: &Form, expression: ExprId) -> &Expr {
    &form.expression(expression).program
}

/// A default that its question cannot hold.
fn of_default(form: &Form, node: &Node, tell: &mut impl FnMut(P, Cause)) {
    let Some(Default::Text(text)) = &node.default else { return };
    let text = text.trim();
    if text.is_empty() {
        return;
    }
    let expected = match node.keep {
        Some(Keep::Integer) if chaski_xpath::parse_number(text).is_none() => "a whole number, such as `5`",
        Some(Keep::Decimal { .. }) if chaski_xpath::parse_number(text).is_none() => "a number, such as `2.5`",
        Some(Keep::Date) if text.get(..10).is_none_or(|day| day.parse::<CivilDate>().is_err()) => {
            "a day as `2026-05-31`"
        }
        Some(Keep::Choice) => return of_codes(form, node, &[text], tell),
        Some(Keep::Choices | Keep::Rank) => {
            return of_codes(form, node, &text.split_whitespace().collect::<Vec<_>>(), tell);
        }
        _ => return,
    };
    tell(P::Default, Cause::BadValue { given: text.to_owned(), expected });
}

fn of_codes(form: &Form, node: &Node, codes: &[&str], tell: &mut impl FnMut(P, Cause)) {
    for code in codes {
        if let Some(cause) = unknown_code(form, node, code) {
            tell(P::Default, cause);
        }
    }
}

/// A code that the list of a select does not have.
fn unknown_code(form: &Form, node: &Node, code: &str) -> Option<Cause> {
    let ChoicesFrom::List(list) = &node.choices.as_ref()?.from else { return None };
    let list = form.lists.get(*list)?;
    if code.is_empty() || list.by_code.contains_key(code) {
        return None;
    }
    let nearest = nearest(code, list.choices.iter().map(|choice| choice.code.as_str())).map(str::to_owned);
    Some(Cause::UnknownCode { code: code.to_owned(), list: list.name.clone(), nearest })
}

/// A filter by a column that its list does not have, which lets nothing through.
fn of_filter(form: &Form, node: &Node, tell: &mut impl FnMut(P, Cause)) {
    let Some(source) = &node.choices else { return };
    let (ChoicesFrom::List(list), Some(filter)) = (&source.from, &source.filter) else { return };
    let Some(list) = form.lists.get(*list) else { return };
    let named = match filter {
        Filter::Equal { column, .. } => std::slice::from_ref(column),
        Filter::Each { columns, .. } => columns.as_slice(),
    };
    for column in named {
        if ["name", "label"].contains(&column.as_str()) || list.columns.contains(column) {
            continue;
        }
        let nearest = nearest(column, list.columns.iter().map(String::as_str)).map(str::to_owned);
        let cause = Cause::UnknownListColumn { column: column.clone(), list: list.name.clone(), nearest };
        tell(P::ChoiceFilter, cause);
    }
}

fn is_ordering(operator: BinaryOperator) -> bool {
    use BinaryOperator as O;
    matches!(operator, O::Less | O::LessOrEqual | O::Greater | O::GreaterOrEqual)
}

/// Looks through one expression.
struct Doubting<'a> {
    form: &'a Form,
    owner: NodeId,
}

impl Doubting<'_> {
    fn part(&self, part: &Expr, found: &mut Vec<Cause>) {
        match &part.kind {
            ExprKind::Binary(operator, left, right) => {
                if matches!(operator, BinaryOperator::Equal | BinaryOperator::NotEqual) {
                    found.extend(self.compared(left, right).or_else(|| self.compared(right, left)));
                }
                if is_ordering(*operator) && matches!(&left.kind, ExprKind::Binary(before, ..) if is_ordering(*before))
                {
                    found.push(Cause::ChainedComparison);
                }
                self.part(left, found);
                self.part(right, found);
            }
            ExprKind::Call(function, terms) => {
                if let (Function::Selected, [node, code]) = (function, terms.as_slice()) {
                    found.extend(self.compared(node, code));
                }
                if let (Function::FormatDate | Function::FormatDateTime, [_, format]) = (function, terms.as_slice())
                    && let ExprKind::Text(format) = &format.kind
                    && !format.is_empty()
                    && !format.contains('%')
                {
                    found.push(Cause::PlainFormat { given: format.to_string() });
                }
                terms.iter().for_each(|term| self.part(term, found));
            }
            ExprKind::And(terms) | ExprKind::Or(terms) | ExprKind::Union(terms) => {
                terms.iter().for_each(|term| self.part(term, found));
            }
            ExprKind::Negate(inner) => self.part(inner, found),
            ExprKind::Path(path) => found.extend(self.bare(path)),
            ExprKind::Text(_)
            | ExprKind::Number(_)
            | ExprKind::Slot(_)
            | ExprKind::Pattern(_)
            | ExprKind::Unknown(..) => {}
        }
    }

    /// A select that is compared with what can never be its answer.
    fn compared(&self, node: &Expr, code: &Expr) -> Option<Cause> {
        let ExprKind::Text(code) = &code.kind else { return None };
        let node = match &node.kind {
            ExprKind::Slot(slot) => self.node(*slot)?,
            ExprKind::Path(path) if path.is_self() => self.owner,
            _ => return None,
        };
        unknown_code(self.form, self.form.node(node), code)
    }

    fn node(&self, slot: Slot) -> Option<NodeId> {
        match self.form.targets.get(slot.0 as usize)? {
            Target::Here(node) | Target::All { node, .. } => Some(*node),
            _ => None,
        }
    }

    /// A name where an expression of a question can have none: a question holds no others.
    fn bare(&self, path: &Path) -> Option<Cause> {
        let [step] = path.steps.as_slice() else { return None };
        let (Start::Context, Axis::Child, NodeTest::Name(name)) = (&path.start, step.axis, &step.test) else {
            return None;
        };
        if name.prefix.is_some() || !step.predicates.is_empty() {
            return None;
        }
        let names = self.form.nodes.iter().map(|node| node.name.as_str());
        let nearest = nearest(&name.local, names).map(str::to_owned);
        Some(Cause::BareName { name: name.local.to_string(), nearest })
    }
}

#[cfg(test)]
mod tests {
    use crate::read_markdown;

    /// What is told of a form, one line each.
    #[track_caller]
    fn told(table: &str) -> Vec<String> {
        let reading = read_markdown(table).unwrap();
        let told = reading.warnings.iter().filter(|problem| problem.row.is_some());
        told.map(|problem| problem.to_string()).collect()
    }

    #[test]
    fn what_can_never_be_is_told_where_it_stands() {
        let table = "
            | survey  |                     |       |       |                             |              |               |            |
            |         | type                | name  | label | relevant                    | default      | choice_filter | appearance |
            |         | select_one crop     | crop  | Crop  |                             | papas        |               | minmal     |
            |         | select_multiple crop | more | More  | ${crop} = 'mais'            | papa oca     | zone = 'alta' |            |
            |         | integer             | age   | Age   | crop = 'papa'               | abc          |               | thousands-sep |
            |         | date                | day   | Day   | selected(${more}, 'papa ')  | 2024-13-45   |               | no-calendar w1 |
            |         | text                | note  | Note  | ${crop} = 'papa' or 'oca' != ${crop} or ${crop} = '' | papa | | |
            | choices |                     |       |       |                             |              |               |            |
            |         | list_name           | name  | label | zona                        |              |               |            |
            |         | crop                | papa  | Papa  | alta                        |              |               |            |
            |         | crop                | maiz  | Maíz  | baja                        |              |               |            |
            ";
        assert_eq!(
            told(table),
            [
                "survey, row 2, column E (default): the list `crop` has no choice `papas`; did you mean `papa`?",
                "survey, row 2, column G (appearance): the appearance `minmal` is not known; did you mean `minimal`?",
                "survey, row 3, column D (relevant): the list `crop` has no choice `mais`; did you mean `maiz`?",
                "survey, row 3, column E (default): the list `crop` has no choice `oca`; write the `name` of a choice, not its label",
                "survey, row 3, column F (choice_filter): the list `crop` has no column `zone`; did you mean `zona`?",
                "survey, row 4, column D (relevant): `crop` alone means nothing here; write `${crop}` for a question or `'crop'` for a text",
                "survey, row 4, column E (default): `abc` does not belong in this column; write a whole number, such as `5`",
                "survey, row 5, column D (relevant): the list `crop` has no choice `papa `; did you mean `papa`?",
                "survey, row 5, column E (default): `2024-13-45` does not belong in this column; write a day as `2026-05-31`",
                "survey, row 6, column D (relevant): the list `crop` has no choice `oca`; write the `name` of a choice, not its label",
            ]
        );
    }

    #[test]
    fn a_word_that_is_no_condition_is_told_where_yes_or_no_stands() {
        let table = "
            | survey |      |      |       |             |          |                   |
            |        | type | name | label | required    | readonly | relevant          |
            |        | text | a    | A     | obligatorio |          |                   |
            |        | text | b    | B     | yes         | x        | ${a} = today      |
            ";
        assert_eq!(
            told(table),
            [
                "survey, row 2, column D (required): `obligatorio` does not belong in this column; write `yes`, `no`, or a condition",
                "survey, row 3, column F (relevant): `today` alone means nothing here; write `today()`",
                "survey, row 3, column E (readonly): `x` does not belong in this column; write `yes`, `no`, or a condition",
            ]
        );
    }

    #[test]
    fn a_comparison_of_a_comparison_and_a_format_without_signs_are_told() {
        let table = "
            | survey |           |      |       |                          |                                   |
            |        | type      | name | label | relevant                 | calculation                       |
            |        | integer   | a    | A     |                          |                                   |
            |        | text      | b    | B     | 18 < ${a} < 65           |                                   |
            |        | text      | c    | C     | 18 < ${a} and ${a} <= 65 |                                   |
            |        | calculate | d    |       |                          | format-date(today(), 'dd/mm/yyyy') |
            |        | calculate | e    |       |                          | format-date(today(), '%d/%m/%Y')  |
            ";
        assert_eq!(
            told(table),
            [
                "survey, row 3, column D (relevant): `a < b < c` asks whether `a < b` holds, and compares that with `c`; write `a < b and b < c`",
                "survey, row 5, column E (calculation): `dd/mm/yyyy` has no `%`, so that it is shown as it stands; write a date as `%d/%m/%Y`, a time as `%H:%M`",
            ]
        );
    }

    #[test]
    fn the_programmes_own_forms_raise_no_doubt() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/programme/forms");
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let reading = crate::read_form(&std::fs::read(&path).unwrap(), &crate::Options::default()).unwrap();
            assert_eq!(reading.warnings, [], "{}", path.display());
        }
    }

    #[test]
    fn a_circle_is_told_at_the_column_that_makes_it() {
        let circle = |rows: &str| {
            let table = format!(
                "| survey | | | | | | |\n| | type | name | label | relevant | choice_filter | repeat_count |\n{rows}\n| choices | | | |\n| | list_name | name | label | zone |\n| | l | x | X | y |"
            );
            read_markdown(&table)
                .unwrap_err()
                .0
                .iter()
                .map(|problem| problem.to_string())
                .collect::<Vec<_>>()
                .join("\n")
        };
        let filters =
            circle("| | select_one l | a | A | | zone = ${b} | |\n| | select_one l | b | B | | zone = ${a} | |");
        assert!(filters.contains("row 2, column E (choice_filter): ") && filters.contains("a → b → a"), "{filters}");
        let many: String = (0..40)
            .map(|n| format!("| | text | q{n} | Q | ${{q{}}} = 1 and ${{q{n}}} | | |\n", (n + 1) % 40))
            .collect();
        assert!(circle(many.trim_end()).len() < 6_000);
    }
}
