//! The end of a run: the storm is over, everybody exchanges, and what was promised is looked for.

use std::collections::{BTreeMap, BTreeSet};

use chaski_records::Record;
use chaski_store::{Check, Environment, Only, Outcome, RecordFilter, Store};
use chaski_sync::Vector;
use chaski_values::{DistrictCode, Partition, RecordId, Scalar};

use crate::Broken;
use crate::cast::Part;
use crate::centre::ByRoster;
use crate::ledger::{Certainty, Fate};
use crate::world::World;

/// Exchanges that each tablet may need until all hold the same.
const ROUNDS: usize = 6;

impl World {
    /// The weather clears; people leave their records, and exchange until nobody has news.
    pub(crate) fn come_to_rest(&mut self) -> Result<(), Broken> {
        self.note("the weather clears");
        self.network.clear_up();
        self.drop_sessions();
        for who in 0..self.tablets.len() {
            if let Some(record) = self.tablets[who].open.take() {
                self.tablets[who].device.leave(&record).map_err(Broken::device)?;
            }
            self.observe(who)?;
        }
        for _ in 0..ROUNDS {
            for who in 0..self.tablets.len() {
                self.exchange_whole(who)?;
            }
            if self.is_level()? {
                while self.settle_hub()? {}
                return self.check_quiet();
            }
        }
        Err(Broken::promise(format!("after {ROUNDS} rounds of sound exchanges they do not hold the same")))
    }

    /// Who has nothing to say says nothing: one round, and no entry in either direction.
    fn check_quiet(&mut self) -> Result<(), Broken> {
        for who in 0..self.tablets.len() {
            let name = self.tablets[who].part.name;
            let Some(summary) = self.exchange_whole(who)? else { continue };
            let entries = summary.progress.sent.entries + summary.progress.received.entries;
            if (summary.rounds, entries) != (1, 0) {
                return Err(Broken::promise(format!("{name} has no news and exchanges all the same: {summary:?}")));
            }
        }
        Ok(())
    }

    fn is_level(&mut self) -> Result<bool, Broken> {
        for who in 0..self.tablets.len() {
            let (ours, _) = self.tablets[who].vector()?;
            let partitions: Vec<Partition> = ours.0.keys().copied().collect();
            let theirs: Vector = self.centre().store.vector(&partitions).map_err(Broken::store)?;
            if ours != theirs {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(crate) fn check_everything(&mut self) -> Result<(), Broken> {
        for who in 0..self.tablets.len() {
            self.check_screens(who)?;
        }
        let now = self.time.now();
        let (centre, tablets) = self.take_apart();
        let centre = centre.ok_or_else(|| Broken::promise("there is a hub"))?;
        let rules = centre.rules();
        let mut replicas = vec![Replica { name: "the hub", part: None, store: centre.store }];
        for tablet in tablets {
            for (record, acts) in &tablet.memory.pending {
                // A clearing or what nobody saw saved may amount to nothing.
                let shown = acts.iter().filter(|act| act.certainty == Certainty::Shown);
                if let Some((key, value)) =
                    shown.flat_map(|act| &act.writes).find(|(_, value)| !matches!(value, Scalar::Null))
                {
                    let name = tablet.part.name;
                    return Err(Broken::promise(format!("{name}'s {key} = {value:?} of {record} is in no entry")));
                }
            }
            let (folder, part) = (tablet.folder.clone(), tablet.part);
            let mut device = tablet.device;
            device.close().map_err(Broken::device)?;
            let environment = Environment { now, check: Check::Always };
            let opened = Store::open(&folder.join("tablet.db"), &part.key, environment).map_err(Broken::store)?;
            if let Some(aside) = opened.set_aside {
                return Err(Broken::promise(format!("{}'s database is damaged: {}", part.name, aside.finding)));
            }
            replicas.push(Replica { name: part.name, part: Some(part), store: opened.store });
        }
        for replica in &mut replicas {
            replica.check_alone(&rules)?;
        }
        let truth = replicas[0].records()?;
        self.figures.records = truth.len() as u64;
        self.figures.conflicts = truth.values().map(|(_, record)| record.conflicts().len() as u64).sum();
        for replica in &replicas {
            replica.check_against(&truth)?;
        }
        self.check_promises(&replicas, &truth)
    }

    /// What the people see: nothing waits, and every record that is here can be read.
    fn check_screens(&mut self, who: usize) -> Result<(), Broken> {
        let name = self.tablets[who].part.name;
        let home = self.tablets[who].device.home().map_err(Broken::device)?;
        if home.unsent.entries + home.unsent.records > 0 {
            return Err(Broken::promise(format!("{name} still has unsent work: {:?}", home.unsent)));
        }
        for card in home.drafts.iter().chain(&home.recent).chain(&home.conflicts) {
            let view = self.tablets[who].device.record(&card.record, None).map_err(Broken::device)?;
            if !view.quarantined.is_empty() {
                return Err(Broken::promise(format!(
                    "{name}: changes of {} are refused: {:?}",
                    card.record, view.quarantined
                )));
            }
        }
        Ok(())
    }

    fn check_promises(&mut self, replicas: &[Replica], truth: &Records) -> Result<(), Broken> {
        for entry in self.committed.iter().filter(|entry| entry.fate == Fate::Held) {
            let by = replicas[entry.by + 1].name;
            for replica in replicas.iter().filter(|replica| replica.reads(entry.partition)) {
                let held = replica.store.hash_at(entry.log, entry.head.seq).map_err(Broken::store)?;
                if held.is_none_or(|held| held.head() != entry.head.hash) {
                    let (seq, log, name) = (entry.head.seq, entry.log, replica.name);
                    return Err(Broken::promise(format!("{name} lacks entry {seq} of {by}'s log {log}")));
                }
            }
            let record: RecordId = entry.record.parse().map_err(|_| Broken::promise("a record's id is unreadable"))?;
            let Some((_, document)) = truth.get(&record) else {
                return Err(Broken::promise(format!("{record} of {by} is nowhere")));
            };
            let history = document.history();
            for promise in &entry.promises {
                self.figures.answers += 1;
                let kept = promise.values.contains(&Scalar::Null)
                    || history.iter().any(|step| {
                        let written = step.writes.get(&promise.key);
                        written.is_some_and(|written| promise.values.contains(&written.after))
                    });
                if !kept {
                    let (key, values) = (&promise.key, &promise.values);
                    return Err(Broken::promise(format!(
                        "{by}'s {key} = {values:?} is not in the history of {record}"
                    )));
                }
            }
        }
        Ok(())
    }
}

/// Each record's canonical bytes and content.
type Records = BTreeMap<RecordId, (Vec<u8>, Record)>;

struct Replica {
    name: &'static str,
    /// Nobody's, for the hub's.
    part: Option<&'static Part>,
    store: Store,
}

impl Replica {
    fn reads(&self, partition: Partition) -> bool {
        match (self.part, partition) {
            (None, _) | (_, Partition::Programme) => true,
            (Some(part), Partition::District(district)) => part.districts.contains(&district.to_string().as_str()),
        }
    }

    fn records(&self) -> Result<Records, Broken> {
        let mut ids = BTreeSet::new();
        for only in [Only::Standing, Only::Deleted] {
            let filter = RecordFilter { only, ..RecordFilter::default() };
            ids.extend(self.store.records(&filter).map_err(Broken::store)?.into_iter().map(|row| row.record));
        }
        let mut records = BTreeMap::new();
        for id in ids {
            let bytes = self.store.document(id).map_err(Broken::store)?;
            let record = self.store.record(id).map_err(Broken::store)?;
            let both = bytes.zip(record).ok_or_else(|| self.broken(format!("{id} has a row and no document")))?;
            records.insert(id, both);
        }
        Ok(records)
    }

    /// What one replica must be by itself.
    fn check_alone(&mut self, rules: &ByRoster) -> Result<(), Broken> {
        for partition in self.store.partitions().map_err(Broken::store)? {
            for held in self.store.logs(partition).map_err(Broken::store)? {
                let verified = self.store.verify_log(held.opening.log()).map_err(Broken::store)?;
                if let Some(problem) = verified.problem {
                    return Err(self.broken(format!("log {} does not verify: {problem:?}", verified.log)));
                }
            }
        }
        let not_taken = self.store.not_taken().map_err(Broken::store)?;
        if let Some(note) = not_taken.first() {
            return Err(self.broken(format!("an honest entry is not taken: {note:?}")));
        }
        if !self.store.forks().map_err(Broken::store)?.is_empty() {
            return Err(self.broken("an honest tablet's log forked".to_owned()));
        }
        if !self.store.sittings().map_err(Broken::store)?.iter().all(|sitting| sitting.writes == 0) {
            return Err(self.broken("a sitting still holds answers".to_owned()));
        }
        let before = self.records()?;
        for (id, (_, record)) in &before {
            let notes = self.store.change_notes(*id).map_err(Broken::store)?;
            if let Some(note) = notes.iter().find(|note| note.outcome != Outcome::Applied) {
                return Err(self.broken(format!("a change of {id} is not applied: {note:?}")));
            }
            let stored: BTreeSet<_> = notes.iter().map(|note| note.change).collect();
            let told: BTreeSet<_> = record.history().iter().map(|step| step.change).collect();
            if stored != told {
                return Err(self.broken(format!("the history of {id} is not what its entries say")));
            }
        }
        let hash = self.store.documents_hash().map_err(Broken::store)?;
        self.store.rebuild(rules, |_, _| {}).map_err(Broken::store)?;
        if self.store.documents_hash().map_err(Broken::store)? != hash {
            return Err(self.broken("documents made again from the log are others".to_owned()));
        }
        Ok(())
    }

    /// What it must be beside the hub's.
    fn check_against(&self, truth: &Records) -> Result<(), Broken> {
        let ours = self.records()?;
        for (id, (bytes, record)) in truth {
            let district = record.values().iter().find(|(key, _)| key.as_str() == "_p").map(|(_, value)| value.clone());
            let district: Option<DistrictCode> = match district {
                Some(Scalar::Text(text)) => text.parse().ok(),
                _ => None,
            };
            let Some(district) = district else { return Err(self.broken(format!("{id} has no district"))) };
            match (self.reads(Partition::District(district)), ours.get(id)) {
                (true, Some((same, _))) if same == bytes => {}
                (true, Some(_)) => return Err(self.broken(format!("{id} is another than the hub's"))),
                (true, None) => return Err(self.broken(format!("{id} is missing"))),
                (false, None) => {}
                (false, Some(_)) => return Err(self.broken(format!("{id} of {district} is none of its business"))),
            }
        }
        match ours.keys().find(|id| !truth.contains_key(id)) {
            Some(id) => Err(self.broken(format!("{id} is not at the hub"))),
            None => Ok(()),
        }
    }

    fn broken(&self, what: String) -> Broken {
        Broken::promise(format!("{}: {what}", self.name))
    }
}
