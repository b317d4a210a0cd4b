//! Tells Tauri the names of the commands, so that a window may call only those that its capability file allows.

/// Where the commands are listed; the names are read from there, so that they are written once.
const COMMANDS: &str = "src/commands.rs";

fn main() {
    println!("cargo::rerun-if-changed=../ui/dist");
    println!("cargo::rerun-if-changed={COMMANDS}");
    let source = std::fs::read_to_string(COMMANDS).expect("the commands lie beside the build script");
    let names: Vec<&'static str> = names(&source).into_iter().map(|name| &*name.leak()).collect();
    let manifest = tauri_build::AppManifest::new().commands(names.leak());
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))
        .expect("tauri.conf.json and the capability files are valid");
}

/// The names in `generate_handler![module::name, …]`.
fn names(source: &str) -> Vec<String> {
    let list = source.split_once("generate_handler![").and_then(|(_, rest)| rest.split_once(']'));
    list.map_or_else(Vec::new, |(list, _)| {
        list.split(',').filter_map(|path| path.trim().rsplit_once("::")).map(|(_, name)| name.to_owned()).collect()
    })
}
