use chaski_hub::{Hub, HubEvent, Invitee, NewPerson, Terms};
use chaski_trust::{EnrolReply, EnrolRequest, Label, Names, Role, Signed, SigningKey, Ticket};

use crate::client::post;
use crate::tablet::Tablet;
use crate::world::{HUANTA, World, now, random};

#[tokio::test(flavor = "multi_thread")]
async fn both_screens_show_the_same_digits_and_every_device_learns_of_the_tablet() {
    let mut world = World::new().await;
    let rosa = Tablet::enrol(&world, &world.ticket(Role::Agent, 0).clone()).await;
    let event = world.hears(|event| matches!(event, HubEvent::Enrolled { .. })).await;
    let HubEvent::Enrolled { device, person, confirmation } = event else { unreachable!() };
    assert_eq!((person, confirmation), (rosa.person, rosa.confirmation.clone()));
    assert_eq!(world.hub.devices().unwrap()[0].device, device);
    assert_eq!(world.hub.devices().unwrap()[0].people, [rosa.person]);

    let mut victor = Tablet::enrol(&world, &world.ticket(Role::Agent, 1).clone()).await;
    victor.sync(&world).await;
    let roster = victor.roster();
    assert_eq!(roster.device_name(device), Some("Tableta"));
    assert!(roster.person(rosa.person).unwrap().is_bound_to(device));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_serves_once_and_a_lost_reply_costs_no_new_one() {
    let mut world = World::new().await;
    let ticket = world.ticket(Role::Agent, 0).clone();
    let rosa = Tablet::enrol(&world, &ticket).await;
    let entries = world.hub.count_entries().unwrap();

    let again = post(world.address, "/v1/enrol", &rosa.request.to_bytes()).await;
    let reply: Signed<EnrolReply> = Signed::from_bytes(&again.body).unwrap();
    let enrolled = EnrolReply::accept(&reply, &ticket.fingerprint(), &rosa.request, &again.tls_key).unwrap();
    assert_eq!(enrolled.certificate, *rosa.certificate.claims());
    assert_eq!(world.hub.count_entries().unwrap(), entries, "asking again writes nothing");

    let (key, user) = (SigningKey::from_seed(&random()), SigningKey::from_seed(&random()));
    let thief = EnrolRequest::make(&ticket, &key, &user, Label::new("Otra").unwrap(), now());
    let refused = post(world.address, "/v1/enrol", &thief.to_bytes()).await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "enrol_invitation_used"));
    let guess = Ticket::new(random(), ticket.fingerprint());
    let guessed = EnrolRequest::make(&guess, &key, &user, Label::new("Otra").unwrap(), now());
    let refused = post(world.address, "/v1/enrol", &guessed.to_bytes()).await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "enrol_unknown_invitation"));
    assert_eq!(world.hub.devices().unwrap().len(), 1);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_invited_by_another_process_enrols_while_the_hub_serves() {
    let mut world = World::new().await;
    let offline = world.report.offline.clone();
    // As `chaski hub invite` does.
    let beside = Hub::open(&world.hub_folder()).unwrap();
    let names = Names::new("Ana", "Huamán", None).unwrap();
    let new = NewPerson { names, role: Role::Agent, districts: vec![HUANTA.parse().unwrap()], association: None };
    let ana = beside.invite(&Invitee::New(new), &Terms::default(), &offline).unwrap();
    let tablet = Tablet::enrol(&world, &ana.ticket).await;
    assert_eq!(world.hub.person_name(tablet.person), "Ana Huamán");

    let second = beside.invite(&Invitee::Known(tablet.person), &Terms::default(), &offline).unwrap();
    let second = Tablet::enrol(&world, &second.ticket).await;
    assert_eq!(second.person, tablet.person);
    assert_eq!(world.hub.devices().unwrap().len(), 2);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_this_programmes_keys_invite() {
    let mut world = World::new().await;
    let other = World::new().await;
    let person = world.report.people[0].person;
    let error = world.hub.invite(&Invitee::Known(person), &Terms::default(), &other.report.offline).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("holds the keys of another programme; name the folder `offline` that `hub init` made")
    );
    let error = world.hub.invite(&Invitee::Known(person), &Terms::default(), &world.hub_folder()).unwrap_err();
    assert!(error.to_string().contains("issuer.key"), "{error}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_further_term_needs_no_further_code() {
    let mut world = World::new().await;
    let offline = world.report.offline.clone();
    let rosa = Tablet::enrol(&world, &world.ticket(Role::Agent, 0).clone()).await;
    let roster = || world.hub.people().unwrap();
    let before = roster();
    let until = |day: &str| Terms { until: Some(day.parse().unwrap()), districts: Vec::new() };
    let prolonged = world.hub.prolong(rosa.person, &until("2099-03-31"), &offline).unwrap();
    // Midnight after that day in Peru.
    assert_eq!((prolonged.until.to_string().as_str(), prolonged.tablets), ("2099-04-01T05:00:00.000Z", 1));
    assert_eq!(roster(), before, "the same people");
    let grants = || {
        let store = world.hub.roster_of(rosa.person).unwrap();
        store.into_iter().map(|grant| (grant.term.until, grant.invitation.is_some())).collect::<Vec<_>>()
    };
    assert_eq!(grants()[0], (prolonged.until, false), "the latest");

    // A code for a further tablet begins a term of its own, too.
    let terms = Terms { districts: vec!["050402".parse().unwrap()], ..until("2098-12-31") };
    let invited = world.hub.invite(&Invitee::Known(rosa.person), &terms, &offline).unwrap();
    assert_eq!(grants()[0].0.to_string(), "2099-01-01T05:00:00.000Z");
    let slip = invited.slip();
    for words in ["Agente de campo", "Código del boleto", "Dirección de la oficina", "Vence", "seis dígitos"] {
        assert!(slip.contains(words), "{slip}");
    }
    let usual = world.hub.prolong(rosa.person, &Terms::default(), &offline).unwrap();
    assert!(usual.until > now().plus_millis(364 * 24 * 3_600_000), "{}", usual.until);

    let over = world.hub.prolong(rosa.person, &until("2020-01-01"), &offline).unwrap_err();
    assert_eq!(over.to_string(), "a term until 2020-01-01 would be over already");
    let nobody = world.report.people.iter().find(|person| person.role == Role::Supervisor).unwrap().person;
    let never = world.hub.prolong(nobody, &Terms::default(), &offline).unwrap_err();
    assert!(never.to_string().contains("never enrolled on a tablet"), "{never}");
    world.stop().await;
}
