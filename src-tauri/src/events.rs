//! What the screens are told without asking. `ui/src/ipc/transport.ts` names the same events.

use chaski_device::view::Changed;
use chaski_link::LinkEvent;
use tauri::{AppHandle, Emitter};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::tablet::Tablet;

/// How the exchange with the hub stands.
const SYNC: &str = "sync";
/// Something changed that the screen did not do.
const CHANGED: &str = "changed";

/// Hands the link's events on to the window until the link ends.
pub(crate) async fn forward(app: AppHandle, tablet: Tablet, mut events: Receiver<LinkEvent>) {
    loop {
        match events.recv().await {
            Ok(LinkEvent::Sync) => tell_sync(&app, &tablet).await,
            Ok(LinkEvent::Changed(changed)) => tell_changed(&app, &changed),
            // Some were missed: whatever they were, the screen reads everything again.
            Err(RecvError::Lagged(_)) => {
                tell_changed(&app, &Changed { records: Vec::new(), forms: true, roster: true, attachments: true });
                tell_sync(&app, &tablet).await;
            }
            Err(RecvError::Closed) => return,
        }
    }
}

async fn tell_sync(app: &AppHandle, tablet: &Tablet) {
    // A locked tablet shows nothing of the exchange.
    if let Ok(view) = tablet.ask(|device| device.sync_view()).await
        && let Err(error) = app.emit(SYNC, view)
    {
        tracing::debug!(%error, "the window is gone");
    }
}

fn tell_changed(app: &AppHandle, changed: &Changed) {
    if let Err(error) = app.emit(CHANGED, changed) {
        tracing::debug!(%error, "the window is gone");
    }
}
