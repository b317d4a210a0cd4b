use std::collections::BTreeMap;

use chaski_values::{Hash32, LogId};

use crate::{Fork, Frame, LogOpening, Problem, ProblemCode, RunError, StoredEntry, Tip, check_run};

/// What a store holds of a log that it was introduced to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownLog {
    pub opening: LogOpening,
    pub tip: Tip,
}

/// What is to be done with a frame.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IngestPlan {
    /// To append, in this order.
    pub append: Vec<StoredEntry>,
    /// How many entries were here already.
    pub known: u64,
    /// To keep as proof.
    pub forks: Vec<Fork>,
    /// What is not taken, and why.
    pub problems: Vec<Problem>,
}

/// What became of a frame, for the exchange to tell the other side.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ingested {
    pub new: u64,
    pub known: u64,
    pub problems: Vec<Problem>,
}

impl From<&IngestPlan> for Ingested {
    fn from(plan: &IngestPlan) -> Self {
        Self { new: plan.append.len() as u64, known: plan.known, problems: plan.problems.clone() }
    }
}

/// Verifies a frame against what a store holds, and says what of it to append.
///
/// Call it inside the transaction that carries the plan out, with look-ups that see that transaction: then two exchanges
/// at once cannot both append the same entry. A run that is not taken does not keep the others out.
///
/// # Errors
/// When a look-up fails, with its error.
pub fn plan_ingest<E>(
    frame: &Frame,
    mut known_log: impl FnMut(LogId) -> Result<Option<KnownLog>, E>,
    mut hash_at: impl FnMut(LogId, u64) -> Result<Option<Hash32>, E>,
) -> Result<IngestPlan, E> {
    let mut plan = IngestPlan::default();
    let mut logs: BTreeMap<LogId, KnownLog> = BTreeMap::new();
    for run in &frame.runs {
        let log = run.log;
        let mut refuse = |code, seq| plan.problems.push(Problem { log, code, seq });
        if let std::collections::btree_map::Entry::Vacant(vacant) = logs.entry(log)
            && let Some(known) = known_log(log)?
        {
            vacant.insert(known);
        }
        let Some(known) = logs.get_mut(&log) else {
            refuse(ProblemCode::UnknownLog, run.first);
            continue;
        };
        if known.opening.partition() != frame.partition {
            refuse(ProblemCode::OutOfScope, run.first);
            continue;
        }
        let mut failure = None;
        let looked_up = |seq| match hash_at(log, seq) {
            Ok(hash) => hash,
            Err(error) => {
                failure = Some(error);
                None
            }
        };
        let checked = check_run(&known.opening, &known.tip, looked_up, run);
        if let Some(error) = failure {
            return Err(error);
        }
        match checked {
            Ok(checked) => {
                if let Some(last) = checked.new.last() {
                    known.tip = last.entry.tip();
                }
                plan.known += checked.known;
                plan.append.extend(checked.new);
            }
            Err(RunError::Gap { held, .. }) => refuse(ProblemCode::Gap, held),
            Err(RunError::Fork(fork)) => {
                refuse(ProblemCode::Forked, fork.seq);
                plan.forks.push(*fork);
            }
            Err(
                RunError::WrongLog { .. } | RunError::Empty { .. } | RunError::BadSignature { .. } | RunError::Entry(_),
            ) => refuse(ProblemCode::BadSignature, run.first),
        }
    }
    Ok(plan)
}
