//! Moving a draft to another version of its form: never by itself, and always with word of what it means.
//!
//! Nothing is thrown away. What the other version does not ask stays in the record under its key, and is there again when
//! a later version asks it.

use std::collections::BTreeMap;

use chaski_values::{Key, NodePath, Scalar};

use super::state::RowIndex;
use super::{Line, Session, Write};
use crate::Form;
use crate::form::{NodeId, Piece};

/// What moving a draft to another version of its form does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Migration {
    /// To be stored together with the record's new version.
    pub writes: Vec<Write>,
    /// Answers that the other version keeps in another way, such as a number as text.
    pub rewritten: Vec<Line>,
    /// Answers that the other version does not ask, or cannot read: kept, and no longer shown.
    pub kept: Vec<Line>,
}

impl Form {
    /// The questions that `older` does not ask, in this form's order, each with its label in a language (by code; in the
    /// default one where the form lacks it). What a label computes stands as `…`: no record is open.
    pub fn asked_besides(&self, older: &Self, language: &str) -> Vec<(NodePath, String)> {
        let language = self.languages.iter().position(|known| known.code == language).unwrap_or(0);
        let language = u16::try_from(language).unwrap_or(0);
        let is_asked = |form: &Self, node: NodeId| form.node(node).kind.asked_as().is_some();
        let mut added: Vec<(NodeId, NodePath)> = self
            .by_path
            .iter()
            .filter_map(|(path, node)| Some((*node, path.parse::<NodePath>().ok()?)))
            .filter(|(node, _)| is_asked(self, *node))
            .filter(|(_, path)| older.find(path).is_none_or(|known| !is_asked(older, known)))
            .collect();
        added.sort();
        let label = |node: NodeId| {
            let pieces = self.node(node).label.pieces(language).unwrap_or_default();
            let words = pieces.iter().map(|piece| match piece {
                Piece::Plain(text) => text.as_str(),
                Piece::Value(_) => "…",
            });
            words.collect()
        };
        added.into_iter().map(|(node, path)| (path, label(node))).collect()
    }

    /// The questions whose answers `newer` could not read: their type changed to something that is no text.
    pub fn stranded_by(&self, newer: &Self) -> Vec<NodePath> {
        let stranded = self.by_path.iter().filter_map(|(path, node)| {
            let path: NodePath = path.parse().ok()?;
            let (before, after) = (self.node(*node).keep?, newer.node(newer.find(&path)?));
            let is_same = after.keep.is_some_and(|after| after.can_hold_what(before));
            (!is_same).then_some(path)
        });
        let mut stranded: Vec<NodePath> = stranded.collect();
        stranded.sort();
        stranded
    }
}

impl Session {
    /// What it would mean to go on with this record in another version of its form.
    pub fn migration(&self, newer: &Form) -> Migration {
        let mut migration = Migration::default();
        let mut writes: BTreeMap<Key, Scalar> = BTreeMap::new();
        for index in 0..self.state.row_count() {
            let row = RowIndex(u32::try_from(index).unwrap_or(u32::MAX));
            for node in &self.form.scope(self.state.row(row).scope).nodes {
                self.migrate(*node, row, newer, &mut writes, &mut migration);
            }
        }
        migration.writes = writes.into_iter().collect();
        migration
    }

    fn migrate(
        &self,
        node: NodeId,
        row: RowIndex,
        newer: &Form,
        writes: &mut BTreeMap<Key, Scalar>,
        migration: &mut Migration,
    ) {
        let Some(answer) = &self.state.cell(&self.form, node, row).answer else { return };
        let Some(before) = self.form.node(node).keep else { return };
        let path = self.state.path(&self.form, node, row);
        let line = || Line {
            path: path.clone(),
            label: self.label_of(&path).unwrap_or_default(),
            display: self.around().display(node, Some(row), answer),
        };
        let after = newer.find(&path).filter(|_| newer.has_rows_of(&path)).and_then(|found| newer.node(found).keep);
        let Some(after) = after else {
            migration.kept.push(line());
            return;
        };
        if before == after {
            return;
        }
        let around = self.around();
        let text = around.seen(node, row, answer).to_stored_text();
        let rewritten = after.answer_of(&text, around.offset()).and_then(|answer| after.fit(answer).ok());
        match rewritten {
            Some(rewritten) => {
                writes.extend(before.writes(&path, Some(answer), None));
                writes.extend(after.writes(&path, None, Some(&rewritten)));
                migration.rewritten.push(line());
            }
            None => migration.kept.push(line()),
        }
    }
}

impl Form {
    /// Whether the steps of a path that are rows are repeats here, and the others are not.
    fn has_rows_of(&self, path: &NodePath) -> bool {
        let mut names = String::new();
        let last = path.steps().len().saturating_sub(1);
        path.steps().iter().enumerate().all(|(index, step)| {
            if index > 0 {
                names.push('/');
            }
            names.push_str(&step.name);
            let is_repeat = self.by_path.get(&names).is_some_and(|node| self.node(*node).rows.is_some());
            index == last || is_repeat == step.row.is_some()
        })
    }
}
