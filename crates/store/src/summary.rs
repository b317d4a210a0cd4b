use std::collections::BTreeSet;

use chaski_values::RecordId;

/// What one change of the store touched, so that screens know what to read again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangeSummary {
    /// Records whose answers, row or sitting changed.
    pub records: BTreeSet<RecordId>,
    /// Entries that were appended to logs.
    pub entries: u64,
    /// What was taken over from the centre, or set on this device.
    pub shared: BTreeSet<Shared>,
}

/// A thing that is not a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shared {
    Forms,
    Catalogues,
    Roster,
    Settings,
    Media,
    /// Files that forms show or play.
    Attachments,
    /// How far the office and the centre hold our logs.
    Acknowledgements,
}

impl ChangeSummary {
    pub(crate) fn of_record(record: RecordId) -> Self {
        Self { records: BTreeSet::from([record]), ..Self::default() }
    }

    pub(crate) fn of_shared(shared: Shared) -> Self {
        Self { shared: BTreeSet::from([shared]), ..Self::default() }
    }

    /// Both together.
    pub fn add(&mut self, other: Self) {
        self.records.extend(other.records);
        self.entries += other.entries;
        self.shared.extend(other.shared);
    }
}
