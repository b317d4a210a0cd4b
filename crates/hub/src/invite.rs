//! A further one-time code, for a new person, a second tablet or a code that was lost; and a further term.

use std::path::Path;

use chaski_sync::EntryKind;
use chaski_trust::{Grant, Label, Names, Role, RosterItem, Scope, Signed};
use chaski_values::{CivilDate, DistrictCode, PersonId, Timestamp};

use crate::holdings::Holdings;
use crate::init::Ticketed;
use crate::programme::new_grant;
use crate::slip::Wording;
use crate::{Hub, HubError, Result, papers};

/// Who is invited.
#[derive(Debug, Clone)]
pub enum Invitee {
    /// Somebody of the roster, in the same role, on a further tablet.
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

/// For how long somebody works in the programme, and where. Each invitation begins a new term.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    /// The last day, in the programme's zone; a year from now if not said.
    pub until: Option<CivilDate>,
    /// Instead of the districts the person has; those if empty.
    pub districts: Vec<DistrictCode>,
}

/// A term that was made longer.
#[derive(Debug, Clone)]
pub struct Prolonged {
    pub person: PersonId,
    pub names: Names,
    pub role: Role,
    /// The moment the term ends.
    pub until: Timestamp,
    /// How many tablets the person can be used on, without enrolling again.
    pub tablets: usize,
}

impl Hub {
    /// Signs a grant with the issuer's key from the folder `offline` and publishes it; a hub that is being served takes note
    /// by itself.
    ///
    /// # Errors
    /// When the keys are not this programme's, the person is unknown, the term would be over already, or the store fails.
    pub fn invite(&self, invitee: &Invitee, terms: &Terms, offline: &Path) -> Result<Ticketed> {
        let issuer = papers::issuer_key(offline)?;
        let mut holdings = self.holdings();
        papers::check_issuer(holdings.certificates(), &issuer, offline)?;
        holdings.refresh()?;
        let now = self.now();
        let wording = Wording::of(holdings.rules.book.settings());
        let grant = match invitee {
            Invitee::Known(person) => granted_anew(&holdings, *person, terms, now)?,
            Invitee::New(new) => {
                let id = PersonId::new(now, self.0.environment.random());
                let districts = new.districts.iter().copied();
                let (names, association) = (new.names.clone(), new.association.clone());
                new_grant(id, names, new.role, districts, association, term(terms, &wording, now)?, now)
            }
        };
        let (signed, ticket) = papers::invite(&self.0.environment, grant, self.0.fingerprint, &issuer);
        let ticketed = Ticketed::of(signed.claims(), ticket, &self.0.config.address()?, wording);
        holdings.publish(self.writer(), vec![(EntryKind::Roster, RosterItem::from(signed).to_bytes())])?;
        tracing::info!(person = %ticketed.person, role = ticketed.role.code(), "invited");
        Ok(ticketed)
    }

    /// Begins a new term for somebody who keeps their key: no code is needed, and their tablets learn of it at their next
    /// exchange.
    ///
    /// # Errors
    /// As [`Self::invite`]; [`HubError::NeverEnrolled`] for somebody who has no key to keep.
    pub fn prolong(&self, person: PersonId, terms: &Terms, offline: &Path) -> Result<Prolonged> {
        let issuer = papers::issuer_key(offline)?;
        let mut holdings = self.holdings();
        papers::check_issuer(holdings.certificates(), &issuer, offline)?;
        holdings.refresh()?;
        let now = self.now();
        let grant = Grant { issued_at: now, invitation: None, ..granted_anew(&holdings, person, terms, now)? };
        let tablets = holdings.rules.roster.person(person).map_or(0, |known| known.bindings.len());
        if tablets == 0 {
            return Err(HubError::NeverEnrolled(person));
        }
        let (names, role, until) = (grant.names.clone(), grant.role, grant.term.until);
        let signed = Signed::sign(grant, &issuer);
        holdings.publish(self.writer(), vec![(EntryKind::Roster, RosterItem::from(signed).to_bytes())])?;
        tracing::info!(%person, "given a further term");
        Ok(Prolonged { person, names, role, until, tablets })
    }
}

/// The person's latest grant, with a fresh term.
fn granted_anew(holdings: &Holdings, person: PersonId, terms: &Terms, now: Timestamp) -> Result<Grant> {
    let known = holdings.rules.roster.person(person);
    let latest = known.and_then(|known| known.grants.first()).map(|(_, grant)| grant.clone());
    let latest = latest.ok_or(HubError::UnknownPerson(person))?;
    let scope = match terms.districts.as_slice() {
        [] => latest.scope.clone(),
        districts => Scope::districts(districts.iter().copied()),
    };
    let term = term(terms, &Wording::of(holdings.rules.book.settings()), now)?;
    Ok(Grant { scope, term, ..latest })
}

fn term(terms: &Terms, wording: &Wording, now: Timestamp) -> Result<chaski_trust::Term> {
    let usual = papers::term(now);
    let Some(day) = terms.until else { return Ok(usual) };
    let until = wording.end_of(day);
    if until > now { Ok(chaski_trust::Term { until, ..usual }) } else { Err(HubError::TermOver(day)) }
}
