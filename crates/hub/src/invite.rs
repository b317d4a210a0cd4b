//! A further one-time code: for a new person, a second tablet, or a code that was lost.

use std::path::Path;

use chaski_sync::EntryKind;
use chaski_trust::{Grant, Label, Names, Role, RosterItem};
use chaski_values::{DistrictCode, PersonId};

use crate::init::Ticketed;
use crate::programme::new_grant;
use crate::{Hub, HubError, Result, papers};

/// Who is invited.
#[derive(Debug, Clone)]
pub enum Invitee {
    /// Somebody of the roster: the same role, districts and term on a further tablet.
    Known(PersonId),
    New(NewPerson),
}

/// Somebody the roster does not have.
#[derive(Debug, Clone)]
pub struct NewPerson {
    pub names: Names,
    pub role: Role,
    pub districts: Vec<DistrictCode>,
    /// The project whose association an officer sits on.
    pub association: Option<Label>,
}

impl Hub {
    /// Signs a grant with the issuer's key from the folder `offline` and publishes it; a hub that is being served takes note
    /// by itself.
    ///
    /// # Errors
    /// When the keys are not this programme's, the person is unknown, or the store fails.
    pub fn invite(&self, invitee: &Invitee, offline: &Path) -> Result<Ticketed> {
        let issuer = papers::issuer_key(offline)?;
        let mut holdings = self.holdings();
        papers::check_issuer(holdings.certificates(), &issuer, offline)?;
        holdings.refresh()?;
        let now = self.now();
        let grant: Grant = match invitee {
            Invitee::Known(person) => {
                let known = holdings.rules.roster.person(*person);
                let latest = known.and_then(|known| known.grants.first()).map(|(_, grant)| grant.clone());
                latest.ok_or(HubError::UnknownPerson(*person))?
            }
            Invitee::New(new) => {
                let id = PersonId::new(now, self.0.environment.random());
                let districts = new.districts.iter().copied();
                let (names, association) = (new.names.clone(), new.association.clone());
                new_grant(id, names, new.role, districts, association, papers::term(now), now)
            }
        };
        let (signed, ticket) = papers::invite(&self.0.environment, grant, self.0.fingerprint, &issuer);
        let ticketed = Ticketed::of(signed.claims(), ticket, &self.0.config.address()?);
        holdings.publish(self.writer(), vec![(EntryKind::Roster, RosterItem::from(signed).to_bytes())])?;
        tracing::info!(person = %ticketed.person, role = ticketed.role.code(), "invited");
        Ok(ticketed)
    }
}
