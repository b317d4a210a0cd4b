//! The story the product stands on: two tablets record without signal, a hub merges them, and a person sees it happen.
//!
//! It is played through the same `device`, `link` and `hub` code that the app and the command run, over real sockets and
//! real databases. `cargo xtask demo --headless` prints it; a test plays it ten times; `windows` plays it in real windows.

pub mod forms;

use std::path::{Path, PathBuf};

use chaski_device::view::{Place, RecordState, RecordView};
use chaski_values::RecordId;

use crate::office::Office;
use crate::tablet::Tablet;
use forms::{SURVEY, VISIT, begin_visit, choice, end_visit, participant, survey};

/// The project of the story.
pub const PROJECT: &str = "NR-050401-01";

/// The question that both answer.
const DIFFICULTY: &str = "T/E/dificultad";
const HUB: &str = "Hub";

/// What a story may fail with: it ends there, and says what and where.
pub type Broken = Box<dyn std::error::Error + Send + Sync>;

/// Where a story is told.
pub trait Tell {
    /// A new chapter.
    fn step(&mut self, words: &str);
    /// What somebody holds now.
    fn holds(&mut self, who: &str, words: &str);
}

/// Tells it to nobody.
#[derive(Debug, Default)]
pub struct Silently;

impl Tell for Silently {
    fn step(&mut self, _: &str) {}

    fn holds(&mut self, _: &str, _: &str) {}
}

/// Plays the whole story in `folder`, which must be empty.
///
/// # Errors
/// What did not come about, and where.
pub async fn play(folder: &Path, tell: &mut dyn Tell) -> Result<(), Broken> {
    let mut stage = Stage::set(folder).await?;
    stage.enrol(tell).await?;
    let visit = stage.first_visit(tell).await?;
    stage.work_without_signal(&visit, tell).await?;
    stage.power_is_lost(&visit, tell)?;
    stage.meet_again(&visit, tell).await?;
    stage.settle(&visit, tell).await?;
    stage.end().await
}

/// Makes a hub and two enrolled tablets in `folder`, with a planned visit that both have: what windows are opened on.
///
/// # Errors
/// What did not come about.
pub async fn prepare(folder: &Path, tell: &mut dyn Tell) -> Result<(), Broken> {
    let mut stage = Stage::set(folder).await?;
    stage.enrol(tell).await?;
    stage.first_visit(tell).await?;
    for tablet in [&stage.rosa, &stage.victor] {
        tablet.with(chaski_device::Device::close)?;
        tell.holds(&tablet.name, &format!("is unlocked with the PIN {}", crate::tablet::PIN));
    }
    stage.end().await
}

/// The office and two tablets.
#[derive(Debug)]
struct Stage {
    folder: PathBuf,
    office: Office,
    rosa: Tablet,
    victor: Tablet,
    /// The survey that Rosa begins without signal.
    survey: Option<String>,
}

fn ensure(holds: bool, what: impl Into<String>) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(what.into().into()) }
}

impl Stage {
    async fn set(folder: &Path) -> Result<Self, Broken> {
        Ok(Self {
            folder: folder.to_owned(),
            office: Office::found(&folder.join("hub")).await?,
            rosa: Tablet::new("Tableta de Rosa", &folder.join("tablet-a"))?,
            victor: Tablet::new("Tableta de Víctor", &folder.join("tablet-b"))?,
            survey: None,
        })
    }

    /// 1. The hub starts; two tablets enrol with a one-time code.
    async fn enrol(&mut self, tell: &mut dyn Tell) -> Result<(), Broken> {
        tell.step("The hub starts; two tablets enrol with a one-time code");
        for (tablet, person) in [(&mut self.rosa, "Rosa"), (&mut self.victor, "Víctor")] {
            let ticket = self.office.ticket_of(person)?;
            let digits = tablet.enrol(&ticket, self.office.url()).await?;
            tablet.connect();
            tablet
                .until("the programme's forms", |device| device.home().is_ok_and(|home| home.forms.len() == 3))
                .await?;
            let home = tablet.with(chaski_device::Device::home)?;
            tell.holds(
                &tablet.name,
                &format!("confirmed by {digits}; {} projects, {} forms", home.projects.len(), home.forms.len()),
            );
            // A second use of the same code lets nobody in.
            let stranger = Tablet::new("Otra tableta", &self.folder.join(format!("stranger-{person}")))?;
            let refused = stranger.enrol(&ticket, self.office.url()).await;
            ensure(refused.is_err(), "a one-time code was taken twice")?;
        }
        tell.holds(HUB, &format!("certified {}; each code was taken once", self.office.tablets().await?.join(" and ")));
        Ok(())
    }

    /// A visit that Rosa begins at the office, so that both tablets have it.
    async fn first_visit(&mut self, tell: &mut dyn Tell) -> Result<String, Broken> {
        tell.step("Rosa plans a visit at the office; both tablets have it");
        let visit = self.rosa.start(VISIT, PROJECT)?.record;
        begin_visit(&self.rosa, &visit)?;
        self.rosa.leave(&visit)?;
        let here = visit.clone();
        self.victor.until("the planned visit", move |device| device.record(&here, None).is_ok()).await?;
        self.same_everywhere(&visit).await?;
        self.show(&visit, tell).await?;
        Ok(visit)
    }

    /// 2. The hub is stopped. Each works alone.
    async fn work_without_signal(&mut self, visit: &str, tell: &mut dyn Tell) -> Result<(), Broken> {
        tell.step("The hub is stopped; each goes on alone, on the same visit");
        self.office.stop().await?;
        tell.holds(HUB, "stopped");
        self.rosa.with(chaski_device::Device::lock)?;
        self.rosa.unlock()?;
        self.rosa.with(|device| device.open_record(visit, None))?;
        end_visit(&self.rosa, visit)?;
        participant(&self.rosa, visit, "Eusebio Ñaupari Chocce", "h", "tes")?;
        self.rosa.answer(visit, DIFFICULTY, forms::text("Falta agua para lavar los moldes; la junta la trae"))?;
        let done = self.rosa.with(|device| device.finalize(visit))?;
        ensure(done.issues.is_empty(), format!("the visit is not complete: {:?}", done.issues))?;
        ensure(done.state == RecordState::Final, "the visit was not finalized")?;

        let home = self.rosa.start(SURVEY, PROJECT)?.record;
        survey(&self.rosa, &home)?;
        self.survey = Some(home);

        self.victor.with(|device| device.open_record(visit, None))?;
        self.victor.answer(visit, DIFFICULTY, forms::text("No hay comprador fijo; el programa lo busca"))?;
        self.victor.answer(visit, "A/tipo", choice("verif"))?;
        participant(&self.victor, visit, "Saturnina Condori Pariona", "m", "fiscal")?;
        self.victor.leave(visit)?;
        for tablet in [&self.rosa, &self.victor] {
            let unsent = tablet.sync_view()?.unsent;
            ensure(unsent.entries > 0, format!("{} has nothing to send", tablet.name))?;
            tell.holds(&tablet.name, &format!("{} records that no hub has yet", unsent.records));
        }
        Ok(())
    }

    /// 3. Tablet A is killed in mid-form and started again: the draft is there.
    fn power_is_lost(&mut self, visit: &str, tell: &mut dyn Tell) -> Result<(), Broken> {
        tell.step("Rosa's tablet loses power in the middle of the survey, and is started again");
        let survey = self.survey.clone().ok_or("there is no survey")?;
        let before = answers(&self.rosa.record(&survey)?);
        self.rosa.kill_and_restart()?;
        let drafts = self.rosa.with(chaski_device::Device::home)?.drafts;
        ensure(drafts.iter().any(|draft| draft.record == survey), "the draft is gone")?;
        let after = answers(&self.rosa.record(&survey)?);
        ensure(before == after, format!("answers were lost: {before:?} became {after:?}"))?;
        ensure(after.len() > 20, format!("a survey with only {} answers", after.len()))?;
        let members = members(&after);
        ensure(members == 3, format!("{members} members instead of three"))?;
        let state = self.rosa.record(visit)?.card.state;
        ensure(state == RecordState::Final, "the finalized visit came back as a draft")?;
        tell.holds(
            &self.rosa.name,
            &format!("the draft survey with {} answers, three members among them", after.len()),
        );
        // Going on where it stopped, and leaving: the sitting becomes one entry.
        self.rosa.with(|device| device.open_record(&survey, None))?;
        self.rosa.leave(&survey)?;
        Ok(())
    }

    /// 4. The hub starts. Both sync by themselves, and all three hold the same record.
    async fn meet_again(&mut self, visit: &str, tell: &mut dyn Tell) -> Result<(), Broken> {
        tell.step("The hub starts; both tablets sync by themselves");
        self.office.start().await?;
        for tablet in [&self.rosa, &self.victor] {
            let here = visit.to_owned();
            let both = move |device: &mut chaski_device::Device| {
                device.record(&here, None).is_ok_and(|record| {
                    record.conflicts.len() == 1
                        && record.card.place == Place::Centre
                        && participants(&answers(&record)) == 3
                })
            };
            tablet.until("the merged visit", both).await?;
        }
        self.same_everywhere(visit).await?;
        self.survey_everywhere(tell).await?;
        for tablet in [&self.rosa, &self.victor] {
            let record = tablet.record(visit)?;
            let conflict = record.conflicts.first().ok_or("there is no conflict to settle")?;
            ensure(conflict.path == DIFFICULTY, format!("the conflict is at {}", conflict.path))?;
            ensure(conflict.alternatives.len() == 2, "a conflict of two people has two values")?;
            for (person, device) in
                [("Rosa Quispe Huamán", "Tableta de Rosa"), ("Víctor Ccori Palomino", "Tableta de Víctor")]
            {
                let named = |value: &&chaski_device::view::AlternativeView| {
                    value.author == person && value.device == device && value.at > 0
                };
                ensure(
                    conflict.alternatives.iter().any(|value| named(&value)),
                    format!(
                        "{person}'s value is not shown with its author, tablet and time: {:?}",
                        conflict.alternatives
                    ),
                )?;
            }
            let all = answers(&record);
            ensure(
                all.iter().any(|(path, words)| path == "A/tipo" && words.starts_with("Verificación")),
                "Víctor's answer is not merged",
            )?;
            ensure(all.iter().any(|(path, _)| path == "T/D/avance"), "Rosa's answer is not merged")?;
        }
        self.show(visit, tell).await
    }

    /// 5. The agent picks one; after the next sync everyone has the choice, and the history still shows both.
    async fn settle(&mut self, visit: &str, tell: &mut dyn Tell) -> Result<(), Broken> {
        tell.step("Rosa picks Víctor's words; after the next sync everyone has the choice");
        let conflict = self.rosa.record(visit)?.conflicts.first().cloned().ok_or("there is no conflict to settle")?;
        let theirs = conflict.alternatives.iter().find(|value| !value.mine).ok_or("both values are Rosa's")?;
        self.rosa.with(|device| device.resolve(visit, &conflict.key, &theirs.id, None))?;
        for tablet in [&self.rosa, &self.victor] {
            let here = visit.to_owned();
            let settled = move |device: &mut chaski_device::Device| {
                device
                    .record(&here, None)
                    .is_ok_and(|record| record.conflicts.is_empty() && record.card.place == Place::Centre)
            };
            tablet.until("the choice", settled).await?;
            let record = tablet.record(visit)?;
            let chosen = answers(&record).into_iter().find(|(path, _)| path == DIFFICULTY).map(|(_, words)| words);
            ensure(chosen.as_ref() == Some(&theirs.display), format!("{} shows {chosen:?}", tablet.name))?;
            let history: String = record
                .history
                .iter()
                .flat_map(|step| &step.changes)
                .filter(|change| change.path == DIFFICULTY)
                .map(|change| format!("{:?} {:?}\n", change.before, change.after))
                .collect();
            for value in &conflict.alternatives {
                ensure(history.contains(&value.display), format!("the history forgot “{}”", value.display))?;
            }
        }
        self.same_everywhere(visit).await?;
        self.show(visit, tell).await
    }

    async fn end(self) -> Result<(), Broken> {
        let Self { mut office, .. } = self;
        office.stop().await
    }

    /// The survey that one tablet wrote is on the other and at the hub, with its three members.
    async fn survey_everywhere(&self, tell: &mut dyn Tell) -> Result<(), Broken> {
        let survey = self.survey.clone().ok_or("there is no survey")?;
        let here = survey.clone();
        let three = move |device: &mut chaski_device::Device| {
            device.record(&here, None).is_ok_and(|record| members(&answers(&record)) == 3)
        };
        self.victor.until("the survey with three members", three).await?;
        self.same_everywhere(&survey).await?;
        let read = self.office.read(survey.parse()?).await?.ok_or("the hub has no survey")?;
        ensure(members(&read.answers) == 3, "the hub's survey has not three members")?;
        let theirs = answers(&self.victor.record(&survey)?);
        ensure(theirs == read.answers, "the hub reads another survey than the tablet")?;
        let words = format!("the survey “{}” with {} answers, three members among them", read.title, theirs.len());
        tell.holds(&self.victor.name, &words);
        tell.holds(HUB, &words);
        Ok(())
    }

    /// The documents of both tablets and the hub are the same, to the byte.
    async fn same_everywhere(&self, visit: &str) -> Result<(), Broken> {
        let id: RecordId = visit.parse()?;
        let ours = self.rosa.with(|device| device.document(visit))?;
        let theirs = self.victor.with(|device| device.document(visit))?;
        ensure(ours == theirs, "the two tablets hold different documents")?;
        let started = std::time::Instant::now();
        while self.office.document(id).await? != ours {
            ensure(started.elapsed() < crate::tablet::PATIENCE, "the hub holds another document")?;
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        Ok(())
    }

    async fn show(&self, visit: &str, tell: &mut dyn Tell) -> Result<(), Broken> {
        for tablet in [&self.rosa, &self.victor] {
            let record = tablet.record(visit)?;
            let all = answers(&record);
            let difficulty = match record.conflicts.first() {
                Some(conflict) => conflict
                    .alternatives
                    .iter()
                    .map(|value| format!("“{}” ({}, {})", value.display, value.author, value.device))
                    .collect::<Vec<_>>()
                    .join(" or "),
                None => difficulty(&all),
            };
            tell.holds(
                &tablet.name,
                &format!(
                    "{}: {} answers, {} participants, main difficulty {difficulty}; {} steps of history",
                    record.card.title,
                    all.len(),
                    participants(&all),
                    record.history.len()
                ),
            );
        }
        let read = self.office.read(visit.parse()?).await?.ok_or("the hub has no visit")?;
        let difficulty = match read.conflicts {
            0 => difficulty(&read.answers),
            several => format!("waits for a choice ({several})"),
        };
        tell.holds(
            HUB,
            &format!(
                "{}: {} answers, {} participants, main difficulty {difficulty}; {} steps of history",
                read.title,
                read.answers.len(),
                participants(&read.answers),
                read.changes
            ),
        );
        Ok(())
    }
}

/// Every answer of a record, by its path.
fn answers(record: &RecordView) -> Vec<(String, String)> {
    let lines = record.sections.iter().flat_map(|section| &section.lines);
    lines.map(|line| (line.path.clone(), line.display.clone())).filter(|(_, words)| !words.is_empty()).collect()
}

/// How many people were there.
fn participants(answers: &[(String, String)]) -> usize {
    answers.iter().filter(|(path, _)| path.starts_with("T/part/") && path.ends_with("p_nombre")).count()
}

/// How many people the household has.
fn members(answers: &[(String, String)]) -> usize {
    answers.iter().filter(|(path, _)| path.starts_with("T/miembro/") && path.ends_with("m_nombre")).count()
}

fn difficulty(answers: &[(String, String)]) -> String {
    let asked = answers.iter().find(|(path, _)| path == DIFFICULTY);
    asked.map_or_else(|| "not asked yet".to_owned(), |(_, words)| format!("“{words}”"))
}
