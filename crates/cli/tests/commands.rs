//! The commands as a person types them: what is printed, and the exit code.
#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rust_xlsxwriter::Workbook;
use serde_json::Value;

fn chaski(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_chaski")).args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn programme() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/programme")
}

fn hub(folder: &Path) -> (String, Value) {
    hub_at(folder, "https://127.0.0.1:8443")
}

fn hub_at(folder: &Path, url: &str) -> (String, Value) {
    let place = folder.join("hub").to_str().unwrap().to_owned();
    let programme = programme();
    let made = chaski(&["hub", "init", &place, "--programme", programme.to_str().unwrap(), "--url", url, "--json"]);
    assert_eq!(made.status.code(), Some(0), "{}", err(&made));
    (place, serde_json::from_slice(&made.stdout).unwrap())
}

/// A workbook of a sheet of rows of cells, and its settings.
fn workbook(path: &Path, sheet: &str, rows: &[&[&str]]) {
    let mut book = Workbook::new();
    for (name, rows) in [(sheet, rows), ("settings", &[&["form_id", "form_title"][..], &["a", "A"]][..])] {
        let sheet = book.add_worksheet();
        sheet.set_name(name).unwrap();
        for (row, cells) in rows.iter().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                sheet.write_string(row as u32, column as u16, *cell).unwrap();
            }
        }
    }
    book.save(path).unwrap();
}

#[test]
fn a_spoiled_form_is_told_with_sheet_row_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let check = |name: &str| {
        let output = chaski(&["form", "check", folder.path().join(name).to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1), "{name}: {}", out(&output));
        out(&output)
    };
    let header: &[&str] = &["type", "name", "label", "relevant"];
    for (name, rows, expected) in [
        (
            "type.xlsx",
            &[header, &["txet", "a", "A"]][..],
            "error: survey, row 2, column A (type): `txet` is not a type",
        ),
        (
            "group.xlsx",
            &[header, &["begin group", "g", "G"], &["text", "a", "A"]],
            "error: survey, row 2, column A (type): `begin",
        ),
        (
            "cycle.xlsx",
            &[
                &["type", "name", "label", "calculation"],
                &["calculate", "a", "", "${b} + 1"],
                &["calculate", "b", "", "${a} + 1"],
                &["text", "c", "C"],
            ],
            "depend on each other in a circle",
        ),
        ("reference.xlsx", &[header, &["text", "a", "A", "${aa} = '1'"]], "did you mean `a`?"),
    ] {
        workbook(&folder.path().join(name), "survey", rows);
        let text = check(name);
        assert!(text.contains(expected), "{name}: {text}");
        assert!(text.contains("cannot be used: 1 error"), "{text}");
    }
    workbook(&folder.path().join("sheet.xlsx"), "choices", &[header]);
    assert!(check("sheet.xlsx").contains("the workbook has no sheet `survey`"));
    std::fs::write(folder.path().join("text.xlsx"), "no zip").unwrap();
    assert!(check("text.xlsx").contains("not an Excel workbook"));

    let fine = programme().join("forms/site_visit.xlsx");
    let missing = chaski(&["form", "check", "nowhere.xlsx", fine.to_str().unwrap()]);
    assert_eq!(missing.status.code(), Some(3));
    assert!(out(&missing).contains("can be used"), "the others are told all the same: {}", out(&missing));
    let inside = chaski(&["form", "check", folder.path().to_str().unwrap()]);
    assert_eq!(inside.status.code(), Some(3));
    assert!(err(&inside).contains("it is a folder; name a file in it"), "{}", err(&inside));
    let huge = folder.path().join("huge.xlsx");
    std::fs::File::create(&huge).unwrap().set_len(40 << 20).unwrap();
    let refused = chaski(&["form", "check", huge.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(err(&refused).contains("more than 32 MiB"), "{}", err(&refused));
    assert!(err(&missing).starts_with("error: nowhere.xlsx could not be read"));
    assert_eq!(chaski(&["form", "check"]).status.code(), Some(2));
}

#[test]
fn what_is_wrong_in_several_rows_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.xlsx");
    let rows: &[&[&str]] = &[
        &["type", "name", "label", "relevant"],
        &["integer", "edad_anos", "A", ""],
        &["text", "b", "B", "${edda} > 3 and ${edda} < 9"],
        &["text", "c", "C", "${edda} > 3"],
    ];
    workbook(&path, "survey", rows);
    let path = path.to_str().unwrap();
    let text = out(&chaski(&["form", "check", path]));
    assert_eq!(text.matches("there is no question `edda`").count(), 1, "{text}");
    assert!(text.contains("survey, row 3, column D (relevant): ") && text.contains("(also in row 4)"), "{text}");
    assert!(text.contains("cannot be used: 2 errors"), "{text}");
    let value: Value = serde_json::from_slice(&chaski(&["form", "check", path, "--json"]).stdout).unwrap();
    let rows: Vec<u64> =
        value[0]["problems"].as_array().unwrap().iter().map(|problem| problem["row"].as_u64().unwrap()).collect();
    assert_eq!(rows, [3, 4]);
}

#[test]
fn a_form_may_come_from_the_standard_input() {
    use std::io::Write;
    let mut child = Command::new(env!("CARGO_BIN_EXE_chaski"))
        .args(["form", "check", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"survey,,,\n,type,name,label\n,text,a,A\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    assert!(out(&output).contains("-: \u{201c}form\u{201d} (form) can be used"), "{}", out(&output));
}

#[test]
fn forms_that_can_be_used_are_told_and_json_carries_places() {
    let forms = programme().join("forms");
    let files: Vec<String> =
        ["site_visit.xlsx", "beneficiary_survey.xlsx"].map(|name| forms.join(name).to_str().unwrap().to_owned()).into();
    let output = chaski(&["form", "check", &files[0], &files[1], "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((value[0]["usable"].as_bool(), value[0]["form"].as_str()), (Some(true), Some("aliados_visita")));
    assert_eq!(value[1]["lists"][0], "distritos.csv");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.xlsx");
    workbook(&path, "survey", &[&["type", "name", "label"], &["text", "", "A"]]);
    let output = chaski(&["form", "check", path.to_str().unwrap(), "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    let problem = &value[0]["problems"][0];
    assert_eq!((problem["sheet"].as_str(), problem["row"].as_u64()), (Some("survey"), Some(2)));
    assert_eq!(problem["cause"]["code"], "missing_name");
}

#[test]
fn a_form_is_written_as_an_xform_and_on_paper() {
    let form = programme().join("forms/site_visit.xlsx").to_str().unwrap().to_owned();
    let folder = tempfile::tempdir().unwrap();
    let xform = folder.path().join("visit.xml").to_str().unwrap().to_owned();
    let written = chaski(&["form", "xform", &form, "--out", &xform]);
    assert_eq!(written.status.code(), Some(0), "{}", err(&written));
    // What was written can be checked like any other form.
    let checked = chaski(&["form", "check", &xform]);
    assert_eq!(checked.status.code(), Some(0), "{}", out(&checked));

    let paper = folder.path().join("paper").to_str().unwrap().to_owned();
    let printed = chaski(&["form", "docs", &form, "--out", &paper]);
    assert_eq!(printed.status.code(), Some(0), "{}", err(&printed));
    let files: Vec<String> = out(&printed).lines().map(str::to_owned).collect();
    assert!(!files.is_empty());
    assert!(std::fs::read_to_string(&files[0]).unwrap().starts_with("<!doctype html>"));
    let unknown = chaski(&["form", "docs", &form, "--language", "Klingon"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(err(&unknown).contains("Klingon"));
}

#[test]
fn strictness_refuses_what_is_otherwise_only_doubtful() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.xlsx");
    workbook(&path, "survey", &[&["type", "name", "label"], &["text", "a", ""]]);
    let path = path.to_str().unwrap();
    assert_eq!(chaski(&["form", "check", path]).status.code(), Some(0));
    let strict = chaski(&["form", "check", path, "--strict"]);
    assert_eq!(strict.status.code(), Some(1));
    assert!(out(&strict).contains("row 2"), "{}", out(&strict));
}

#[test]
fn a_hub_is_made_checked_and_rebuilt() {
    let folder = tempfile::tempdir().unwrap();
    let (place, report) = hub(folder.path());
    assert_eq!(report["people"].as_array().unwrap().len(), 9);
    assert!(report["people"][0]["code"].as_str().unwrap().starts_with("CHSK-"));
    let programme = programme();
    let programme = programme.to_str().unwrap();

    let again = chaski(&["hub", "init", &place, "--programme", programme, "--url", "https://127.0.0.1:8443"]);
    assert_eq!(again.status.code(), Some(3));
    assert!(err(&again).contains("name a folder that does not exist yet"));

    let verified = chaski(&["log", "verify", &place]);
    assert_eq!(verified.status.code(), Some(0));
    assert!(out(&verified).contains("are whole"), "{}", out(&verified));
    let rebuilt = chaski(&["rebuild", &place, "--json"]);
    assert_eq!(rebuilt.status.code(), Some(0), "{}", err(&rebuilt));
    let published = chaski(&["hub", "publish", &place, "--programme", programme]);
    assert_eq!(out(&published), "nothing had changed\n");

    let keys = format!("{place}/offline");
    let invited = chaski(&["hub", "invite", &place, "--keys", &keys, "--person", "Rosa", "--json"]);
    assert_eq!(invited.status.code(), Some(0), "{}", err(&invited));
    let slip = chaski(&["hub", "invite", &place, "--keys", &keys, "--person", "Rosa", "--until", "2099-12-31"]);
    assert_eq!(slip.status.code(), Some(0), "{}", err(&slip));
    for words in ["Agente de campo", "Código del boleto", "Dirección de la oficina", "Vence", "seis dígitos"] {
        assert!(out(&slip).contains(words), "{}", out(&slip));
    }
    let over = chaski(&["hub", "invite", &place, "--keys", &keys, "--person", "Rosa", "--until", "2020-12-31"]);
    assert_eq!(over.status.code(), Some(1), "{}", err(&over));
    let renewed = chaski(&["hub", "invite", &place, "--keys", &keys, "--person", "Rosa", "--renew"]);
    assert_eq!(renewed.status.code(), Some(3), "she never enrolled");
    assert!(err(&renewed).contains("invite them without --renew"), "{}", err(&renewed));
    let nobody = chaski(&["hub", "invite", &place, "--keys", &keys, "--person", "Nadie"]);
    assert_eq!(nobody.status.code(), Some(3));
    assert!(err(&nobody).contains("`Nadie` is nobody of the roster") && err(&nobody).contains("Rosa Quispe"));
    let new = ["hub", "invite", &place, "--keys", &keys, "--given", "Ana", "--paternal", "Soto", "--role", "agent"];
    assert_eq!(chaski(&new).status.code(), Some(2), "a district is needed");
    let new: Vec<&str> = new.into_iter().chain(["--district", "050401"]).collect();
    assert_eq!(chaski(&new).status.code(), Some(0));

    let neither = chaski(&["rebuild", folder.path().to_str().unwrap()]);
    assert_eq!(neither.status.code(), Some(3));
    assert!(err(&neither).contains("neither a hub's folder nor a tablet's"));
}

#[test]
fn a_spoiled_programme_is_told_and_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("programme");
    for part in ["", "forms", "lists"] {
        std::fs::create_dir_all(copy.join(part)).unwrap();
        for file in std::fs::read_dir(programme().join(part)).unwrap().map(Result::unwrap) {
            if file.file_type().unwrap().is_file() {
                std::fs::copy(file.path(), copy.join(part).join(file.file_name())).unwrap();
            }
        }
    }
    workbook(&copy.join("forms/site_visit.xlsx"), "survey", &[&["type", "name", "label"], &["txet", "a", "A"]]);
    let place = folder.path().join("hub");
    let (place, copy) = (place.to_str().unwrap(), copy.to_str().unwrap());
    let made = chaski(&["hub", "init", place, "--programme", copy, "--url", "https://127.0.0.1:8443"]);
    assert_eq!(made.status.code(), Some(1));
    let text = err(&made);
    assert!(text.starts_with("site_visit.xlsx: survey, row 2, column A (type): `txet` is not a type"), "{text}");
    assert!(text.contains("nothing was stored"));
    assert!(!Path::new(place).exists());
}

#[test]
fn a_form_is_filled_in_by_a_script() {
    let folder = tempfile::tempdir().unwrap();
    let steps = folder.path().join("steps.json");
    let (form, steps_file) = (programme().join("forms/site_visit.xlsx"), steps.to_str().unwrap().to_owned());
    let (form, lists) = (form.to_str().unwrap().to_owned(), programme().join("lists").to_str().unwrap().to_owned());
    let fill = |script: &str| {
        std::fs::write(&steps, script).unwrap();
        let now = "2026-11-12T12:00:00-05:00";
        chaski(&["form", "fill", &form, &steps_file, "--lists", &lists, "--now", now])
    };
    let script = r#"[{"answer":"A/realizada","value":"si"}, {"add":"T/part"}, {"answer":"T/part[1]/p_sexo","value":"m"},
        {"answer":"T/D/avance","value":150}, {"remove":"T/part[1]"}, {"finalize":true}]"#;
    let done = fill(script);
    assert_eq!(done.status.code(), Some(0), "{}", err(&done));
    assert_eq!(fill(script).stdout, done.stdout, "the same script gives the same result");
    let told: Value = serde_json::from_slice(&done.stdout).unwrap();
    let node = |step: usize, place: &str| {
        told[step]["nodes"].as_array().unwrap().iter().find(|node| node["place"] == place).cloned().unwrap()
    };
    assert_eq!(node(1, "T/part")["relevant"], true);
    assert_eq!((node(2, "T/n_part")["value"].as_str(), node(3, "T/n_muj")["value"].as_str()), (Some("1"), Some("1")));
    assert_eq!(node(4, "T/D/avance")["issue"], "constraint");
    assert!(told[5]["gone"].as_array().unwrap().contains(&Value::from("T/part[1]/p_sexo")));
    assert!(told[6]["issues"].as_array().unwrap().len() > 3);

    // A language goes by its code, its name, or both.
    for language in ["en", "English", "english (EN)"] {
        let spoken = fill(&format!(r#"[{{"language":"{language}"}}]"#));
        assert_eq!(spoken.status.code(), Some(0), "{language}: {}", err(&spoken));
        assert!(out(&spoken).contains("Visit date"), "{}", out(&spoken));
    }

    for (script, words) in [
        (r#"[{"answer":"A/nada","value":"1"}]"#, "step 1: the form has no `A/nada` now"),
        (r#"[{"answer":"T/D/avance","value":"mucho"}]"#, "step 1: `mucho` is no answer to this kind of question"),
        (
            r#"[{"add":"T/part"}, {"answer":"T/part/p_sexo","value":"m"}]"#,
            "step 2: the form has no `T/part/p_sexo` now",
        ),
        (r#"[{"add":"T/part"}, {"answer":"T/part/p_sexo","value":"m"}]"#, "did you mean `T/part[1]/p_sexo`?"),
        (
            r#"[{"jump":true}]"#,
            "step 1: a step has exactly one of `answer`, `add`, `remove`, `language` or `finalize`, this has 0",
        ),
        (r#"["jump"]"#, "step 1: a step is an object with"),
        (r#"[{"add":"T/part","remove":"T/part[1]"}]"#, "this has 2"),
        (r#"[{"answer":"A/realizada"}]"#, "step 1: an answer needs its `value`"),
        (r#"[{"answer":"A/realizada","value":["si"]}]"#, "step 1: the `value` is a text, a number or null"),
        (r#"[{"answer":"A/realizada","valor":"si"}]"#, "step 1: `valor` does not go with `answer`"),
        (r#"[{"answer":7,"value":"si"}]"#, "step 1: what stands at `answer` is a text in quotes"),
        (r#"[{"finalize":false}]"#, "step 1: `finalize` is `true`"),
        (r#"[{"add":"A/realizada"}]"#, "step 1: `A/realizada` is not a repeat"),
        (r#"[{"add":"T/part"}, {"remove":"T/part"}]"#, "step 2: `T/part` is not a row"),
        (r#"[{"language":"Aymara"}]"#, "step 1: the form is not written in `Aymara`; it is in: es, quy, en"),
        ("{}", "not a list of steps"),
    ] {
        let refused = fill(script);
        assert_eq!(refused.status.code(), Some(1), "{script}");
        assert!(err(&refused).contains(words), "{}", err(&refused));
    }
}

#[test]
fn a_script_finds_its_choices_in_the_files_beside_the_form() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).unwrap();
        folder.path().join(name).to_str().unwrap().to_owned()
    };
    let form = put(
        "form.csv",
        "survey,,,,,\n,type,name,label,appearance,calculation\n,text,t,T,,\n\
         ,select_one place,p,P,\"search('places', 'startswith', 'name', ${t})\",\n\
         ,select_one_from_file sites.geojson,s,S,,\n\
         ,calculate,price,,,\"pulldata('prices', 'price', 'code', ${p})\"\n\
         choices,,,\n,list_name,name,label\n,place,code,name\nsettings,\n,form_id\n,f\n",
    );
    put("places.csv", "code,name\n01,Huanta\n02,Lima\n");
    put("prices.csv", "code,price\n01,7\n");
    put("sites.geojson", r#"{"type":"FeatureCollection","features":[{"id":"a","properties":{"title":"A"}}]}"#);
    let steps = put("steps.json", r#"[{"answer":"t","value":"hua"}, {"answer":"p","value":"01"}]"#);
    let done = chaski(&["form", "fill", &form, &steps]);
    assert_eq!(done.status.code(), Some(0), "{}", err(&done));
    let told: Value = serde_json::from_slice(&done.stdout).unwrap();
    let node = |step: usize, place: &str| {
        told[step]["nodes"].as_array().unwrap().iter().find(|node| node["place"] == place).cloned().unwrap()
    };
    assert_eq!(node(0, "p")["choices"], serde_json::json!(["01", "02"]));
    assert_eq!(node(0, "s")["choices"], serde_json::json!(["a"]));
    assert_eq!(node(1, "p")["choices"], serde_json::json!(["01"]));
    assert_eq!(node(2, "price")["value"], "7");
}

#[cfg(unix)]
#[test]
fn serving_says_where_and_stops_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let (place, _) = hub(folder.path());
    let mut child = Command::new(env!("CARGO_BIN_EXE_chaski"))
        .args(["hub", "serve", &place, "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let listening = lines.find(|line| line.starts_with("listening on https://127.0.0.1:")).unwrap();
    let address = listening.split("https://").nth(1).unwrap().split(';').next().unwrap().to_owned();
    assert!(std::net::TcpStream::connect(&address).is_ok());

    let other = chaski(&["hub", "serve", &place, "--listen", &address]);
    assert_eq!(other.status.code(), Some(3));
    assert!(err(&other).contains("another program may have the port"), "{}", err(&other));

    let told = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(told.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(lines.last().as_deref(), Some("stopped"));
}

/// A tablet enrols and exchanges with a served hub; then both folders verify, and rebuild to the same documents.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_tablets_folder_is_checked_and_rebuilt_after_its_pin() {
    const PIN: &str = "285713";
    let folder = tempfile::tempdir().unwrap();
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let (place, report) = hub_at(folder.path(), &format!("https://{address}"));
    let mut serving = Command::new(env!("CARGO_BIN_EXE_chaski"))
        .args(["hub", "serve", &place, "--listen", &address, "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(serving.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.next().unwrap().contains("listening"));

    let tablet = folder.path().join("tablet");
    let machine = std::sync::Arc::new(chaski_device::System::new(tablet.join("device-secret")));
    let device = chaski_device::Device::open(&tablet, machine).unwrap().share();
    let link = report["people"][0]["link"].as_str().unwrap().to_owned();
    let word = str::to_owned;
    let enrolled = chaski_link::enrol(&device, link, word(""), word("Tableta 1"), word(PIN), word(PIN)).await.unwrap();
    let told = lines.find(|line| line.contains("\"enrolled\"")).unwrap();
    assert!(told.contains(&enrolled.confirmation), "{told}");
    device.lock().unwrap().confirm_enrolment().unwrap();
    chaski_link::exchange(&device, chaski_device::Wish::Asked, |_| {}).await.unwrap();
    device.lock().unwrap().start_record("aliados_visita", Some("NR-050401-01"), None).unwrap();
    chaski_link::exchange(&device, chaski_device::Wish::Asked, |_| {}).await.unwrap();
    device.lock().unwrap().close().unwrap();
    drop(device);
    assert!(Command::new("kill").args(["-TERM", &serving.id().to_string()]).status().unwrap().success());
    assert_eq!(serving.wait().unwrap().code(), Some(0));

    let (tablet, pin) = (tablet.to_str().unwrap(), folder.path().join("pin"));
    let pin = pin.to_str().unwrap();
    std::fs::write(pin, format!("{PIN}\n")).unwrap();
    let verified = chaski(&["log", "verify", tablet, "--pin-file", pin]);
    assert_eq!(verified.status.code(), Some(0), "{}{}", out(&verified), err(&verified));
    let hash = |folder: &str, further: &[&str]| {
        let output = chaski(&[&["rebuild", folder, "--json"], further].concat());
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        let value: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((value["records"].as_u64(), &value["before"]), (Some(1), &value["after"]));
        value["after"].as_str().unwrap().to_owned()
    };
    assert_eq!(hash(tablet, &["--pin-file", pin]), hash(&place, &[]));

    std::fs::write(pin, "111112").unwrap();
    let wrong = chaski(&["log", "verify", tablet, "--pin-file", pin, "--person", "Rosa"]);
    assert_eq!(wrong.status.code(), Some(3));
    assert!(err(&wrong).contains("PIN"), "{}", err(&wrong));
}

#[test]
fn help_reads_well() {
    for arguments in [
        &["--help"][..],
        &["hub", "init", "--help"],
        &["hub", "serve", "--help"],
        &["hub", "invite", "--help"],
        &["hub", "publish", "--help"],
        &["form", "check", "--help"],
        &["form", "xform", "--help"],
        &["form", "docs", "--help"],
        &["log", "verify", "--help"],
        &["rebuild", "--help"],
    ] {
        let output = chaski(arguments);
        assert_eq!(output.status.code(), Some(0));
        let text = out(&output);
        assert!(text.contains("Exit codes"), "{arguments:?}: {text}");
        assert!(arguments.len() == 1 || text.contains("Example"), "{arguments:?}: {text}");
    }
}

#[test]
fn a_record_without_a_log_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let (hub, _) = hub(folder.path());
    let record = "01997f8e-5d1c-7e0b-9b1a-2f6c8f1f3a55";
    let asked = chaski(&["log", "audit", &hub, record]);
    assert_eq!(asked.status.code(), Some(1), "{}", err(&asked));
    assert!(err(&asked).contains(record) && err(&asked).contains("row `audit`") && out(&asked).is_empty());
    let spoilt = chaski(&["log", "audit", &hub, "not-an-id"]);
    assert_eq!(spoilt.status.code(), Some(2), "{}", err(&spoilt));
}
