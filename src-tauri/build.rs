//! Names the commands of the shell, so that a window may call only those that its capability file allows.

fn main() {
    println!("cargo::rerun-if-changed=../ui/dist");
    let commands = tauri_build::AppManifest::new().commands(&[]);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands))
        .expect("tauri.conf.json and the capability files are valid");
}
