//! Journeys in real windows.

use chaski_tests::window::{Screen, Shape, Tablet, WindowError};

#[tokio::test]
async fn a_new_tablet_shows_its_first_screen_either_way_up() {
    let folder = tempfile::tempdir().unwrap();
    let screen = Screen::start().unwrap();
    let tablet = Tablet::start(&screen, "tablet a", &folder.path().join("a")).await.unwrap();
    tablet.hold(Shape::Landscape).await.unwrap();
    tablet.picture("first-landscape").await.unwrap();
    tablet.hold(Shape::Portrait).await.unwrap();
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
    assert_ne!(a.data(), b.data());
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
