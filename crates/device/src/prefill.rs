//! What a record of a project can be told before anybody is asked: the project itself, and what its row leads to.

use std::collections::BTreeMap;

use chaski_forms::Lookups;
use chaski_forms::view::{NodeView, QuestionKind};
use chaski_programme::Prefill;
use chaski_values::{Answer, NodePath};

use crate::filling::{Act, Filling};

/// Answers the questions that a project already answers, and nothing that has an answer.
///
/// `rules` name the questions that stand for a row of a table, the project's own first. Its row's columns are facts; where a
/// later rule's question is among the facts, that row's columns are facts too (a district's row names its province). A
/// select named like a fact takes it, if its choices hold it. Each answer is given to `durable`, which stores it.
///
/// # Errors
/// What `durable` says.
pub(crate) fn prefill<E>(
    filling: &mut Filling,
    lookups: &Lookups,
    rules: &[Prefill],
    project: &str,
    mut durable: impl FnMut(&mut Filling, Act) -> Result<(), E>,
) -> Result<(), E> {
    let mut facts: BTreeMap<String, String> = BTreeMap::new();
    if let Some(first) = rules.first() {
        facts.insert(first.question.clone(), project.to_owned());
    }
    for rule in rules {
        if let Some(value) = facts.get(&rule.question).cloned() {
            learn(&mut facts, lookups, &rule.list, &value);
        }
    }
    // Each answer can open the choices of another, so go on until nothing more fits.
    let mut left = facts.len();
    while left > 0 {
        left -= 1;
        let Some((path, code)) = next_fit(filling, &facts) else { break };
        let Ok(act) = filling.answer(&path, Some(Answer::Choice(code))) else { break };
        durable(filling, act)?;
    }
    Ok(())
}

/// Adds what one row says, without overruling what is known.
fn learn(facts: &mut BTreeMap<String, String>, lookups: &Lookups, table: &str, value: &str) {
    let Some(table) = lookups.get(table) else { return };
    let Some(row) = table.column("name").and_then(|column| table.rows_where(column, value).first().copied()) else {
        return;
    };
    for (index, column) in table.columns().iter().enumerate() {
        let cell = table.cell(row, index);
        if !cell.is_empty() && column != "name" && column != "label" {
            facts.entry(column.clone()).or_insert_with(|| cell.to_owned());
        }
    }
}

/// The first unanswered select whose name is a known fact and whose choices hold it.
fn next_fit(filling: &mut Filling, facts: &BTreeMap<String, String>) -> Option<(NodePath, String)> {
    let pages: Vec<u32> =
        filling.session().outline().pages.iter().filter(|page| page.relevant).map(|page| page.index).collect();
    // Only the first page asks what the record is about; later ones are for the visit itself.
    let first = pages.first().copied()?;
    let page = filling.session_mut().page(first).ok()?;
    page.nodes.iter().find_map(|node| {
        let NodeView::Question(question) = node else { return None };
        let code = facts.get(question.path.name())?;
        let offered = question.choices.as_ref()?.iter().any(|choice| &choice.code == code);
        let open = question.kind == QuestionKind::SelectOne && question.relevant && question.value.is_none();
        (open && offered).then(|| (question.path.clone(), code.clone()))
    })
}
