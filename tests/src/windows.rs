//! Journeys in real windows.

use chaski_tests::window::{Screen, Shape, Tablet};

#[tokio::test]
async fn a_new_tablet_shows_its_first_screen_either_way_up() {
    let folder = tempfile::tempdir().unwrap();
    let screen = Screen::start().unwrap();
    let tablet = Tablet::start(&screen, "tablet a", &folder.path().join("a")).await.unwrap();
    tablet.hold(Shape::Landscape).await.unwrap();
    tablet.sees("Chaski").await.unwrap();
    tablet.picture("first-landscape").await.unwrap();
    tablet.hold(Shape::Portrait).await.unwrap();
    tablet.picture("first-portrait").await.unwrap();
    tablet.close().await.unwrap();
}
