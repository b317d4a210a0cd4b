//! What the screens can ask for. Each command is one function of the device; `ui/src/ipc` names the same ones.
//!
//! A new command goes into its file, into [`handler`] and into `capabilities/main.json`; tests hold these and the screens
//! together.

mod access;
mod exchange;
mod filling;
mod records;
mod work;

use chaski_device::view::Failure;
use tauri::Runtime;
use tauri::ipc::Invoke;

/// What a command answers.
type Answer<T> = Result<T, Failure>;

/// Every command by its name.
pub(crate) fn handler<R: Runtime>() -> impl Fn(Invoke<R>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        access::status,
        access::enrol,
        access::confirm_enrolment,
        access::cancel_enrolment,
        access::acknowledge_set_aside,
        access::unlock,
        access::lock,
        work::home,
        work::project,
        work::search,
        filling::start_record,
        filling::open_record,
        filling::answer,
        filling::supply_position,
        filling::add_row,
        filling::remove_row,
        filling::undo,
        filling::set_language,
        filling::page,
        filling::check_page,
        filling::finalize,
        filling::migration,
        filling::migrate,
        filling::leave,
        filling::discard_draft,
        filling::add_photo,
        filling::media,
        filling::attachment,
        records::record,
        records::resolve,
        exchange::sync_view,
        exchange::sync_now,
    ]
}

#[cfg(test)]
mod tests {
    /// The names in this file's list.
    fn commands() -> Vec<String> {
        let list = include_str!("commands.rs").split_once("generate_handler![").unwrap().1.split_once(']').unwrap().0;
        list.split(',').filter_map(|path| path.trim().rsplit_once("::")).map(|(_, name)| name.to_owned()).collect()
    }

    #[test]
    fn the_window_may_call_every_command_and_nothing_else() {
        let file: serde_json::Value = serde_json::from_str(include_str!("../capabilities/main.json")).unwrap();
        let mut allowed: Vec<String> = file["permissions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|permission| permission.as_str().unwrap().to_owned())
            .filter(|permission| !permission.starts_with("core:event:"))
            .collect();
        allowed.sort();
        let mut expected: Vec<String> =
            commands().iter().map(|name| format!("allow-{}", name.replace('_', "-"))).collect();
        expected.sort();
        assert_eq!(allowed, expected);
    }

    #[test]
    fn the_screens_call_these_commands() {
        let source = include_str!("../../ui/src/ipc/index.ts");
        let mut called: Vec<&str> = source
            .split("call<")
            .skip(1)
            .filter_map(|rest| rest.split_once("('"))
            .filter_map(|(_, rest)| rest.split_once('\''))
            .map(|(name, _)| name)
            .collect();
        called.sort_unstable();
        called.dedup();
        let mut known = commands();
        known.sort();
        assert_eq!(called, known);
    }
}
