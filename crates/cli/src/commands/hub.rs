use clap::Subcommand;

use crate::Outcome;

mod init;
mod invite;
mod publish;
mod serve;

#[derive(Debug, Subcommand)]
pub(crate) enum Hub {
    Init(init::Init),
    Serve(serve::Serve),
    Invite(invite::Invite),
    Publish(publish::Publish),
}

impl Hub {
    pub(crate) fn run(self) -> Outcome {
        match self {
            Self::Init(init) => init.run(),
            Self::Serve(serve) => serve.run(),
            Self::Invite(invite) => invite.run(),
            Self::Publish(publish) => publish.run(),
        }
    }
}

/// Somebody's one-time code, for the operator's eyes.
fn ticket_json(ticketed: &chaski_hub::Ticketed) -> serde_json::Value {
    serde_json::json!({
        "person": ticketed.person,
        "name": ticketed.names.full(),
        "role": ticketed.role.code(),
        "code": ticketed.code(),
        "link": ticketed.link(),
        "until": ticketed.until.to_string(),
    })
}

/// The warnings of forms that were published all the same.
fn warn_of(forms: &[chaski_hub::FormNote]) {
    for form in forms {
        for warning in &form.warnings {
            crate::output::complain(&format!("{}: warning: {warning}", form.file));
        }
        let (name, _) = form.file.rsplit_once('.').unwrap_or((&form.file, ""));
        for file in &form.missing {
            crate::output::complain(&format!(
                "{}: warning: it shows `{file}`, which is not in forms/{name}-media; tablets say so in its place",
                form.file
            ));
        }
    }
}
