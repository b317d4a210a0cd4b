//! Journeys in real windows.

use chaski_tests::window::{Screen, Shape, Tablet, WindowError};
use fantoccini::Locator;

/// The first screen of a tablet that belongs to no programme yet, with nothing cut off at the side.
async fn asks_for_a_ticket(tablet: &Tablet) {
    let field = Locator::XPath("//*[@data-testid='enrol-ticket']");
    tablet.wait_for(field, "the field for the ticket").await.unwrap();
    let script = "const page = document.documentElement; return [innerWidth, page.scrollWidth]";
    let sizes = tablet.client().execute(script, Vec::new()).await.unwrap();
    let (shown, needed) = (sizes[0].as_u64().unwrap(), sizes[1].as_u64().unwrap());
    assert!(needed <= shown, "the page is {needed} wide in a window of {shown}");
}

#[tokio::test]
async fn a_new_tablet_shows_its_first_screen_either_way_up() {
    let folder = tempfile::tempdir().unwrap();
    let screen = Screen::start().unwrap();
    let tablet = Tablet::start(&screen, "tablet a", &folder.path().join("a")).await.unwrap();
    tablet.hold(Shape::Landscape).await.unwrap();
    asks_for_a_ticket(&tablet).await;
    tablet.picture("first-landscape").await.unwrap();
    tablet.hold(Shape::Portrait).await.unwrap();
    asks_for_a_ticket(&tablet).await;
    tablet.picture("first-portrait").await.unwrap();
    tablet.close().await.unwrap();
}

#[tokio::test]
async fn a_killed_tablet_starts_again_beside_another() {
    let folder = tempfile::tempdir().unwrap();
    let screen = Screen::start().unwrap();
    let a = Tablet::start(&screen, "tablet a", &folder.path().join("a")).await.unwrap();
    let b = Tablet::start(&screen, "tablet b", &folder.path().join("b")).await.unwrap();
    a.kill();
    let a = Tablet::start(&screen, "tablet a", &folder.path().join("a")).await.unwrap();
    asks_for_a_ticket(&a).await;
    asks_for_a_ticket(&b).await;
    b.close().await.unwrap();
    a.close().await.unwrap();
}

#[tokio::test]
async fn a_data_folder_has_one_window() {
    let folder = tempfile::tempdir().unwrap();
    let screen = Screen::start().unwrap();
    let data = folder.path().join("a");
    let first = Tablet::start(&screen, "tablet a", &data).await.unwrap();
    let second = Tablet::start(&screen, "tablet a again", &data).await;
    assert!(matches!(second, Err(WindowError::Ended { .. })), "{second:?}");
    first.close().await.unwrap();
}
