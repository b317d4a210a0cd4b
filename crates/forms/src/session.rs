//! One person filling in one form.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chaski_values::{Answer, Key, NodePath, RecordId, RowId, Scalar, Timestamp};
use thiserror::Error;

use crate::Environment;
use crate::form::{Aspect, Form, Misfit, NodeId};
use crate::kind::Kind;
use crate::source::{DefinedRow, Event};
use crate::view::{IssueAt, NodeView, Outline, PageEntry, PageView};

use evaluate::{Chance, Surroundings};
pub use migrate::Migration;
use settle::{Settling, Work};
use show::Telling;
use state::{Presence, RowIndex, State};
pub use states::{NodeState, Part};

mod act;
mod audit;
mod choose;
mod effort;
mod evaluate;
mod migrate;
mod open;
mod position;
mod search;
mod settle;
mod show;
mod state;
mod states;
mod totals;
mod tree;
mod words;

/// What to store: a key of the record and what it holds from now on.
pub type Write = (Key, Scalar);

/// What one act of a person changed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Change {
    /// To be stored, all together.
    pub writes: Vec<Write>,
    /// Every node that looks different now, on any page, in document order.
    pub nodes: Vec<NodeView>,
    /// All pages, when any entry of the table of contents changed.
    pub pages: Option<Vec<PageEntry>>,
}

/// What closing a form came to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Finalized {
    /// Everything that stands in the way, in document order; empty when the form is complete.
    pub issues: Vec<IssueAt>,
    /// To be stored: the time of the end, and only if there are no issues.
    pub change: Change,
}

/// The answers of one page, to be read and not changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Index of the page.
    pub page: u32,
    pub label: String,
    pub lines: Vec<Line>,
}

/// One answer in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub path: NodePath,
    /// The question's label; inside a row, after the row's own label.
    pub label: String,
    /// The answer in the session's language.
    pub display: String,
}

/// Why an act was refused. A bad answer is none of these: it is taken, with its issue.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SessionError {
    #[error("the form has no node `{0}`")]
    UnknownNode(NodePath),
    #[error("`{0}` is not a question that can be answered")]
    NotAQuestion(NodePath),
    #[error("`{0}` may be read, not answered")]
    ReadOnly(NodePath),
    #[error("`{path}` takes {expected}, not {given}")]
    WrongKind { path: NodePath, expected: &'static str, given: &'static str },
    #[error("`{0}` is not a repeat")]
    NotARepeat(NodePath),
    #[error("`{0}` is not a row")]
    NotARow(NodePath),
    #[error("the rows of `{0}` are counted by the form")]
    CountedRepeat(NodePath),
    #[error("`{0}` already has a row with that id")]
    DuplicateRow(NodePath),
    #[error("`{0}` has no room for another row; go on in another record")]
    Full(NodePath),
    #[error("the form has no page {0}")]
    UnknownPage(u32),
    #[error("the form has no language `{0}`")]
    UnknownLanguage(String),
}

/// The fill-in of one record. It holds the whole state in memory and says, after each act, what to store and what to draw.
#[derive(Debug)]
pub struct Session {
    form: Arc<Form>,
    environment: Environment,
    record: RecordId,
    chance: Chance,
    state: State,
    language: u16,
    visited: BTreeSet<u32>,
    /// Nodes whose position the device was asked for and has not supplied yet.
    wanted: BTreeSet<(NodeId, RowIndex)>,
    /// The table of contents as it was last given.
    entries: Vec<PageEntry>,
}

impl Session {
    /// Opens a record: `saved` is what is stored of it, empty for a new one.
    ///
    /// Also gives what the first opening writes: the start, defaults, one-shot values.
    pub fn open(
        form: Arc<Form>,
        environment: Environment,
        record: RecordId,
        saved: &BTreeMap<Key, Scalar>,
    ) -> (Self, Vec<Write>) {
        let mut state = State::new(&form, evaluate::offset(&environment));
        open::load(&form, &mut state, saved);
        let chance = Chance::new(environment.seed);
        let mut session = Self {
            form,
            environment,
            record,
            chance,
            state,
            language: 0,
            visited: BTreeSet::new(),
            wanted: BTreeSet::new(),
            entries: Vec::new(),
        };
        let is_new = open::is_new(saved);
        let work = session.settling(|settling| {
            if is_new {
                settling.want_first_positions();
                settling.first_values(RowIndex::RECORD, &DefinedRow::default(), Event::FirstLoad);
            } else {
                settling.open_again();
            }
            settling.call_row(RowIndex::RECORD);
            settling.settle();
            settling.on_all(Event::Load, RowIndex::RECORD);
            settling.settle_events();
        });
        session.entries = session.all_entries();
        (session, work.writes)
    }

    pub fn form(&self) -> &Arc<Form> {
        &self.form
    }

    /// Answers a question, or takes the answer back. A text of white space is no answer.
    ///
    /// # Errors
    /// When the path is not a question of this form or the answer not of its kind.
    pub fn answer(&mut self, path: &NodePath, answer: Option<Answer>) -> Result<Change, SessionError> {
        let (node, row) = self.locate(path)?;
        let found = self.form.node(node);
        let keep = found.keep.filter(|_| found.kind.asked_as().is_some());
        let keep = keep.ok_or_else(|| SessionError::NotAQuestion(path.clone()))?;
        let cell = self.state.cell(&self.form, node, row);
        if cell.is_readonly || found.calculation.is_some() {
            return Err(SessionError::ReadOnly(path.clone()));
        }
        let answer = answer.filter(|answer| !matches!(answer, Answer::Text(text) if text.trim().is_empty()));
        let fitting = match answer.map(|answer| (kind_of(&answer), keep.fit(answer))) {
            None => Ok(None),
            Some((_, Ok(answer))) => Ok(Some(answer)),
            Some((_, Err(Misfit::Value))) => Err(Misfit::Value),
            Some((given, Err(Misfit::Kind))) => {
                return Err(SessionError::WrongKind { path: path.clone(), expected: keep.name(), given });
            }
        };
        let writes = match &fitting {
            Ok(answer) => keep.writes(path, cell.answer.as_ref(), answer.as_ref()),
            Err(_) => Vec::new(),
        };
        let form = self.form.clone();
        let cell = self.state.cell_mut(&form, node, row);
        cell.is_misfit = fitting.is_err();
        if let Ok(answer) = fitting {
            cell.is_checked |= answer.is_none();
            cell.answer = answer;
        }
        let work = self.settling(|settling| {
            settling.work.touched.insert((node, row));
            settling.call(node, Aspect::Value, row);
            settling.settle_events();
        });
        Ok(self.change(writes, work))
    }

    /// Adds a row at the end of a repeat.
    ///
    /// # Errors
    /// When the path is not a repeat, its rows are counted by the form, it has that row, or the record is as large as may be.
    pub fn add_row(&mut self, repeat: &NodePath, row: RowId) -> Result<Change, SessionError> {
        let (node, parent) = self.locate(repeat)?;
        let found = self.form.node(node);
        let ends_at_row = repeat.steps().last().is_some_and(|step| step.row.is_some());
        let scope = found.rows.filter(|_| !ends_at_row).ok_or_else(|| SessionError::NotARepeat(repeat.clone()))?;
        if found.repeat_count.is_some() || found.is_fixed {
            return Err(SessionError::CountedRepeat(repeat.clone()));
        }
        if self.state.find(parent, scope, row).is_some() {
            return Err(SessionError::DuplicateRow(repeat.with_row(row)));
        }
        let form = self.form.clone();
        if !self.state.has_room(&form, scope) {
            return Err(SessionError::Full(repeat.clone()));
        }
        let ordinal = form.scope(scope).ordinal;
        let orders = self.state.row(parent).all[ordinal].iter().map(|index| self.state.row(*index).order);
        // A row whose order was never stored has none to follow.
        let last = orders.filter(|order| *order != i64::MAX).max().unwrap_or(0);
        let order = last.saturating_add(1);
        let index = self.state.insert(&form, parent, scope, row);
        let added = self.state.row_mut(index);
        added.order = order;
        added.presence = Presence::Present;
        let writes = vec![(Key::at(&repeat.with_row(row)), Scalar::Int(order))];
        let work = self.settling(|settling| {
            settling.rows_moved(node, parent);
            settling.first_values(index, &DefinedRow::default(), Event::NewRow);
            settling.call_row(index);
            settling.settle_events();
        });
        Ok(self.change(writes, work))
    }

    /// Removes a row. What it held stays stored, so that [`Self::restore_row`] brings it back whole.
    ///
    /// # Errors
    /// When the path is not a row of this form, or its rows are counted by the form.
    pub fn remove_row(&mut self, row: &NodePath) -> Result<Change, SessionError> {
        self.set_presence(row, Presence::Removed)
    }

    /// Brings back a row that was removed.
    ///
    /// # Errors
    /// As [`Self::remove_row`].
    pub fn restore_row(&mut self, row: &NodePath) -> Result<Change, SessionError> {
        self.set_presence(row, Presence::Present)
    }

    fn set_presence(&mut self, path: &NodePath, presence: Presence) -> Result<Change, SessionError> {
        let (node, parent) = self.locate(path)?;
        let found = self.form.node(node);
        let id = path.steps().last().and_then(|step| step.row);
        let (Some(scope), Some(id)) = (found.rows, id) else { return Err(SessionError::NotARow(path.clone())) };
        if found.repeat_count.is_some() || found.is_fixed {
            return Err(SessionError::CountedRepeat(path.clone()));
        }
        let index = self.state.find(parent, scope, id).ok_or_else(|| SessionError::NotARow(path.clone()))?;
        if self.state.row(index).presence == presence {
            return Ok(Change::default());
        }
        self.state.row_mut(index).presence = presence;
        let is_removed = presence == Presence::Removed;
        let writes = vec![(Key::of_removed_row(path), Scalar::Bool(is_removed))];
        let work = self.settling(|settling| {
            settling.rows_moved(node, parent);
            if !is_removed {
                settling.call_row(index);
            }
            settling.settle_events();
        });
        Ok(self.change(writes, work))
    }

    /// Shows the form in another language, by its code.
    ///
    /// # Errors
    /// When the form has no such language.
    pub fn set_language(&mut self, code: &str) -> Result<Change, SessionError> {
        let place = self.form.languages.iter().position(|language| language.code == code);
        let place = place.ok_or_else(|| SessionError::UnknownLanguage(code.to_owned()))?;
        self.language = u16::try_from(place).unwrap_or(0);
        // Values that are words in a language, such as the name of a choice, are others now.
        let writes = match self.form.speaks {
            true => {
                let work = self.settling(|settling| {
                    settling.call_row(RowIndex::RECORD);
                    settling.settle_events();
                });
                work.writes
            }
            false => Vec::new(),
        };
        self.state.effort.renew();
        let around = self.around();
        let nodes = self.form.pages.iter().flat_map(|page| around.nodes_of(page));
        let nodes = nodes.filter_map(|(node, row)| around.view(node, row)).collect();
        self.entries = self.all_entries();
        Ok(Change { writes, nodes, pages: Some(self.entries.clone()) })
    }

    /// One page, which counts as visited from now on.
    ///
    /// # Errors
    /// When there is no such page.
    pub fn page(&mut self, index: u32) -> Result<PageView, SessionError> {
        let form = self.form.clone();
        let page = form.page(index).ok_or(SessionError::UnknownPage(index))?;
        if self.visited.insert(index)
            && let Some(entry) = self.entries.get_mut(index as usize)
        {
            entry.visited = true;
        }
        self.state.effort.renew();
        let around = self.around();
        let nodes = around.nodes_of(page).into_iter().filter_map(|(node, row)| around.view(node, row)).collect();
        let path = |node: NodeId| self.state.path(&self.form, node, RowIndex::RECORD);
        let roots = page.roots.iter().map(|root| path(*root)).collect();
        Ok(PageView { index, path: path(page.node), label: around.page_label(page), nodes, roots })
    }

    /// Everything wrong on one page; from now on it is also shown beside the questions.
    ///
    /// # Errors
    /// When there is no such page.
    pub fn check_page(&mut self, index: u32) -> Result<(Vec<IssueAt>, Change), SessionError> {
        let form = self.form.clone();
        let page = form.page(index).ok_or(SessionError::UnknownPage(index))?;
        self.state.effort.renew();
        let issues = self.around().issues_of(index, page, Telling::All);
        let nodes = self.around().nodes_of(page);
        let touched = nodes.into_iter().filter(|(node, row)| self.check(*node, *row)).collect();
        let work = Work::showing(touched);
        Ok((issues, self.change(Vec::new(), work)))
    }

    /// Shows from now on that an answer is missing; gives whether that makes a difference.
    fn check(&mut self, node: NodeId, row: RowIndex) -> bool {
        let form = self.form.clone();
        let before = self.around().issue(node, row, Telling::Shown);
        self.state.cell_mut(&form, node, row).is_checked = true;
        before != self.around().issue(node, row, Telling::Shown)
    }

    /// The form from outside: title, languages, pages and how far they are.
    pub fn outline(&self) -> Outline {
        let sum = |count: fn(&PageEntry) -> u32| self.entries.iter().map(count).sum();
        Outline {
            form_id: self.form.id.clone(),
            title: self.form.title.clone(),
            version: self.form.version,
            languages: self.form.languages.clone(),
            language: self
                .form
                .languages
                .get(self.language as usize)
                .map(|found| found.code.clone())
                .unwrap_or_default(),
            pages: self.entries.clone(),
            answered: sum(|entry| entry.answered),
            questions: sum(|entry| entry.questions),
        }
    }

    /// Closes the form at the moment `at`, unless something is wrong with it.
    pub fn finalize(&mut self, at: Timestamp) -> Finalized {
        let form = self.form.clone();
        let mut issues = Vec::new();
        let mut touched = BTreeSet::new();
        self.state.effort.renew();
        for (index, page) in form.pages.iter().enumerate() {
            issues.extend(self.around().issues_of(index as u32, page, Telling::All));
            let nodes = self.around().nodes_of(page);
            touched.extend(nodes.into_iter().filter(|(node, row)| self.check(*node, *row)));
        }
        let mut writes = Vec::new();
        let mut work = Work::showing(touched);
        if issues.is_empty() {
            let ends: Vec<NodeId> = form.ids().filter(|id| form.node(*id).kind == Kind::End).collect();
            let settled = self.settling(|settling| {
                for node in ends {
                    let scope = settling.form.node(node).scope;
                    for row in settling.state.inside(settling.form, RowIndex::RECORD, scope) {
                        writes.extend(settling.end(node, row, at));
                    }
                }
                settling.settle_events();
            });
            work.touched.extend(settled.touched);
            work.writes = settled.writes;
        }
        Finalized { issues, change: self.change(writes, work) }
    }

    /// What the form's author calls this record (`instance_name`); blank when the form does not say.
    pub fn instance_name(&self) -> String {
        self.state.effort.renew();
        let name = self.form.instance_name.and_then(|name| self.around().text(name, RowIndex::RECORD).ok());
        name.map(|name| name.trim().to_owned()).unwrap_or_default()
    }

    /// Every relevant answer in words, page by page; pages without answers are left out.
    pub fn summary(&self) -> Vec<Section> {
        self.state.effort.renew();
        let around = self.around();
        let line = |(node, row): (NodeId, RowIndex)| {
            let cell = self.state.cell(&self.form, node, row);
            self.form.node(node).kind.asked_as().filter(|_| cell.is_relevant && !cell.value.is_blank())?;
            let answer = match self.form.node(node).calculation {
                Some(_) => around.computed_answer(node, row)?,
                None => around.takeable(node, row, cell.answer.as_ref()?)?,
            };
            Some(Line {
                path: self.state.path(&self.form, node, row),
                label: self.full_label(node, row),
                display: around.display(node, Some(row), &answer),
            })
        };
        let section = |(index, page)| {
            let lines: Vec<Line> = around.nodes_of(page).into_iter().filter_map(line).collect();
            (!lines.is_empty()).then(|| Section { page: index, label: around.page_label(page), lines })
        };
        (0..).zip(&self.form.pages).filter_map(section).collect()
    }

    /// A node's label and, inside rows, the rows' labels before it; nothing for a path that is not in the form.
    pub fn label_of(&self, path: &NodePath) -> Option<String> {
        self.state.effort.renew();
        let (node, row) = self.state.locate(&self.form, path)?;
        let id = path.steps().last().and_then(|step| step.row);
        if let (Some(scope), Some(id)) = (self.form.node(node).rows, id) {
            let row = self.state.find(row, scope, id)?;
            return Some(self.row_labels(row));
        }
        Some(self.full_label(node, row))
    }

    fn full_label(&self, node: NodeId, row: RowIndex) -> String {
        let label = self.around().label(node, row);
        match self.row_labels(row) {
            rows if rows.is_empty() => label,
            rows => format!("{rows} · {label}"),
        }
    }

    fn row_labels(&self, row: RowIndex) -> String {
        let mut labels = Vec::new();
        let mut at = row;
        while at != RowIndex::RECORD {
            labels.push(self.around().row_label(at));
            at = self.state.row(at).parent;
        }
        labels.reverse();
        labels.join(" · ")
    }

    /// A stored scalar in words, as the question at its key would show it: for conflicts and the history. Blank for what
    /// the form does not know and for an answer taken back.
    pub fn display(&self, key: &Key, scalar: &Scalar) -> String {
        let path = key.path();
        let Some(node) = path.as_ref().and_then(|path| self.form.find(path)) else {
            return scalar.as_text().unwrap_or_default().to_owned();
        };
        let row = path.and_then(|path| self.state.locate(&self.form, &path)).map(|(_, row)| row);
        if let Some(code) = key.choice() {
            let label = self.around().world().choice_label(node, row, code).unwrap_or_else(|| code.to_owned());
            return match scalar {
                Scalar::Bool(true) => format!("☑ {label}"),
                _ => format!("☐ {label}"),
            };
        }
        let answer = self.form.node(node).keep.and_then(|keep| keep.read(scalar));
        answer.map(|answer| self.around().display(node, row, &answer)).unwrap_or_default()
    }

    fn locate(&self, path: &NodePath) -> Result<(NodeId, RowIndex), SessionError> {
        let found = self.state.locate(&self.form, path).filter(|(_, row)| self.state.is_present(*row));
        found.ok_or_else(|| SessionError::UnknownNode(path.clone()))
    }

    fn around(&self) -> Surroundings<'_> {
        Surroundings {
            form: &self.form,
            state: &self.state,
            environment: &self.environment,
            chance: &self.chance,
            record: self.record,
            language: self.language,
        }
    }

    /// Runs an act and everything that follows from it.
    fn settling(&mut self, act: impl FnOnce(&mut Settling<'_>)) -> Work {
        self.state.effort.renew();
        let mut settling = Settling {
            form: &self.form,
            state: &mut self.state,
            environment: &self.environment,
            chance: &self.chance,
            language: self.language,
            record: self.record,
            work: Work::default(),
        };
        act(&mut settling);
        let mut work = settling.work;
        self.wanted.append(&mut work.wanted);
        work
    }

    fn all_entries(&self) -> Vec<PageEntry> {
        self.state.effort.renew();
        let pages = (0..).zip(&self.form.pages);
        pages.map(|(index, page)| self.around().entry(index, page, self.visited.contains(&index))).collect()
    }

    /// What an act came to: all it stores, and what it draws anew.
    fn change(&mut self, mut writes: Vec<Write>, work: Work) -> Change {
        writes.extend(work.writes);
        self.state.effort.renew();
        let around = self.around();
        let mut touched: Vec<(NodeId, RowIndex)> = work
            .touched
            .into_iter()
            .filter(|(node, row)| self.form.node(*node).page.is_some() && self.state.is_present(*row))
            .collect();
        touched.sort_by_cached_key(|(node, row)| around.world().place(*row, *node));
        let nodes: Vec<NodeView> = touched.iter().filter_map(|(node, row)| around.view(*node, *row)).collect();
        // Only the pages of what was touched can look different in the table of contents.
        let pages: BTreeSet<u32> = touched.iter().filter_map(|(node, _)| self.form.node(*node).page).collect();
        let entries: Vec<PageEntry> = pages
            .into_iter()
            .filter_map(|index| Some(around.entry(index, self.form.page(index)?, self.visited.contains(&index))))
            .collect();
        let mut is_other = false;
        for entry in entries {
            let index = entry.index as usize;
            if let Some(known) = self.entries.get_mut(index)
                && *known != entry
            {
                *known = entry;
                is_other = true;
            }
        }
        Change { writes, nodes, pages: is_other.then(|| self.entries.clone()) }
    }
}

fn kind_of(answer: &Answer) -> &'static str {
    match answer {
        Answer::Text(_) => "a text",
        Answer::Integer(_) => "a whole number",
        Answer::Decimal(_) => "a decimal",
        Answer::Choice(_) => "a choice",
        Answer::Choices(_) => "choices",
        Answer::Date(_) => "a date",
        Answer::Time(_) => "a time of day",
        Answer::DateTime(_) => "a moment",
        Answer::Point(_) => "a position",
        Answer::Trace(_) => "a line",
        Answer::Rank(_) => "an order",
        Answer::Media(_) => "a file",
    }
}

#[cfg(test)]
mod tests;
