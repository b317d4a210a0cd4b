//! What people do with a tablet, one act at a time.

use chaski_device::DeviceError;
use chaski_values::{Answer, Key, NodePath, Scalar};

use crate::Broken;
use crate::cast::{FORM, PIN, PROJECTS};
use crate::ledger::{Act, Certainty};
use crate::sabotage::Sabotage;
use crate::world::World;

/// Refusals that a person meets in ordinary work: the record is not here yet, was finalized, its row was removed.
const ORDINARY: [&str; 6] =
    ["unknown_record", "already_final", "not_open", "bad_answer", "stale_choice", "form_not_here"];

/// Few, so that people meet in them.
const RECORDS: usize = 7;

/// Nothing, for a refusal that ordinary work meets.
fn ordinary<T>(outcome: Result<T, DeviceError>) -> Result<Option<T>, Broken> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(error) if ORDINARY.contains(&error.code()) => Ok(None),
        Err(error) => Err(Broken::device(error)),
    }
}

/// What an act came to, before it is known whether the power lasted.
#[derive(Debug)]
enum Done {
    /// Nothing that has to be remembered.
    Nothing,
    Saved {
        record: String,
        writes: Vec<(Key, Scalar)>,
        undoable: bool,
    },
    Undone(String),
    Discarded(String),
}

impl World {
    /// A person does something. With some luck the power fails in the middle of it.
    pub(crate) fn act(&mut self, who: usize) -> Result<(), Broken> {
        let left = self.dice.chance(4).then(|| self.fresh_folder("cut"));
        if let Some(left) = &left {
            let calls = 1 + self.dice.roll(6);
            let tablet = &self.tablets[who];
            tablet.machine.cut_power(calls, tablet.folder.clone(), left.clone());
        }
        let done = self.do_something(who);
        let cut = self.tablets[who].machine.was_cut();
        let done = done?;
        let certainty = if cut { Certainty::Unknown } else { Certainty::Shown };
        let tablet = &mut self.tablets[who];
        match done {
            Done::Nothing => {}
            Done::Saved { record, writes, undoable } => {
                tablet.remember(&record, Act { writes, certainty });
                tablet.undoable = undoable;
            }
            Done::Undone(record) => {
                tablet.undoable = false;
                match certainty {
                    Certainty::Shown => drop(tablet.memory.pending.get_mut(&record).and_then(Vec::pop)),
                    Certainty::Unknown => tablet.doubt(&record, 1),
                }
            }
            Done::Discarded(record) => match certainty {
                Certainty::Shown => drop(tablet.memory.pending.remove(&record)),
                Certainty::Unknown => tablet.doubt(&record, usize::MAX),
            },
        }
        match left.filter(|_| cut) {
            Some(left) => {
                self.say(who, || "the power fails in the middle of it".to_owned());
                self.restart(who, &left)
            }
            None => self.observe(who),
        }
    }

    fn do_something(&mut self, who: usize) -> Result<Done, Broken> {
        let Some(record) = self.tablets[who].open.clone() else { return self.take_up(who) };
        match self.dice.roll(30) {
            26..=29 | 0..=4 => self.answer_text(who, record),
            5..=7 => self.answer_number(who, record),
            8 => {
                let code = ["a", "b", "c"][self.dice.index(3)].to_owned();
                self.choose(who, &record, "estado", Answer::Choice(code))
            }
            9 | 10 => {
                let codes = ["agua", "luz", "via"];
                let ticked = codes.into_iter().filter(|_| self.dice.chance(50)).map(str::to_owned).collect();
                self.choose(who, &record, "temas", Answer::Choices(ticked))
            }
            11 => self.clear(who, record),
            12 | 13 => self.add_row(who, record),
            14..=16 => self.answer_in_row(who, record),
            17 => self.remove_row(who, &record),
            18 => self.undo(who, record),
            19 | 20 => {
                self.say(who, || format!("leaves {record}"));
                ordinary(self.tablets[who].device.leave(&record))?;
                self.tablets[who].open = None;
                Ok(Done::Nothing)
            }
            21 => {
                let outcome = ordinary(self.tablets[who].device.finalize(&record))?;
                let issues = outcome.map_or(usize::MAX, |outcome| outcome.issues.len());
                self.say(who, || format!("finalizes {record}: {issues} issues"));
                if issues == 0 {
                    self.tablets[who].open = None;
                }
                Ok(Done::Nothing)
            }
            22 if self.dice.chance(25) => {
                self.say(who, || "locks the screen and unlocks it".to_owned());
                let person = self.tablets[who].part.person.to_string();
                let tablet = &mut self.tablets[who];
                tablet.device.lock().map_err(Broken::device)?;
                tablet.open = None;
                tablet.device.unlock(&person, PIN).map_err(Broken::device)?;
                Ok(Done::Nothing)
            }
            22 | 23 => {
                ordinary(self.tablets[who].device.page(&record, 0))?;
                Ok(Done::Nothing)
            }
            _ => self.take_up(who),
        }
    }

    /// Turns to a record: a new one, one that is known, or one with something to settle.
    fn take_up(&mut self, who: usize) -> Result<Done, Broken> {
        let record = (!self.records.is_empty()).then(|| self.records[self.dice.index(self.records.len())].clone());
        match (self.dice.roll(20), record) {
            (0..=3, _) | (_, None) if self.records.len() < RECORDS => self.start(who),
            (15..=17, Some(_)) => self.settle_conflict(who),
            (18, Some(record)) => {
                let outcome = ordinary(self.tablets[who].device.discard_draft(&record, "por error"))?;
                let tablet = &mut self.tablets[who];
                if tablet.open.as_ref() == Some(&record) {
                    tablet.open = None;
                }
                self.say(who, || {
                    format!("discards {record}: {}", if outcome.is_some() { "gone" } else { "not possible" })
                });
                Ok(outcome.map_or(Done::Nothing, |()| Done::Discarded(record)))
            }
            (19, _) => {
                self.tablets[who].device.home().map_err(Broken::device)?;
                self.tablets[who].device.search("Rosa").map_err(Broken::device)?;
                Ok(Done::Nothing)
            }
            (_, Some(record)) => {
                if let Some(opened) = ordinary(self.tablets[who].device.open_record(&record, None))? {
                    self.say(who, || format!("opens {record}{}", if opened.resumed { " again" } else { "" }));
                    let tablet = &mut self.tablets[who];
                    (tablet.open, tablet.undoable) = (Some(record), false);
                } else {
                    self.tablets[who].open = None;
                }
                Ok(Done::Nothing)
            }
            (_, None) => Ok(Done::Nothing),
        }
    }

    fn start(&mut self, who: usize) -> Result<Done, Broken> {
        let districts = self.tablets[who].part.districts;
        let district = districts[self.dice.index(districts.len())];
        let project = PROJECTS.iter().find(|(_, of)| *of == district).map(|(project, _)| *project);
        let project = project.filter(|_| districts.len() > 1 || self.dice.chance(70));
        let opened = self.tablets[who].device.start_record(FORM, project, None).map_err(Broken::device)?;
        self.say(who, || format!("begins {} in {district}", opened.record));
        self.records.push(opened.record.clone());
        let tablet = &mut self.tablets[who];
        (tablet.open, tablet.undoable) = (Some(opened.record), false);
        Ok(Done::Nothing)
    }

    fn answer_text(&mut self, who: usize, record: String) -> Result<Done, Broken> {
        let path = ["nota", "acta"][self.dice.index(2)];
        self.answer(who, record, path, Kind::Text)
    }

    fn answer_number(&mut self, who: usize, record: String) -> Result<Done, Broken> {
        self.answer(who, record, "monto", Kind::Number)
    }

    fn answer_in_row(&mut self, who: usize, record: String) -> Result<Done, Broken> {
        let rows = self.rows.get(&record).cloned().unwrap_or_default();
        if rows.is_empty() {
            return self.add_row(who, record);
        }
        let row = rows[self.dice.index(rows.len())].clone();
        if self.dice.chance(60) {
            self.answer(who, record, &format!("{row}/nombre"), Kind::Text)
        } else {
            self.answer(who, record, &format!("{row}/edad"), Kind::Number)
        }
    }

    fn answer(&mut self, who: usize, record: String, path: &str, kind: Kind) -> Result<Done, Broken> {
        self.told += 1;
        let (answer, scalar) = match kind {
            Kind::Text => {
                let text = format!("{} {}", self.tablets[who].part.name, self.told);
                (Answer::Text(text.clone()), Scalar::Text(text))
            }
            Kind::Number => {
                let number = 10_000 + self.told as i64;
                (Answer::Integer(number), Scalar::Int(number))
            }
        };
        self.say(who, || format!("answers {path} of {record}: {scalar:?}"));
        let unsaved = self.sabotaged.by(Sabotage::ShowUnsavedAsSaved) && self.told.is_multiple_of(7);
        if !unsaved && ordinary(self.tablets[who].device.answer(&record, path, Some(answer)))?.is_none() {
            return Ok(Done::Nothing);
        }
        Ok(Done::Saved { record, writes: vec![(key(path)?, scalar)], undoable: true })
    }

    fn choose(&mut self, who: usize, record: &str, path: &str, answer: Answer) -> Result<Done, Broken> {
        self.say(who, || format!("answers {path} of {record}: {answer:?}"));
        ordinary(self.tablets[who].device.answer(record, path, Some(answer)))?;
        self.tablets[who].undoable = false;
        Ok(Done::Nothing)
    }

    fn clear(&mut self, who: usize, record: String) -> Result<Done, Broken> {
        let path = ["nota", "acta", "monto"][self.dice.index(3)];
        self.say(who, || format!("clears {path} of {record}"));
        match ordinary(self.tablets[who].device.answer(&record, path, None))? {
            Some(_) => Ok(Done::Saved { record, writes: vec![(key(path)?, Scalar::Null)], undoable: false }),
            None => Ok(Done::Nothing),
        }
    }

    fn add_row(&mut self, who: usize, record: String) -> Result<Done, Broken> {
        let Some(answered) = ordinary(self.tablets[who].device.add_row(&record, "part"))? else {
            return Ok(Done::Nothing);
        };
        let Some(row) = answered.row else { return Err(Broken::promise("a row was added that has no path")) };
        self.say(who, || format!("adds {row} to {record}"));
        self.rows.entry(record.clone()).or_default().push(row);
        self.tablets[who].undoable = false;
        Ok(Done::Nothing)
    }

    fn remove_row(&mut self, who: usize, record: &str) -> Result<Done, Broken> {
        let rows = self.rows.get(record).cloned().unwrap_or_default();
        if let Some(row) = rows.get(self.dice.index(rows.len())) {
            self.say(who, || format!("removes {row} of {record}"));
            ordinary(self.tablets[who].device.remove_row(record, row))?;
            self.tablets[who].undoable = false;
        }
        Ok(Done::Nothing)
    }

    fn undo(&mut self, who: usize, record: String) -> Result<Done, Broken> {
        if !self.tablets[who].undoable {
            return Ok(Done::Nothing);
        }
        self.say(who, || format!("takes back the last answer of {record}"));
        let undone = ordinary(self.tablets[who].device.undo(&record))?;
        Ok(undone.map_or(Done::Nothing, |_| Done::Undone(record)))
    }

    fn settle_conflict(&mut self, who: usize) -> Result<Done, Broken> {
        let waiting = self.tablets[who].device.home().map_err(Broken::device)?.conflicts;
        if waiting.is_empty() {
            return Ok(Done::Nothing);
        }
        let record = &waiting[self.dice.index(waiting.len())].record;
        let Some(view) = ordinary(self.tablets[who].device.record(record, None))? else { return Ok(Done::Nothing) };
        if view.conflicts.is_empty() {
            return Ok(Done::Nothing);
        }
        let conflict = &view.conflicts[self.dice.index(view.conflicts.len())];
        let chosen = &conflict.alternatives[self.dice.index(conflict.alternatives.len())];
        self.say(who, || format!("settles {} of {record}: {}", conflict.key, chosen.display));
        let settled = ordinary(self.tablets[who].device.resolve(record, &conflict.key, &chosen.id, None))?;
        self.figures.settled += u64::from(settled.is_some());
        self.tablets[who].undoable = false;
        Ok(Done::Nothing)
    }
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    Number,
}

fn key(path: &str) -> Result<Key, Broken> {
    let path: NodePath = path.parse().map_err(|error| Broken::promise(format!("`{path}` is no path: {error}")))?;
    Ok(Key::at(&path))
}
