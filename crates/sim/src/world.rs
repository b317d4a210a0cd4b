//! The world of one run, and what happens in it.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use chaski_device::Wish;
use chaski_sync::{Head, Outcome, Summary, Vector};
use chaski_values::LogId;

use crate::Broken;
use crate::cast::{Cast, scratch};
use crate::centre::Centre;
use crate::dice::Dice;
use crate::ledger::{Committed, Fate};
use crate::machine::{Machine, TrueTime};
use crate::sabotage::{Sabotage, Sabotaged};
use crate::session::{Network, Session, Step};
use crate::tablet::{Incarnation, Tablet};

const HOUR: i64 = 3_600_000;
const YEAR: i64 = 365 * 24 * HOUR;

/// What happened in a run, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    pub steps: u64,
    /// Answers that a screen showed as saved.
    pub answers: u64,
    pub entries: u64,
    pub records: u64,
    pub conflicts: u64,
    pub settled: u64,
    pub exchanges: u64,
    pub interrupted: u64,
    pub power_cuts: u64,
    pub restored: u64,
    pub lost: u64,
}

impl Figures {
    pub fn add(&mut self, other: Self) {
        self.steps += other.steps;
        self.answers += other.answers;
        self.entries += other.entries;
        self.records += other.records;
        self.conflicts += other.conflicts;
        self.settled += other.settled;
        self.exchanges += other.exchanges;
        self.interrupted += other.interrupted;
        self.power_cuts += other.power_cuts;
        self.restored += other.restored;
        self.lost += other.lost;
    }
}

/// How a run went.
#[derive(Debug)]
pub struct Run {
    pub seed: u64,
    pub figures: Figures,
    /// What happened, one line a step.
    pub trace: Vec<String>,
    pub broken: Option<Broken>,
}

/// Plays the run of a seed.
pub fn run(seed: u64) -> Run {
    run_with(seed, Sabotaged::default())
}

pub(crate) fn run_with(seed: u64, sabotaged: Sabotaged) -> Run {
    let trace = Trace::default();
    let told = trace.clone();
    let outcome = catch_unwind(AssertUnwindSafe(move || {
        let mut world = World::begin(seed, told, sabotaged)?;
        let outcome = world.play();
        Ok::<_, Broken>((world.figures, outcome))
    }));
    let (figures, broken) = match outcome {
        Ok(Ok((figures, outcome))) => (figures, outcome.err()),
        Ok(Err(broken)) => (Figures::default(), Some(broken)),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            (Figures::default(), Some(Broken::Panic(text.unwrap_or_default())))
        }
    };
    let trace = std::mem::take(&mut *trace.0.lock().unwrap_or_else(PoisonError::into_inner));
    Run { seed, figures, trace, broken }
}

/// What happened so far; it outlives a panic.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trace(Arc<Mutex<Vec<String>>>);

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) dice: Dice,
    pub(crate) time: TrueTime,
    /// Nothing only while one takes another's place.
    centre: Option<Centre>,
    pub(crate) tablets: Vec<Tablet>,
    sessions: Vec<Option<Session>>,
    pub(crate) network: Network,
    hub_backup: Option<PathBuf>,
    pub(crate) committed: Vec<Committed>,
    /// What the hub signed for since it was last restored.
    signed_for: BTreeMap<LogId, Head>,
    /// Every record that was begun.
    pub(crate) records: Vec<String>,
    /// The paths of the rows that were added to each.
    pub(crate) rows: BTreeMap<String, Vec<String>>,
    /// Numbers every answer, so that each is the only one of its kind.
    pub(crate) told: u64,
    pub(crate) figures: Figures,
    pub(crate) sabotaged: Sabotaged,
    trace: Trace,
    folders: u64,
    stage: tempfile::TempDir,
}

impl World {
    fn begin(seed: u64, trace: Trace, sabotaged: Sabotaged) -> Result<Self, Broken> {
        let cast = Cast::assembled()?;
        let stage = scratch()?;
        let mut dice = Dice::new(seed);
        let time = TrueTime::new(cast.begin);
        let hub = stage.path().join("hub");
        cast.stage_hub(&hub)?;
        let centre = Centre::open(&hub, &cast.office, time.now())?;
        let mut tablets = Vec::new();
        let many = 2 + dice.index(cast.people.len() - 1);
        for part in cast.people.iter().take(many) {
            let machine = Machine::new(time.clone(), part.secret, dice.fork());
            machine.set_ahead(wrong_clock(&mut dice));
            tablets.push(Tablet::start(part, machine, &stage.path().join(part.name))?);
        }
        let storms = [0, 20, 50, 80][dice.index(4)];
        let network = Network::stormy(dice.fork(), storms);
        let world = Self {
            sessions: tablets.iter().map(|_| None).collect(),
            dice,
            time,
            centre: Some(centre),
            tablets,
            network,
            hub_backup: None,
            committed: Vec::new(),
            signed_for: BTreeMap::new(),
            records: Vec::new(),
            rows: BTreeMap::new(),
            told: 0,
            figures: Figures::default(),
            sabotaged,
            trace,
            folders: 0,
            stage,
        };
        for who in 0..world.tablets.len() {
            let ahead = world.tablets[who].device.now().millis() - world.time.now().millis();
            world.say(who, || format!("has a tablet whose time is {} h off", ahead / HOUR));
        }
        Ok(world)
    }

    fn play(&mut self) -> Result<(), Broken> {
        let steps = 80 + self.dice.roll(240);
        for _ in 0..steps {
            self.figures.steps += 1;
            self.step()?;
        }
        self.come_to_rest()?;
        self.check_everything()
    }

    fn step(&mut self) -> Result<(), Broken> {
        self.time.pass(self.dice.roll(20_000) as i64);
        let who = self.dice.index(self.tablets.len());
        match self.dice.roll(1_000) {
            0..=559 => self.act(who),
            560..=899 => self.exchange_a_little(who),
            900..=919 => self.settle_hub().map(|_| ()),
            920..=934 => {
                self.time.pass((1 + self.dice.roll(14)) as i64 * HOUR);
                Ok(())
            }
            935..=944 => self.deliver_late(),
            945..=959 => self.power_cut(who),
            960..=964 => self.power_cut_at_the_hub(),
            965..=974 => self.back_up(who),
            975..=979 => self.restore(who),
            980..=985 => self.back_up_the_hub(),
            986..=988 => self.restore_the_hub(),
            _ => {
                let ahead = wrong_clock(&mut self.dice);
                self.say(who, || format!("sets the clock {} days off", ahead / HOUR / 24));
                self.tablets[who].machine.set_ahead(ahead);
                Ok(())
            }
        }
    }

    /// Some steps of a tablet's session with the hub.
    fn exchange_a_little(&mut self, who: usize) -> Result<(), Broken> {
        let most = 1 + self.dice.roll(12);
        let left = self.dice.chance(2).then(|| self.fresh_folder("cut"));
        if let Some(left) = &left {
            let tablet = &self.tablets[who];
            tablet.machine.cut_power(1 + self.dice.roll(8), tablet.folder.clone(), left.clone());
        }
        let wish = if self.dice.chance(50) { Wish::Asked } else { Wish::ByItself };
        for _ in 0..most {
            if self.exchange_step(who, wish)?.is_some() || self.tablets[who].machine.is_dark() {
                break;
            }
        }
        match left.filter(|_| self.tablets[who].machine.was_cut()) {
            Some(left) => {
                self.say(who, || "the power fails in the middle of an exchange".to_owned());
                self.restart(who, &left)
            }
            None => Ok(()),
        }
    }

    /// A session from its beginning, or from where it stands, to its end.
    pub(crate) fn exchange_whole(&mut self, who: usize) -> Result<Option<Summary>, Broken> {
        loop {
            let summary = self.exchange_step(who, Wish::Asked)?;
            if summary.is_some() || self.centre.is_none() {
                return Ok(summary);
            }
        }
    }

    /// One step; how the session ended, when it is over.
    fn exchange_step(&mut self, who: usize, wish: Wish) -> Result<Option<Summary>, Broken> {
        let Some(centre) = &mut self.centre else { return Ok(None) };
        let tablet = &mut self.tablets[who];
        let mut session = match self.sessions[who].take() {
            Some(session) => session,
            None => {
                self.figures.exchanges += 1;
                Session::begin(&mut tablet.device, wish)?
            }
        };
        let step = session.advance(&mut tablet.device, centre, &self.time, &mut self.network, self.sabotaged)?;
        if tablet.machine.is_dark() {
            // What this step did after the power was gone, nobody saw and no disk kept.
            return Ok(None);
        }
        self.observe(who)?;
        match step {
            Step::Went => {}
            Step::Acknowledged(vector) => self.hear(who, &vector)?,
            Step::Over(summary) => {
                self.figures.interrupted += u64::from(summary.outcome != Outcome::Complete);
                let (sent, new) = (summary.progress.sent.entries, summary.new);
                self.say(who, || format!("exchanged: {:?}, sent {sent}, new {new}", summary.outcome));
                if matches!(summary.outcome, Outcome::StoreFailed) {
                    return Err(Broken::promise("a store failed without a reason"));
                }
                return Ok(Some(summary));
            }
        }
        self.sessions[who] = Some(session);
        Ok(None)
    }

    /// The hub signed for what it holds: then its disk holds it.
    fn hear(&mut self, who: usize, told: &Vector) -> Result<(), Broken> {
        self.say(who, || "hears what the hub holds".to_owned());
        for (log, head) in told.0.values().flat_map(|heads| &heads.0) {
            let known = self.signed_for.get(log).is_some_and(|known| known.seq >= head.seq);
            if !known {
                self.signed_for.insert(*log, *head);
            }
        }
        self.check_signed_for()
    }

    fn check_signed_for(&mut self) -> Result<(), Broken> {
        let signed_for = self.signed_for.clone();
        for (log, head) in &signed_for {
            let held = self.centre().store.hash_at(*log, head.seq).map_err(Broken::store)?;
            if held.is_none_or(|held| held.head() != head.hash) {
                return Err(Broken::promise(format!(
                    "the hub signed for entry {} of log {log} and lacks it",
                    head.seq
                )));
            }
        }
        Ok(())
    }

    fn deliver_late(&mut self) -> Result<(), Broken> {
        let Some(centre) = &mut self.centre else { return Ok(()) };
        if self.network.deliver_late(centre, &self.time, self.sabotaged)? {
            self.note("a request that everybody had given up arrives at the hub");
        }
        Ok(())
    }

    fn power_cut(&mut self, who: usize) -> Result<(), Broken> {
        let left = self.fresh_folder("cut");
        self.say(who, || "the power fails".to_owned());
        self.restart(who, &left)
    }

    /// The tablet starts again from what its disk holds: `left`, or as it is now if that is not there.
    pub(crate) fn restart(&mut self, who: usize, left: &Path) -> Result<(), Broken> {
        self.figures.power_cuts += 1;
        self.sessions[who] = None;
        let forget = self.sabotaged.by(Sabotage::LoseTheJournal);
        self.tablets[who].power_cut(left, forget)?;
        self.observe(who)
    }

    fn power_cut_at_the_hub(&mut self) -> Result<(), Broken> {
        self.note("the hub's power fails");
        let left = self.fresh_folder("hub");
        let now = self.time.now();
        let centre = self.centre.take().ok_or_else(|| Broken::promise("there is a hub"))?;
        self.centre = Some(centre.power_cut(&left, now)?);
        self.sessions.iter_mut().flatten().for_each(Session::hub_died);
        self.figures.power_cuts += 1;
        self.check_signed_for()
    }

    fn back_up(&mut self, who: usize) -> Result<(), Broken> {
        self.say(who, || "backs the tablet up".to_owned());
        let to = self.fresh_folder("backup");
        let reuse = self.sabotaged.by(Sabotage::ReuseIncarnation);
        self.tablets[who].back_up(&to, if reuse { Incarnation::Copied } else { Incarnation::LeftOut })
    }

    fn restore(&mut self, who: usize) -> Result<(), Broken> {
        if self.tablets[who].backup.is_none() {
            return Ok(());
        }
        self.say(who, || "loses the tablet and goes on with the backup on another".to_owned());
        self.figures.restored += 1;
        self.sessions[who] = None;
        self.tablets[who].restore()?;
        self.count_losses()?;
        self.observe(who)
    }

    fn back_up_the_hub(&mut self) -> Result<(), Broken> {
        self.note("the hub is backed up");
        let to = self.fresh_folder("hub-backup");
        crate::disk::image(&self.centre().folder, &to)?;
        self.hub_backup = Some(to);
        Ok(())
    }

    fn restore_the_hub(&mut self) -> Result<(), Broken> {
        let Some(backup) = self.hub_backup.clone() else { return Ok(()) };
        self.note("the hub's disk fails; it goes on with the backup");
        self.figures.restored += 1;
        let now = self.time.now();
        let centre = self.centre.take().ok_or_else(|| Broken::promise("there is a hub"))?;
        self.centre = Some(centre.restore(&backup, now)?);
        // Answers of the one before are of no use to anybody.
        self.drop_sessions();
        self.signed_for.clear();
        self.count_losses()
    }

    /// After a disk was lost: which entries nobody has any more. What the hub signed for is not among them.
    fn count_losses(&mut self) -> Result<(), Broken> {
        self.check_signed_for()?;
        let partitions = self.centre().store.partitions().map_err(Broken::store)?;
        let mut held = vec![self.centre().store.vector(&partitions).map_err(Broken::store)?];
        for tablet in &mut self.tablets {
            held.push(tablet.vector()?.0);
        }
        let anywhere = |entry: &Committed| {
            held.iter().any(|vector| {
                vector.partition(entry.partition).is_some_and(|heads| heads.seq(entry.log) >= entry.head.seq)
            })
        };
        for entry in self.committed.iter_mut().filter(|entry| entry.fate == Fate::Held) {
            if !anywhere(entry) {
                entry.fate = Fate::Lost;
                self.figures.lost += 1;
            }
        }
        Ok(())
    }

    /// Takes note of the sittings that became entries.
    pub(crate) fn observe(&mut self, who: usize) -> Result<(), Broken> {
        let found = self.tablets[who].committed(who)?;
        for entry in &found {
            self.say(who, || format!("entry {} of log {} changes {}", entry.head.seq, entry.log, entry.record));
        }
        self.figures.entries += found.len() as u64;
        self.committed.extend(found);
        Ok(())
    }

    /// The hub brings some records up to date; true while more are left.
    pub(crate) fn settle_hub(&mut self) -> Result<bool, Broken> {
        let sabotaged = self.sabotaged;
        self.centre().settle(sabotaged)
    }

    pub(crate) fn drop_sessions(&mut self) {
        self.sessions.iter_mut().for_each(|session| *session = None);
    }

    pub(crate) fn centre(&mut self) -> &mut Centre {
        self.centre.as_mut().expect("a hub that stops is followed by one that starts")
    }

    pub(crate) fn take_apart(&mut self) -> (Option<Centre>, Vec<Tablet>) {
        self.drop_sessions();
        (self.centre.take(), std::mem::take(&mut self.tablets))
    }

    pub(crate) fn fresh_folder(&mut self, what: &str) -> PathBuf {
        self.folders += 1;
        self.stage.path().join(format!("{what}-{}", self.folders))
    }

    pub(crate) fn say(&self, who: usize, what: impl FnOnce() -> String) {
        let name = self.tablets.get(who).map_or("somebody", |tablet| tablet.part.name);
        self.note(&format!("{name}: {}", what()));
    }

    pub(crate) fn note(&self, what: &str) {
        let line = format!("{:>4} {} {what}", self.figures.steps, self.time.now());
        self.trace.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

/// Right, some minutes off, or up to ten years either way, in milliseconds.
fn wrong_clock(dice: &mut Dice) -> i64 {
    match dice.roll(4) {
        0 => 0,
        1 => dice.roll(HOUR as u64) as i64 - HOUR / 2,
        _ => dice.roll(20 * YEAR as u64) as i64 - 10 * YEAR,
    }
}
