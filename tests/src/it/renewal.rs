//! Certificates end after ninety days; the tablets they are for come back later than that.

use chaski_device::Device;
use chaski_device::view::Place;
use chaski_tests::office::Office;
use chaski_tests::story::PROJECT;
use chaski_tests::story::forms::{VISIT, begin_visit};
use chaski_tests::tablet::Tablet;

/// Rosa enrolled, worked without signal, and comes back when her tablet's certificate has ended: its work is taken all the
/// same, and it has a new certificate, which is asked for once.
///
/// Its clock stood still meanwhile, as that of a tablet does whose battery ran empty.
#[tokio::test(flavor = "multi_thread")]
async fn a_tablet_that_was_away_for_a_hundred_days_is_certified_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::found_days_ago(&folder.path().join("hub"), 100).await.unwrap();
    let mut tablet = Tablet::new("Tableta de Rosa", &folder.path().join("tablet")).unwrap();
    tablet.enrol(&office.ticket_of("Rosa").unwrap(), office.url()).await.unwrap();
    tablet.connect();
    tablet.until("the forms", |device| device.home().is_ok_and(|home| home.forms.len() == 3)).await.unwrap();
    // It goes by the hub's time, and the hub's clock leaps under it: it cannot know that its certificate has ended.
    assert_eq!(tablet.with(Device::begin_renewal).unwrap(), None);
    office.stop().await.unwrap();
    let record = tablet.start(VISIT, PROJECT).unwrap().record;
    begin_visit(&tablet, &record).unwrap();
    tablet.leave(&record).unwrap();

    office.come_to_today().await.unwrap();
    let here = record.clone();
    let safe =
        move |device: &mut Device| device.record(&here, None).is_ok_and(|record| record.card.place == Place::Centre);
    tablet.until("its work at the centre", safe).await.unwrap();
    assert_eq!(tablet.with(Device::begin_renewal).unwrap(), None, "the new certificate lasts");
    let record = record.parse().unwrap();
    assert!(office.document(record).await.unwrap().is_some(), "the hub took the work of the days without signal");
    tablet.kill_and_restart().unwrap();
    assert_eq!(tablet.with(Device::begin_renewal).unwrap(), None, "it is kept");
    office.stop().await.unwrap();
}
