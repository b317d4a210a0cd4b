use std::net::SocketAddr;
use std::path::PathBuf;

use chaski_hub::{Hub, HubEvent};
use clap::Args;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::Outcome;
use crate::failure::Failure;
use crate::output::{complain, say};

/// Serve a hub until Ctrl-C
///
/// It listens on this machine alone unless --listen says otherwise. Tablets reach it over TLS with the hub's own key, which
/// they know from the programme's certificates; no certificate authority and no proxy is needed in front.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  chaski hub serve /srv/chaski
  chaski hub serve /srv/chaski --listen 0.0.0.0:8443

When a tablet enrols, compare the six digits that are printed with those on its screen.

Exit codes: 0 stopped by Ctrl-C or SIGTERM, 3 it could not serve.")]
pub(crate) struct Serve {
    /// The hub's folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Address and port to listen on; port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8443")]
    listen: SocketAddr,
    /// Print each event as one line of JSON
    #[arg(long)]
    json: bool,
}

impl Serve {
    pub(super) fn run(self) -> Outcome {
        let hub = Hub::open(&self.folder)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::Runtime)?;
        runtime.block_on(self.serve(hub))
    }

    async fn serve(self, hub: Hub) -> Outcome {
        let failed = |source| Failure::Listen { address: self.listen.to_string(), source };
        let listener = TcpListener::bind(self.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        if let Some(aside) = hub.set_aside() {
            complain(&format!(
                "warning: the database was damaged ({}) and is set aside as {}\nthe hub begins with an empty one; tablets send again what they hold",
                aside.finding,
                aside.database.display()
            ));
        }
        if self.json {
            say(&json!({ "event": "listening", "address": address, "url": hub.url() }).to_string());
        } else {
            say(&format!("{} – {}", hub.programme(), hub.name()));
            say(&format!("listening on https://{address}; tablets find it at {}", hub.url()));
            say("stop with Ctrl-C\n");
        }
        if let Some(warning) = unreachable(hub.url(), address) {
            complain(&warning);
        }
        let telling = tokio::spawn(tell(hub.clone(), hub.events(), self.json));
        let outcome = hub.serve(listener, told_to_stop()).await;
        telling.abort();
        if !self.json {
            say("stopped");
        }
        Ok(outcome?)
    }
}

/// What to say when tablets look for the hub elsewhere than on this machine, and it listens to this machine alone.
fn unreachable(url: &str, listening: SocketAddr) -> Option<String> {
    let host = url.strip_prefix("https://").unwrap_or(url).split('/').next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host).trim_matches(['[', ']']);
    let here = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    (listening.ip().is_loopback() && !here).then(|| {
        format!(
            "warning: tablets look for this hub at {url}, and it listens to this machine alone\nserve it with --listen 0.0.0.0:{}, unless something else on this machine passes connections on",
            listening.port()
        )
    })
}

/// Ctrl-C, or what a service manager sends.
async fn told_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

async fn tell(hub: Hub, mut events: Receiver<HubEvent>, as_json: bool) {
    loop {
        let event = match events.recv().await {
            Ok(event) => event,
            Err(RecvError::Lagged(missed)) => {
                complain(&format!("{missed} events went by too fast to be shown"));
                continue;
            }
            Err(RecvError::Closed) => return,
        };
        let naming = hub.clone();
        let line = move || if as_json { Some(in_json(&event)) } else { in_words(&naming, &event) };
        // Names are read from the store.
        if let Ok(Some(line)) = tokio::task::spawn_blocking(line).await {
            say(&line);
        }
    }
}

fn in_words(hub: &Hub, event: &HubEvent) -> Option<String> {
    let (what, text) = match event {
        HubEvent::Enrolled { device, person, confirmation } => (
            "enrolled",
            format!("{} on {}: its screen shows {confirmation}", hub.person_name(*person), hub.device_name(*device)),
        ),
        HubEvent::EnrolRefused { code } => {
            ("refused", format!("a tablet that wanted to enrol: {}", enrol_reason(code)))
        }
        HubEvent::Exchanged { device, new, sent, bytes_in, bytes_out } => (
            "exchanged",
            format!(
                "{}: {new} new here, {sent} sent ({} in, {} out)",
                hub.device_name(*device),
                size(*bytes_in),
                size(*bytes_out)
            ),
        ),
        HubEvent::ExchangeCut { device, new } => {
            ("cut", format!("{}: the connection broke; {new} that came are kept", hub.device_name(*device)))
        }
        HubEvent::ExchangeRefused { device, code } => {
            let who = device.map_or_else(|| "somebody unknown".to_owned(), |device| hub.device_name(device));
            ("refused", format!("an exchange with {who}: {code}"))
        }
        HubEvent::Republished => {
            ("published", "the programme changed; tablets get it at their next exchange".to_owned())
        }
        HubEvent::Settled { .. } => return None,
    };
    Some(format!("{}  {what:<10} {text}", chrono::Local::now().format("%H:%M:%S")))
}

fn enrol_reason(code: &str) -> &str {
    match code {
        "enrol_unknown_invitation" => "no grant holds its code; `chaski hub invite` makes a new one",
        "enrol_invitation_over" => "its code is more than a day old; `chaski hub invite` makes a new one",
        "enrol_invitation_used" => "its code was used by another tablet; `chaski hub invite` makes a new one",
        "enrol_term_over" => "the person's term is over",
        "enrol_person_revoked" => "the person was revoked",
        "enrol_device_revoked" => "the tablet was revoked",
        other => other,
    }
}

fn in_json(event: &HubEvent) -> String {
    let value = match event {
        HubEvent::Enrolled { device, person, confirmation } => {
            json!({ "event": "enrolled", "device": device, "person": person, "confirmation": confirmation })
        }
        HubEvent::EnrolRefused { code } => json!({ "event": "enrol_refused", "code": code }),
        HubEvent::Exchanged { device, new, sent, bytes_in, bytes_out } => json!({
            "event": "exchanged", "device": device, "new": new, "sent": sent, "bytesIn": bytes_in, "bytesOut": bytes_out
        }),
        HubEvent::ExchangeCut { device, new } => json!({ "event": "exchange_cut", "device": device, "new": new }),
        HubEvent::ExchangeRefused { device, code } => {
            json!({ "event": "exchange_refused", "device": device, "code": code })
        }
        HubEvent::Republished => json!({ "event": "republished" }),
        HubEvent::Settled { records } => json!({ "event": "settled", "records": records }),
    };
    value.to_string()
}

fn size(bytes: u64) -> String {
    if bytes < 1_024 { format!("{bytes} B") } else { format!("{:.1} KB", bytes as f64 / 1_024.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hub_that_tablets_cannot_reach_is_told() {
        let here: SocketAddr = "127.0.0.1:8443".parse().unwrap();
        let everywhere: SocketAddr = "0.0.0.0:8443".parse().unwrap();
        for url in ["https://hub.example.pe", "https://192.168.1.10:8443", "https://[2001:db8::1]:8443"] {
            assert!(unreachable(url, here).is_some_and(|text| text.contains("--listen 0.0.0.0:8443")), "{url}");
            assert_eq!(unreachable(url, everywhere), None);
        }
        for url in ["https://localhost:8443", "https://127.0.0.1:8443", "https://[::1]:8443"] {
            assert_eq!(unreachable(url, here), None, "{url}");
        }
    }
}
