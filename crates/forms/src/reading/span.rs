//! Where each part of a definition stood in its workbook. Kept beside the definition and not in it: moving a row down by one
//! must not make a new version of the form.

use std::collections::BTreeMap;

use super::Place;
use crate::Column;
use crate::columns::Property;

/// The place of every node and column. A definition that came over the network has none.
#[derive(Debug, Default)]
pub(crate) struct Spans {
    pub(crate) sheet: String,
    /// The row of each node, from 1.
    pub(crate) rows: Vec<u32>,
    /// By property and language.
    pub(crate) columns: BTreeMap<(Property, u16), Column>,
}

impl Spans {
    /// The row of the node at `index`.
    pub(crate) fn row(&self, index: usize) -> Option<u32> {
        self.rows.get(index).copied()
    }

    /// The cell of one property of the node at `index`.
    pub(crate) fn place(&self, index: usize, property: Property, language: u16) -> Place {
        let Some(row) = self.row(index) else { return Place::default() };
        let column = self.columns.get(&(property, language)).cloned();
        Place { sheet: Some(self.sheet.clone()), row: Some(row), column }
    }
}
