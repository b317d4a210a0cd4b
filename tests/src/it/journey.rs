//! The story in real windows: two tablets, each its own process, and a hub that is stopped and started.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chaski_tests::office::Office;
use chaski_tests::story::PROJECT;
use chaski_tests::tablet::PIN;
use chaski_tests::window::{Screen, Shape, Tablet, WindowError};
use fantoccini::Locator;
use fantoccini::elements::Element;

type Outcome<T = ()> = Result<T, WindowError>;

/// The question that both tablets answer.
const DIFFICULTY: &str = "T/E/dificultad";

/// The household of the story.
const MEMBERS: [&str; 3] = ["Marcelina Quispe", "Yeny Condori", "Saturnina Pariona"];

/// What a person does on a tablet, by the names the screens give their parts.
struct Hands {
    tablet: Tablet,
}

fn part(id: &str) -> String {
    format!("//*[@data-testid=\"{id}\"]")
}

impl Hands {
    async fn open(screen: &Screen, name: &str, data: &Path) -> Outcome<Self> {
        // A tablet that was just killed may hold its folder for a moment longer.
        let mut tries = 0;
        let tablet = loop {
            match Tablet::start(screen, name, data).await {
                Err(WindowError::Ended { .. }) if tries < 3 => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                outcome => break outcome?,
            }
        };
        tablet.hold(Shape::Landscape).await?;
        Ok(Self { tablet })
    }

    async fn touch(&self, id: &str) -> Outcome {
        self.click(&part(id), id).await
    }

    /// Clicks what is drawn and not disabled. The click is the page's own: the driver's pointer misses parts of a page that is
    /// scrolled under fixed bars.
    async fn click(&self, path: &str, what: &str) -> Outcome {
        let enabled = format!("({path})[not(@disabled)]");
        let begun = Instant::now();
        loop {
            let element = self.tablet.wait_for(Locator::XPath(&enabled), what).await?;
            if self.run("arguments[0].scrollIntoView({ block: 'center' }); arguments[0].click()", &element, None).await
            {
                return Ok(());
            }
            if begun.elapsed() > Duration::from_secs(20) {
                return self.tablet.touch(Locator::XPath(path), what).await;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Runs a script on an element; false when the element went away meanwhile.
    async fn run(&self, script: &str, element: &Element, text: Option<&str>) -> bool {
        let Ok(element) = serde_json::to_value(element) else { return false };
        let arguments = [Some(element), text.map(|text| text.into())].into_iter().flatten().collect();
        self.tablet.client().execute(script, arguments).await.is_ok()
    }

    async fn see(&self, id: &str) -> Outcome {
        self.tablet.wait_for(Locator::XPath(&part(id)), id).await.map(drop)
    }

    /// Types into a field, replacing what it holds, and leaves it.
    async fn write(&self, id: &str, text: &str) -> Outcome {
        const TYPE: &str = "const [field, text] = arguments; field.scrollIntoView({ block: 'center' }); field.focus(); \
            Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value').set.call(field, text); \
            field.dispatchEvent(new InputEvent('input', { bubbles: true })); field.blur()";
        let begun = Instant::now();
        loop {
            let element = self.tablet.wait_for(Locator::XPath(&part(id)), id).await?;
            if self.run(TYPE, &element, Some(text)).await {
                return Ok(());
            }
            if begun.elapsed() > Duration::from_secs(20) {
                return self.tablet.type_into(Locator::XPath(&part(id)), text, id).await;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Takes one choice of a question, out of a short list or a long one.
    async fn choose(&self, question: &str, code: &str) -> Outcome {
        let list = format!("//button[@data-testid=\"q-{question}\" and @aria-haspopup]");
        if self.shows(&list).await? {
            self.click(&list, question).await?;
            self.touch(&format!("q-{question}={code}")).await?;
            return self.saved().await;
        }
        let label = format!("//label[.//*[@data-testid=\"q-{question}={code}\"]]");
        self.click(&label, &format!("{question} = {code}")).await?;
        self.saved().await
    }

    /// Types the answer of a question.
    async fn answer(&self, question: &str, text: &str) -> Outcome {
        self.write(&format!("q-{question}"), text).await?;
        self.saved().await
    }

    /// Waits until the screen says that everything is on the disk.
    async fn saved(&self) -> Outcome {
        let state = "//*[@data-testid=\"save-state\" and @data-state=\"saved\"]";
        self.tablet.wait_for(Locator::XPath(state), "that everything is saved").await.map(drop)
    }

    async fn pin(&self) -> Outcome {
        for digit in PIN.chars() {
            self.touch(&format!("pin-{digit}")).await?;
        }
        Ok(())
    }

    async fn enrol(&self, ticket: &str, hub: &str, name: &str) -> Outcome {
        self.write("enrol-ticket", ticket).await?;
        self.write("enrol-hub", hub).await?;
        self.write("enrol-device", name).await?;
        self.touch("enrol-next").await?;
        self.pin().await?;
        self.tablet.picture("enrol-pin").await?;
        self.pin().await?;
        self.see("enrol-confirmation").await?;
        self.tablet.picture("enrol-confirm").await?;
        self.touch("enrol-confirm").await?;
        self.see(&format!("project-{PROJECT}")).await
    }

    async fn unlock(&self) -> Outcome {
        let pad_or_tile = "//*[@data-testid='pin-1' or starts-with(@data-testid,'person-')]";
        self.tablet.wait_for(Locator::XPath(pad_or_tile), "the unlock screen").await?;
        let tile = "//*[starts-with(@data-testid,'person-')]";
        if self.tablet.client().find(Locator::XPath(tile)).await.is_ok() {
            self.click(tile, "person").await?;
        }
        self.pin().await?;
        self.see(&format!("project-{PROJECT}")).await
    }

    async fn home(&self) -> Outcome {
        self.touch("nav-home").await?;
        self.see(&format!("project-{PROJECT}")).await
    }

    /// Whether something is drawn now.
    async fn shows(&self, path: &str) -> Outcome<bool> {
        match self.tablet.client().find(Locator::XPath(path)).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_no_such_element() => Ok(false),
            Err(source) => Err(self.tablet.failed("look", source)),
        }
    }

    /// Waits until something is drawn no more.
    async fn gone(&self, path: &str, what: &str) -> Outcome {
        let begun = Instant::now();
        while self.shows(path).await? {
            assert!(begun.elapsed() < Duration::from_secs(30), "{what} is still there");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Turns to the page that has this question.
    async fn page_with(&self, question: &str) -> Outcome {
        let wanted = format!("//*[@data-question=\"{question}\" or @data-testid=\"q-{question}\"]");
        for number in 0..40 {
            let tab = format!("//*[@data-testid=\"page-{number}\"]");
            if !self.shows(&tab).await? {
                continue;
            }
            self.click(&tab, "page").await?;
            let turned = format!("//*[@data-testid=\"page-{number}\" and @aria-current=\"page\"]");
            self.tablet.wait_for(Locator::XPath(&turned), "the page that was touched").await?;
            if self.shows(&wanted).await? {
                return Ok(());
            }
        }
        self.tablet.wait_for(Locator::XPath(&wanted), question).await.map(drop)
    }

    /// A member of the household, as far as the story asks.
    async fn member(&self, name: &str, kin: &str, sex: &str) -> Outcome {
        let row = self.add_row("T/miembro").await?;
        self.answer(&format!("{row}/m_nombre"), name).await?;
        self.choose(&format!("{row}/m_parent"), kin).await?;
        self.choose(&format!("{row}/m_sexo"), sex).await
    }

    /// Adds a row and gives the path of its first question's row.
    async fn add_row(&self, repeat: &str) -> Outcome<String> {
        let rows = format!("//li[starts-with(@data-testid,\"row-{repeat}/@\")]");
        let before = self.tablet.client().find_all(Locator::XPath(&rows)).await;
        let before = before.map_err(|source| self.tablet.failed("rows", source))?.len();
        self.touch(&format!("add-{repeat}")).await?;
        let added = format!("({rows})[{}]", before + 1);
        let row = self.tablet.wait_for(Locator::XPath(&added), "the new row").await?;
        let id = row.attr("data-testid").await.ok().flatten().unwrap_or_default();
        Ok(id.trim_start_matches("row-").to_owned())
    }

    /// The id of the only record in the project's list.
    async fn record_in_project(&self) -> Outcome<String> {
        self.home().await?;
        self.touch(&format!("project-{PROJECT}")).await?;
        let row = "//*[@data-record]";
        let row = self.tablet.wait_for(Locator::XPath(row), "a record in the project").await?;
        Ok(row.attr("data-record").await.ok().flatten().unwrap_or_default())
    }

    /// Begins a survey of a household of three; gives its id. The form is left open.
    async fn survey(&self) -> Outcome<String> {
        self.home().await?;
        self.touch(&format!("project-{PROJECT}")).await?;
        self.touch("form-aliados_encuesta_familia").await?;
        self.see("q-A/centro_poblado").await?;
        self.answer("A/centro_poblado", "Culluchaca").await?;
        self.choose("A/consentimiento", "si").await?;
        self.page_with("T/miembro").await?;
        let warning = "//*[@role='note'][@data-question='T/aviso_jefe']";
        for (name, kin, sex) in [(MEMBERS[0], "pareja", "m"), (MEMBERS[1], "hijo", "h")] {
            self.member(name, kin, sex).await?;
        }
        // Counted over the rows: nobody is the head of this household yet.
        self.page_with("T/aviso_jefe").await?;
        assert!(self.shows(warning).await?, "nobody heads the household, and the form does not say so");
        self.page_with("T/miembro").await?;
        self.member(MEMBERS[2], "jefe", "m").await?;
        self.gone(warning, "the word on a household without a head").await?;
        self.tablet.picture("survey").await?;
        let address =
            self.tablet.client().current_url().await.map_err(|source| self.tablet.failed("address", source))?;
        let record = address.fragment().and_then(|fragment| fragment.split('/').find(|part| part.len() >= 32));
        Ok(record.unwrap_or_default().to_owned())
    }

    async fn open_record(&self, record: &str) -> Outcome {
        self.home().await?;
        self.touch(&format!("project-{PROJECT}")).await?;
        self.touch(&format!("record-{record}")).await
    }
}

struct Journey {
    office: Office,
    /// One for each tablet: a window that another covers is not drawn, and takes no touch.
    screens: [Screen; 2],
    folder: PathBuf,
}

impl Journey {
    fn data(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tablets_and_a_hub_in_real_windows() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::found(&folder.path().join("hub")).await.unwrap();
    let screens = [Screen::start().unwrap(), Screen::start().unwrap()];
    let mut journey = Journey { office, screens, folder: folder.path().to_owned() };
    play(&mut journey).await.unwrap();
    journey.office.stop().await.unwrap();
}

async fn play(journey: &mut Journey) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    // 1. Two tablets enrol with a one-time code.
    let a = Hands::open(&journey.screens[0], "tablet a", &journey.data("a")).await?;
    a.enrol(&journey.office.ticket_of("Rosa")?, journey.office.url(), "Tableta de Rosa").await?;
    let b = Hands::open(&journey.screens[1], "tablet b", &journey.data("b")).await?;
    b.enrol(&journey.office.ticket_of("Víctor")?, journey.office.url(), "Tableta de Víctor").await?;
    a.tablet.picture("home").await?;

    // A visit that both have.
    a.touch(&format!("project-{PROJECT}")).await?;
    a.tablet.picture("project").await?;
    a.touch("form-aliados_visita").await?;
    a.see("q-A/fecha").await?;
    a.answer("A/fecha", "12/11/2026").await?;
    a.choose("A/tipo", "prog").await?;
    // What is asked depends on what was answered, and a slip is taken back.
    a.choose("A/realizada", "no").await?;
    a.see("q-A/motivo").await?;
    a.touch("undo").await?;
    a.gone(&part("q-A/motivo"), "the reason why there was no visit").await?;
    a.choose("A/realizada", "si").await?;
    a.tablet.picture("visit").await?;
    a.page_with("T/D/avance").await?;
    a.answer("T/D/avance", "150").await?;
    a.see("issue-T/D/avance").await?;
    a.tablet.picture("constraint").await?;
    a.answer("T/D/avance", "55").await?;
    a.gone(&part("issue-T/D/avance"), "the word on a progress of 150 %").await?;
    a.touch("leave").await?;
    let visit = b.record_in_project().await?;

    // 2. The hub is stopped; both edit the same visit.
    journey.office.stop().await?;
    a.open_record(&visit).await?;
    a.page_with(DIFFICULTY).await?;
    a.answer(DIFFICULTY, "Falta agua para lavar los moldes").await?;
    a.choose("T/E/semaforo", "verde").await?;
    a.page_with("T/part").await?;
    let row = a.add_row("T/part").await?;
    a.answer(&format!("{row}/p_nombre"), "Julia Yaranga Curo").await?;
    a.choose(&format!("{row}/p_sexo"), "m").await?;
    a.tablet.picture("repeat").await?;
    a.touch("leave").await?;
    let survey = a.survey().await?;

    b.open_record(&visit).await?;
    b.page_with(DIFFICULTY).await?;
    b.answer(DIFFICULTY, "No hay comprador fijo").await?;
    b.page_with("T/part").await?;
    let row = b.add_row("T/part").await?;
    b.answer(&format!("{row}/p_nombre"), "Eusebio Ñaupari Chocce").await?;
    b.touch("leave").await?;

    // 3. Tablet A is killed in mid-form and started again: the drafts are there.
    a.tablet.kill();
    let a = Hands::open(&journey.screens[0], "tablet a", &journey.data("a")).await?;
    a.tablet.picture("unlock").await?;
    a.unlock().await?;
    a.touch(&format!("draft-{survey}")).await?;
    a.page_with("T/miembro").await?;
    for name in MEMBERS {
        a.tablet.sees(name).await?;
    }
    // It is not complete, and says what is missing.
    a.touch("finalize").await?;
    a.see("issues").await?;
    a.tablet.picture("issues").await?;
    a.touch("leave").await?;
    a.see(&format!("draft-{visit}")).await?;
    a.touch(&format!("draft-{visit}")).await?;
    a.page_with("T/part").await?;
    a.tablet.sees("Julia Yaranga Curo").await?;
    a.page_with(DIFFICULTY).await?;
    let kept = a.tablet.wait_for(Locator::XPath(&part("q-T/E/dificultad")), "the answer").await?;
    assert_eq!(kept.prop("value").await?.as_deref(), Some("Falta agua para lavar los moldes"));
    a.touch("leave").await?;
    a.touch("nav-sync").await?;
    a.tablet.picture("sync-offline").await?;

    // 4. The hub starts; both sync by themselves, and the question both touched shows both values.
    journey.office.start().await?;
    for hands in [&a, &b] {
        hands.home().await?;
        hands.see(&format!("conflict-{visit}")).await?;
        hands.touch(&format!("conflict-{visit}")).await?;
        hands.see("conflict-T/E/dificultad").await?;
        for words in [
            "Falta agua para lavar los moldes",
            "No hay comprador fijo",
            "Rosa Quispe Huamán",
            "Víctor Ccori Palomino",
            "Tableta de Rosa",
            "Tableta de Víctor",
        ] {
            hands.tablet.sees(words).await?;
        }
    }
    a.tablet.picture("conflict").await?;
    a.tablet.hold(Shape::Portrait).await?;
    a.tablet.picture("conflict-portrait").await?;
    a.tablet.hold(Shape::Landscape).await?;

    // 5. The agent picks one; everyone has the choice, and the history still shows both.
    let theirs = "//label[contains(@class,'value')][contains(.,'No hay comprador fijo')]";
    a.click(theirs, "Víctor's words").await?;
    a.touch("conflict-settle").await?;
    let chosen = format!("//*[@data-testid=\"line-{DIFFICULTY}\"][contains(.,\"No hay comprador fijo\")]");
    for hands in [&a, &b] {
        hands.gone("//*[starts-with(@data-testid,'conflict-T/')]", "the conflict").await?;
        hands.tablet.wait_for(Locator::XPath(&chosen), "Víctor's words as the answer").await?;
        hands.touch("tab-history").await?;
        hands.tablet.sees("Falta agua para lavar los moldes").await?;
        hands.tablet.sees("No hay comprador fijo").await?;
    }
    let id = visit.parse()?;
    let begun = Instant::now();
    loop {
        let read = journey.office.read(id).await?.ok_or("the hub has no visit")?;
        let answer = read.answers.iter().find(|(path, _)| path == DIFFICULTY).map(|(_, words)| words.as_str());
        if read.conflicts == 0 && answer == Some("No hay comprador fijo") {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "the hub holds {answer:?} and {} conflicts", read.conflicts);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // The survey with its three members is on the other tablet, too.
    b.open_record(&survey).await?;
    b.page_with("T/miembro").await?;
    for name in MEMBERS {
        b.tablet.sees(name).await?;
    }
    a.tablet.picture("history").await?;
    a.tablet.close().await?;
    b.tablet.close().await?;
    Ok(())
}
