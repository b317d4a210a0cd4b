//! Publishing a changed programme folder: only what changed becomes an entry.

use std::path::Path;

use chaski_programme::Publication;
use chaski_store::{Attachment, Store};
use chaski_trust::Names;
use chaski_values::{FormId, Hash32};

use crate::init::FormNote;
use crate::programme::{Item, ProgrammeFolder};
use crate::rules::PROGRAMME;
use crate::stranding::behind;
use crate::{Hub, HubError, HubEvent, Result, Stranded, Stranding};

/// What publishing a folder came to.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishReport {
    pub items: Vec<Published>,
    /// Every form of the folder, with its warnings.
    pub forms: Vec<FormNote>,
    /// Files of forms with how many drafts at this hub stay with an older version until their authors move them.
    pub behind: Vec<(String, usize)>,
    /// Forms that were published although they cannot read answers given so far.
    pub stranded: Vec<Stranded>,
    /// People of `programme.json` that the roster does not have. Publishing invites nobody: that takes the issuer's key.
    pub uninvited: Vec<Names>,
}

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    Changed(String),
    AsBefore(String),
}

impl Hub {
    /// Reads a programme's folder again and publishes its settings, tables and forms where they differ from what stands.
    /// What the folder no longer has stays published: records may still need it.
    ///
    /// # Errors
    /// When anything of the folder cannot be used, or a form could not read answers given so far and `stranding` refuses
    /// that; then nothing was published.
    pub fn publish(&self, programme: &Path, stranding: Stranding) -> Result<PublishReport> {
        let read = ProgrammeFolder::read(programme)?;
        let mut holdings = self.holdings();
        holdings.refresh()?;
        let (mut drafts_behind, mut stranded) = (Vec::new(), Vec::new());
        for form in &read.forms {
            let found = behind(&holdings.store, &holdings.rules.book, form)?;
            drafts_behind.extend((found.drafts > 0).then(|| (form.file.clone(), found.drafts)));
            stranded.extend(found.stranded);
        }
        if stranding == Stranding::Refuse && !stranded.is_empty() {
            return Err(HubError::Stranding(stranded));
        }
        let mut items = Vec::new();
        let mut payloads = Vec::new();
        for item in read.publications() {
            if stands(&holdings.store, &item)? {
                items.push(Published::AsBefore(item.name));
            } else {
                payloads.extend(item.payloads(is_held(&holdings.store, &item)?));
                items.push(Published::Changed(item.name));
            }
        }
        let known = holdings.rules.roster.people().filter_map(|person| person.names().cloned()).collect();
        let listed = read.grants(&self.0.environment)?.into_iter().map(|grant| grant.names);
        let uninvited = beyond(known, listed);
        let changed = !payloads.is_empty();
        holdings.publish(self.writer(), payloads)?;
        drop(holdings);
        if changed {
            tracing::info!(items = items.len(), "published");
            self.tell(HubEvent::Republished);
            self.0.unsettled.notify_one();
        }
        Ok(PublishReport {
            items,
            forms: read.forms.iter().map(FormNote::of).collect(),
            behind: drafts_behind,
            stranded,
            uninvited,
        })
    }
}

/// Those who are listed and not known. Two people may have one name: each who is known stands for one who is listed.
fn beyond(mut known: Vec<Names>, listed: impl Iterator<Item = Names>) -> Vec<Names> {
    let mut unknown = Vec::new();
    for names in listed {
        match known.iter().position(|held| *held == names) {
            Some(place) => drop(known.swap_remove(place)),
            None => unknown.push(names),
        }
    }
    unknown
}

/// Whether the same is published already.
fn stands(store: &Store, item: &Item) -> Result<bool> {
    Ok(match &item.publication {
        Publication::Settings { json } => store.setting(PROGRAMME)?.is_some_and(|held| held == *json),
        Publication::Catalogue { name, table } => {
            store.catalogues()?.iter().any(|held| held.name == *name && held.hash == Hash32::of_content(table))
        }
        Publication::Attachment { name, hash, .. } => {
            let is_same = |held: &Attachment| held.name == *name && held.hash == Hash32::from_bytes(*hash);
            store.attachments()?.iter().any(|held| is_same(held) && held.held == held.length)
        }
        // Pieces are published with what they are pieces of.
        Publication::Piece { .. } => false,
        Publication::Form { form, title, source } => {
            let Ok(form) = FormId::new(form.as_str()) else { return Ok(false) };
            let Some(current) = store.current_form(&form)? else { return Ok(false) };
            current.title == *title && store.form_source(&form, current.version)?.is_some_and(|held| held == *source)
        }
    })
}

/// Whether every byte of an attachment was published already, under this name or another.
fn is_held(store: &Store, item: &Item) -> Result<bool> {
    let Publication::Attachment { hash, .. } = &item.publication else { return Ok(false) };
    let attachments = store.attachments()?;
    Ok(attachments.iter().any(|held| held.hash == Hash32::from_bytes(*hash) && held.held == held.length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_people_of_one_name_one_may_be_uninvited() {
        let names = |given| Names::new(given, "Quispe", None).unwrap();
        let known = vec![names("Rosa"), names("Julio")];
        let listed = [names("Rosa"), names("Rosa"), names("Julio"), names("Ana")];
        assert_eq!(beyond(known, listed.into_iter()), [names("Rosa"), names("Ana")]);
    }
}
