use chaski_sync::*;

use crate::world::*;

/// Header bytes of a request and response as `link` and `hub` write them.
const HTTP_BYTES: usize = 350;

#[test]
fn nothing_to_say_takes_one_round_trip_and_little_more_than_a_kilobyte() {
    let mut programme = Programme::new();
    let mut hub = programme.hub(100);
    let mut tablets: Vec<Tablet> = (1..=6).map(|seed| programme.tablet(&hub, seed, &[HUANTA])).collect();
    hub.publish(EntryKind::Form, vec![1]);
    for tablet in &mut tablets {
        tablet.save(HUANTA, "uno");
        sync(&programme, tablet, &mut hub, &mut Link::sound());
    }
    sync(&programme, &mut tablets[0], &mut hub, &mut Link::sound());
    let mut link = Link::sound();
    let summary = sync(&programme, &mut tablets[0], &mut hub, &mut link);
    assert_eq!((summary.outcome, summary.rounds), (Outcome::Complete, 1));
    let vector = tablets[0].vector();
    let logs: Vec<usize> = vector.0.values().map(|heads| heads.0.len()).collect();
    println!(
        "nothing to say, {logs:?} logs: {} up, {} down, {} with headers",
        link.up,
        link.down,
        link.total() + HTTP_BYTES
    );
    assert!(link.total() + HTTP_BYTES <= 1_200, "{} + {}", link.up, link.down);
}
