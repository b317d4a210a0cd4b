//! Acts of a person, read from bytes: the first names the form, then three make an act.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use chaski_forms::{Form, Options, Session, read_form};
use chaski_values::{Key, NodePath, RowId, Scalar};

use crate::reading::{RECORD, environment};

const FORMS: [&[u8]; 5] = [
    include_bytes!("../forms/tangle.md"),
    include_bytes!("../forms/kinds.md"),
    include_bytes!("../../programme/forms/beneficiary_survey.xlsx"),
    include_bytes!("../../programme/forms/disbursement_receipt.xlsx"),
    include_bytes!("../../programme/forms/site_visit.xlsx"),
];

const ANSWERS: [&str; 16] = [
    "",
    "0",
    "1",
    "3",
    "9",
    "-2.5",
    "si",
    "no",
    "b c",
    "d",
    "2026-05-31",
    "09:30",
    "texto",
    "-12.05 -77.04 0 5",
    "0 0 0 0;0 1 0 0;1 1 0 0;0 0 0 0",
    "2026-05-31T09:30:00Z",
];

/// The most acts of one input: each costs as much as a person waits for.
const MOST: usize = 60;

fn forms() -> &'static [Arc<Form>] {
    static READ: OnceLock<Vec<Arc<Form>>> = OnceLock::new();
    READ.get_or_init(|| {
        let read = |bytes: &&[u8]| {
            let reading = read_form(bytes, &Options::default()).ok()?;
            Form::from_source(&reading.source).ok().map(Arc::new)
        };
        FORMS.iter().filter_map(read).collect()
    })
}

/// A record being filled in.
struct Fill {
    session: Session,
    saved: BTreeMap<Key, Scalar>,
    rows: u64,
    removed: Vec<NodePath>,
}

pub(crate) fn play(input: &[u8]) {
    let Some((first, acts)) = input.split_first() else { return };
    let forms = forms();
    let Some(form) = forms.get(usize::from(*first) % forms.len()) else { return };
    let (session, writes) = Session::open(form.clone(), environment(), RECORD, &BTreeMap::new());
    let mut fill = Fill { session, saved: writes.into_iter().collect(), rows: 0, removed: Vec::new() };
    for act in acts.chunks_exact(3).take(MOST) {
        fill.act(act[0], usize::from(act[1]), usize::from(act[2]));
    }
    fill.compare();
}

impl Fill {
    fn act(&mut self, act: u8, place: usize, value: usize) {
        let states = self.session.states();
        let Some(state) = states.get((place + 256 * (value / 16)) % states.len().max(1)) else { return };
        let change = match act % 8 {
            0..=3 => {
                let Ok(answer) = self.session.parse(&state.path, ANSWERS[value % 16]) else { return };
                self.session.answer(&state.path, answer)
            }
            4 => {
                self.rows += 1;
                self.session.add_row(&state.path, RowId::from_bytes(self.rows.to_be_bytes()))
            }
            5 => {
                self.removed.push(state.path.clone());
                self.session.remove_row(&state.path)
            }
            6 => match self.removed.pop() {
                Some(row) => self.session.restore_row(&row),
                None => return,
            },
            _ => return self.compare(),
        };
        if let Ok(change) = change {
            self.saved.extend(change.writes);
        }
    }

    /// What was computed act by act is what a sitting that begins with what was stored computes.
    fn compare(&self) {
        let form = self.session.form().clone();
        let (anew, writes) = Session::open(form, environment(), RECORD, &self.saved);
        assert_eq!(writes, [], "a record that was opened before writes nothing when it is opened again");
        for (here, anew) in self.session.states().iter().zip(anew.states()) {
            assert_eq!(*here, anew);
        }
        assert_eq!(self.session.states().len(), anew.states().len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_one() {
        assert_eq!(forms().len(), FORMS.len());
    }
}
