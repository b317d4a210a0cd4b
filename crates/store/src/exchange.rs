//! What an exchange asks of a store, as `sync`'s state machines put it: the same for a device and a hub.

use chaski_sync::{Frame, Introduction, Loaded, More, Problem, ProblemCode, RunError, Wanted};
use chaski_trust::{DeviceCertificate, Signed};
use chaski_values::Timestamp;

use crate::{ChangeSummary, Ownership, Refusal, Result, Rules, Store};

impl Store {
    /// Keeps a log's opening and certificate, if they are new.
    ///
    /// # Errors
    /// When the database fails.
    pub fn introduce(&mut self, introduction: &Introduction) -> Result<()> {
        let certificate = introduction.certificate.as_ref().map(Signed::to_bytes).unwrap_or_default();
        let known = self.log(introduction.opening.log())?;
        if known.as_ref().is_some_and(|held| held.certificate == certificate || certificate.is_empty()) {
            return Ok(());
        }
        let ownership = known.map_or(Ownership::Another, |held| held.ownership);
        self.keep_log(&introduction.opening, &certificate, ownership)?;
        Ok(())
    }

    /// The entries that somebody who holds `wanted.above` lacks, and the openings of logs that are new to them.
    ///
    /// # Errors
    /// When the database fails.
    pub fn load(&self, wanted: &Wanted) -> Result<Loaded> {
        let mut above = wanted.above.clone();
        let mut diverging = Vec::new();
        for (log, head) in &wanted.above.0 {
            let here = self.hash_at(*log, head.seq)?;
            if here.is_some_and(|hash| hash.head() != head.hash) {
                diverging.push(chaski_sync::Divergence { log: *log, seq: head.seq });
            }
        }
        for divergence in &diverging {
            // Nothing of that log is sent: the other side could not chain it to what it holds.
            if let Some(held) = self.log(divergence.log)? {
                above.0.insert(divergence.log, chaski_sync::Head::from(&held.tip));
            }
        }
        let batch = self.entries_for(wanted.partition, &above, wanted.budget)?;
        let mut introductions: Vec<Introduction> = Vec::new();
        for stored in &batch.entries {
            let log = stored.entry.log();
            let known = wanted.above.0.contains_key(&log);
            if known || introductions.iter().any(|introduction| introduction.opening.log() == log) {
                continue;
            }
            if let Some(held) = self.log(log)? {
                let certificate: Option<Signed<DeviceCertificate>> = Signed::from_bytes(&held.certificate).ok();
                introductions.push(Introduction { opening: held.opening, certificate });
            }
        }
        let more = if batch.more { More::Yes } else { More::No };
        Ok(Loaded { partition: wanted.partition, introductions, entries: batch.entries, more, diverging })
    }

    /// Takes in a frame in one transaction, and says what to tell the other side of it.
    ///
    /// # Errors
    /// When the database fails; then nothing was taken in.
    pub fn take_frame(
        &mut self,
        frame: &Frame,
        now: Timestamp,
        rules: &dyn Rules,
    ) -> Result<(chaski_sync::Ingested, ChangeSummary)> {
        let taken = self.ingest(frame.partition, &frame.runs, now, rules)?;
        let problem = |log, (code, seq)| Problem { log, code, seq };
        let problems = taken
            .refused
            .iter()
            .map(|refused| {
                problem(
                    refused.log,
                    match &refused.reason {
                        Refusal::UnknownLog => (ProblemCode::UnknownLog, 0),
                        Refusal::WrongPartition { .. } => (ProblemCode::OutOfScope, 0),
                        Refusal::Run(RunError::Gap { held, .. }) => (ProblemCode::Gap, *held),
                        Refusal::Run(RunError::Fork(fork)) => (ProblemCode::Forked, fork.seq),
                        Refusal::Run(
                            RunError::WrongLog { .. }
                            | RunError::Empty { .. }
                            | RunError::BadSignature { .. }
                            | RunError::Entry(_),
                        ) => (ProblemCode::BadSignature, 0),
                    },
                )
            })
            .collect();
        let told = chaski_sync::Ingested { new: taken.summary.entries, known: taken.known, problems };
        Ok((told, taken.summary))
    }
}
