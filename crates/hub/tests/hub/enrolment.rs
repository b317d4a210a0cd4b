use chaski_hub::{Hub, HubEvent, Invitee, NewPerson};
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
    let ana = beside.invite(&Invitee::New(new), &offline).unwrap();
    let tablet = Tablet::enrol(&world, &ana.ticket).await;
    assert_eq!(world.hub.person_name(tablet.person), "Ana Huamán");

    let second = beside.invite(&Invitee::Known(tablet.person), &offline).unwrap();
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
    let error = world.hub.invite(&Invitee::Known(person), &other.report.offline).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("holds the keys of another programme; name the folder `offline` that `hub init` made")
    );
    let error = world.hub.invite(&Invitee::Known(person), &world.hub_folder()).unwrap_err();
    assert!(error.to_string().contains("issuer.key"), "{error}");
    world.stop().await;
}
