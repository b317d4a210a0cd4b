//! Settling a conflict: somebody says which value holds.

use chaski_values::Key;

use crate::fill::parse_record;
use crate::view::RecordView;
use crate::{Device, DeviceError, Result};

impl Device {
    /// Chooses one of the values that stand at `key`, by the id of its alternative. The choice is a change of its own: it
    /// reaches everybody, and the history keeps both values. Choosing the value that is shown already settles it too.
    ///
    /// # Errors
    /// [`DeviceError::StaleChoice`] when that value is no longer among them: somebody else settled it meanwhile.
    pub fn resolve(
        &mut self,
        record: &str,
        key: &str,
        alternative: &str,
        language: Option<&str>,
    ) -> Result<RecordView> {
        let id = parse_record(record)?;
        let key: Key = key.parse().map_err(|_| DeviceError::BadId(key.chars().take(80).collect()))?;
        let work = self.at_work()?;
        let held = work.store.record(id)?.ok_or(DeviceError::UnknownRecord(id))?;
        let standing = held.get(&key).filter(chaski_records::Held::is_conflict).ok_or(DeviceError::StaleChoice(id))?;
        let chosen = standing
            .alternatives()
            .find(|candidate| candidate.change.to_string() == alternative)
            .ok_or(DeviceError::StaleChoice(id))?
            .scalar
            .clone();
        let (answers, _) = work.answers(id)?;
        let district = chaski_programme::head::Head::of(&answers).district.ok_or(DeviceError::UnknownRecord(id))?;
        work.may_resolve(district)?;
        work.write(id, vec![(key, chosen)])?;
        self.record(record, language)
    }
}
