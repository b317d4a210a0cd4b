/// A deliberate mistake, to see that the simulation notices it. Only tests of this crate can make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sabotage {
    /// The hub signs for entries that are not on its disk.
    AcknowledgeBeforeStoring,
    /// The tablet says that it stored a frame, and did not.
    SkipAFrame,
    /// A restored tablet goes on writing the log of the one it was copied from.
    ReuseIncarnation,
    /// A power cut takes the write-ahead log with it, as a disk does that lies about syncing.
    LoseTheJournal,
    /// The screen shows an answer as saved that was never given to the device.
    ShowUnsavedAsSaved,
    /// The hub forgets to bring one record up to date.
    LeaveARecordBehind,
}

/// Which mistake is made in a run, if any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sabotaged {
    #[cfg(test)]
    pub(crate) mistake: Option<Sabotage>,
}

impl Sabotaged {
    #[cfg(test)]
    pub(crate) fn by(self, sabotage: Sabotage) -> bool {
        self.mistake == Some(sabotage)
    }

    #[cfg(not(test))]
    pub(crate) const fn by(self, _: Sabotage) -> bool {
        false
    }
}
