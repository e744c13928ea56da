use std::os::unix::fs::{PermissionsExt, symlink};

use proptest::prelude::*;

use super::*;
use crate::domain::invocation::InvocationType;

const FUNCTION: &str = "payments-charge";

struct Fixture {
    root: tempfile::TempDir,
    files: EventFiles,
}

impl Fixture {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let files = EventFiles {
            project_dir: root.path().join(".lambdeck/events"),
            private_dir: root.path().join("data/lambdeck/events"),
        };
        Self { root, files }
    }

    fn create(&self, id: &EventId, payload: &str) -> StoredEvent {
        self.create_with(id, payload, &EventSettings::default())
    }

    fn create_with(&self, id: &EventId, payload: &str, settings: &EventSettings) -> StoredEvent {
        let payload = Secret::new(payload.to_owned());
        self.files.create(FUNCTION, id, &payload, settings).unwrap()
    }

    /// Writes a file as somebody else would.
    fn put(&self, origin: Origin, name: &str, bytes: &[u8]) -> PathBuf {
        let dir = self.files.dir(FUNCTION, origin);
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join(name), bytes).unwrap();
        dir.join(name)
    }

    fn names(&self) -> Vec<String> {
        let listed = self.files.list(FUNCTION).unwrap();
        listed.into_iter().map(|event| event.id.name).collect()
    }

    fn no_temporary_is_left(&self) {
        let mut dirs = vec![self.root.path().to_owned()];
        while let Some(dir) = dirs.pop() {
            for entry in fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                assert!(path.extension().is_none_or(|extension| extension != "tmp"));
                if path.is_dir() {
                    dirs.push(path);
                }
            }
        }
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn asynchronous() -> EventSettings {
    EventSettings {
        kind: InvocationType::Event,
        qualifier: Some("live".into()),
        ..EventSettings::default()
    }
}

#[test]
fn without_a_directory_there_are_no_events() {
    let fixture = Fixture::new();
    assert_eq!(fixture.files.list(FUNCTION).unwrap(), []);
    assert!(matches!(
        fixture.files.read(FUNCTION, &EventId::project("event")),
        Err(EventError::NotFound(_))
    ));
}

#[test]
fn bytes_come_back_exactly_and_plain_settings_make_no_file() {
    let fixture = Fixture::new();
    let id = EventId::project("happy path");
    let payload = "{ \"amount\" :1.0e2,\r\n\t\"é\":\"\\u00e9\"}\n\n";
    let created = fixture.create(&id, payload);
    assert_eq!(fs::read(&created.event.path).unwrap(), payload.as_bytes());
    assert_eq!(fixture.files.read(FUNCTION, &id).unwrap(), created);
    assert!(!created.event.path.with_extension("toml").exists());
    assert_eq!(
        created.event.path,
        fixture
            .root
            .path()
            .join(".lambdeck/events/payments-charge/happy path.json")
    );
}

#[test]
fn both_places_are_listed_together_in_order() {
    let fixture = Fixture::new();
    fixture.create(&EventId::private("Beta"), "{}");
    fixture.create(&EventId::private("alpha"), "[1]");
    fixture.create(&EventId::project("beta"), "{}");
    fixture.create_with(&EventId::project("alpha"), "{}", &asynchronous());
    fixture.put(Origin::Project, "README.md", b"not an event");
    fixture.put(Origin::Project, ".hidden.json", b"{}");
    let listed = fixture.files.list(FUNCTION).unwrap();
    let ids: Vec<_> = listed.iter().map(|event| event.id.clone()).collect();
    assert_eq!(
        ids,
        [
            EventId::project("alpha"),
            EventId::private("alpha"),
            EventId::project("beta"),
            EventId::private("Beta"),
        ]
    );
    assert_eq!(listed[1].size, 3);
    assert!(listed.iter().all(|event| event.problem.is_none()));
}

#[test]
fn a_broken_event_is_listed_with_its_problem() {
    let fixture = Fixture::new();
    fixture.put(Origin::Project, "binary.json", &[0xff, 0xfe]);
    fixture.put(Origin::Project, "cut.json", b"{\"a\":");
    fixture.put(Origin::Project, "huge.json", b"");
    let huge = fs::File::options().write(true).open(
        fixture
            .files
            .dir(FUNCTION, Origin::Project)
            .join("huge.json"),
    );
    huge.unwrap().set_len(READ_LIMIT + 1).unwrap();
    fixture.put(Origin::Project, "orphan.toml", b"qualifier = \"live\"");
    fixture.put(Origin::Project, "settings.json", b"{}");
    fixture.put(Origin::Project, "settings.toml", b"qualifier = ");
    fixture.put(Origin::Project, "wrong.json", b"{}");
    fixture.put(Origin::Project, "wrong.toml", b"invocation_type = \"Sync\"");
    fixture.put(Origin::Project, "@odd.json", b"{}");
    symlink(
        "/nowhere",
        fixture
            .files
            .dir(FUNCTION, Origin::Project)
            .join("link.json"),
    )
    .unwrap();
    let problems: Vec<_> = fixture
        .files
        .list(FUNCTION)
        .unwrap()
        .into_iter()
        .map(|event| (event.id.name, event.problem.unwrap_or_default()))
        .collect();
    for ((name, problem), (expected, part)) in problems.iter().zip([
        ("@odd", "cannot begin with"),
        ("binary", "not UTF-8"),
        ("cut", "line 1, column 5"),
        ("huge", "more than any payload"),
        ("link", "cannot read"),
        ("orphan", "without a payload"),
        ("settings", "not TOML"),
        ("wrong", "RequestResponse"),
    ]) {
        assert_eq!(name, expected);
        assert!(problem.contains(part), "{name}: {problem}");
    }
    assert_eq!(problems.len(), 8);
}

#[test]
fn a_payload_that_is_not_json_can_be_read_and_mended() {
    let fixture = Fixture::new();
    fixture.put(Origin::Private, "cut.json", b"{\"a\":");
    let id = EventId::private("cut");
    let mut stored = fixture.files.read(FUNCTION, &id).unwrap();
    stored.event.payload = Secret::new("{\"a\":1}".to_owned());
    let overwrite = Overwrite::Unchanged(stored.stamp);
    fixture
        .files
        .save(FUNCTION, &stored.event, overwrite)
        .unwrap();
    let again = fixture.files.read(FUNCTION, &id).unwrap();
    assert_eq!(again.event.payload.reveal(), "{\"a\":1}");
}

#[test]
fn private_files_are_for_the_user_alone() {
    let fixture = Fixture::new();
    let private = fixture.create_with(&EventId::private("a"), "{}", &asynchronous());
    let path = private.event.path.clone();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(&path.with_extension("toml")), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    assert_eq!(mode(&fixture.files.private_dir), 0o700);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let overwrite = Overwrite::Unchanged(private.stamp);
    fixture
        .files
        .save(FUNCTION, &private.event, overwrite)
        .unwrap();
    assert_eq!(mode(&path), 0o600);

    let project = fixture.create(&EventId::project("a"), "{}");
    let path = project.event.path.clone();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o664)).unwrap();
    fixture
        .files
        .save(FUNCTION, &project.event, Overwrite::Force)
        .unwrap();
    assert_eq!(mode(&path), 0o664);
    fixture.no_temporary_is_left();
}

#[test]
fn saving_gives_the_stamp_for_the_next_save() {
    let fixture = Fixture::new();
    let stored = fixture.create(&EventId::project("a"), "{}");
    let mut event = stored.event;
    let mut stamp = stored.stamp;
    for round in 0..3 {
        event.payload = Secret::new(format!("{round}"));
        event.settings.qualifier = (round == 1).then(|| "live".to_owned());
        let overwrite = Overwrite::Unchanged(stamp);
        stamp = fixture.files.save(FUNCTION, &event, overwrite).unwrap();
        let read = fixture.files.read(FUNCTION, &event.id).unwrap();
        assert_eq!((read.event, read.stamp), (event.clone(), stamp));
    }
    assert!(!event.path.with_extension("toml").exists());
}

#[test]
fn comments_of_the_settings_survive_an_edit_of_the_payload() {
    let fixture = Fixture::new();
    fixture.put(Origin::Project, "a.json", b"{}");
    let settings = fixture.put(
        Origin::Project,
        "a.toml",
        b"# why\ntenant = 'blue'\nextra = 1\n",
    );
    let mut stored = fixture
        .files
        .read(FUNCTION, &EventId::project("a"))
        .unwrap();
    stored.event.payload = Secret::new("[]".to_owned());
    let overwrite = Overwrite::Unchanged(stored.stamp);
    let stamp = fixture
        .files
        .save(FUNCTION, &stored.event, overwrite)
        .unwrap();
    assert!(fs::read_to_string(&settings).unwrap().starts_with("# why"));
    stored.event.settings.tenant = Some("green".into());
    fixture
        .files
        .save(FUNCTION, &stored.event, Overwrite::Unchanged(stamp))
        .unwrap();
    assert_eq!(
        fs::read_to_string(&settings).unwrap(),
        "tenant = \"green\"\nextra = 1\n"
    );
}

#[test]
fn a_change_on_disk_is_a_conflict_unless_forced() {
    for (file, bytes, what) in [
        ("a.json", Some(&b"{\"b\":2}"[..]), "was changed"),
        ("a.json", None, "was removed"),
        ("a.toml", Some(b"tenant = 'blue'"), "was changed"),
        ("a.toml", None, "was removed"),
        ("b.toml", Some(b"tenant = 'blue'"), "was added"),
    ] {
        let fixture = Fixture::new();
        let with_settings = fixture.create_with(&EventId::project("a"), "{}", &asynchronous());
        let plain = fixture.create(&EventId::project("b"), "{}");
        let stored = if file.starts_with('a') {
            with_settings
        } else {
            plain
        };
        let path = fixture.files.dir(FUNCTION, Origin::Project).join(file);
        match bytes {
            Some(bytes) => fs::write(&path, bytes).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        let overwrite = Overwrite::Unchanged(stored.stamp);
        let error = fixture
            .files
            .save(FUNCTION, &stored.event, overwrite)
            .unwrap_err();
        assert!(error.to_string().contains(what), "{file}: {error}");
        assert!(error.to_string().contains(file), "{error}");
        assert_eq!(fs::read(&path).ok().as_deref(), bytes);
        fixture
            .files
            .save(FUNCTION, &stored.event, Overwrite::Force)
            .unwrap();
        let read = fixture.files.read(FUNCTION, &stored.event.id).unwrap();
        assert_eq!(read, stored);
    }
}

#[test]
fn nothing_is_ever_overwritten_by_a_new_name() {
    let fixture = Fixture::new();
    let (a, b) = (EventId::project("a"), EventId::project("b"));
    fixture.create_with(&a, "1", &asynchronous());
    fixture.create(&b, "2");
    fixture.put(Origin::Project, "orphan.toml", b"tenant = 'blue'");
    let payload = Secret::new("3".to_owned());
    let settings = EventSettings::default();
    let files = &fixture.files;
    for taken in ["b", "orphan"] {
        let taken = EventId::project(taken);
        assert!(matches!(
            files.create(FUNCTION, &taken, &payload, &settings),
            Err(EventError::Exists(_))
        ));
        assert!(matches!(
            files.duplicate(FUNCTION, &a, &taken),
            Err(EventError::Exists(_))
        ));
        assert!(matches!(
            files.rename(FUNCTION, &a, &taken.name),
            Err(EventError::Exists(_))
        ));
    }
    assert!(matches!(
        files.rename(FUNCTION, &b, "orphan"),
        Err(EventError::Exists(_))
    ));
    // What failed left everything as it was, the settings of `a` too.
    assert_eq!(
        files.read(FUNCTION, &a).unwrap().event.settings,
        asynchronous()
    );
    assert_eq!(
        files.read(FUNCTION, &b).unwrap().event.payload.reveal(),
        "2"
    );
    assert_eq!(fixture.names(), ["a", "b", "orphan"]);
    fixture.no_temporary_is_left();
}

#[test]
fn payload_and_settings_move_together() {
    let fixture = Fixture::new();
    let a = EventId::private("a");
    fixture.create_with(&a, "{ }", &asynchronous());
    let b = fixture.files.rename(FUNCTION, &a, "b").unwrap();
    assert_eq!(fixture.names(), ["b"]);
    let copy = EventId::project("copy");
    let copied = fixture.files.duplicate(FUNCTION, &b, &copy).unwrap();
    assert_eq!(copied.event.payload.reveal(), "{ }");
    assert_eq!(copied.event.settings, asynchronous());
    fixture.files.delete(FUNCTION, &b).unwrap();
    assert_eq!(fixture.names(), ["copy"]);
    let dir = fixture.files.dir(FUNCTION, Origin::Private);
    assert_eq!(fs::read_dir(dir).unwrap().count(), 0);
    assert!(matches!(
        fixture.files.delete(FUNCTION, &b),
        Err(EventError::NotFound(_))
    ));
    assert!(matches!(
        fixture.files.rename(FUNCTION, &b, "c"),
        Err(EventError::NotFound(_))
    ));
    assert_eq!(fixture.files.rename(FUNCTION, &copy, "copy").unwrap(), copy);
}

#[test]
fn a_broken_event_can_be_deleted() {
    let fixture = Fixture::new();
    fixture.put(Origin::Project, "binary.json", &[0xff]);
    fixture.put(Origin::Project, "orphan.toml", b"x = ");
    for name in ["binary", "orphan"] {
        fixture
            .files
            .delete(FUNCTION, &EventId::project(name))
            .unwrap();
    }
    assert!(fixture.names().is_empty());
}

#[test]
fn a_name_cannot_leave_its_directory() {
    let fixture = Fixture::new();
    let payload = Secret::new("{}".to_owned());
    for name in ["../evil", "a/b", "..", ""] {
        let id = EventId::project(name);
        let settings = EventSettings::default();
        let error = fixture
            .files
            .create(FUNCTION, &id, &payload, &settings)
            .unwrap_err();
        assert!(matches!(error, EventError::Name { .. }), "{error}");
    }
}

#[test]
fn a_failure_names_the_file_and_the_reason() {
    let fixture = Fixture::new();
    fs::write(fixture.root.path().join(".lambdeck"), "in the way").unwrap();
    let payload = Secret::new("{}".to_owned());
    let id = EventId::project("a");
    let settings = EventSettings::default();
    let error = fixture
        .files
        .create(FUNCTION, &id, &payload, &settings)
        .unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("cannot create the directory"), "{text}");
    assert!(text.contains(".lambdeck/events/payments-charge"), "{text}");
}

#[test]
fn a_pipe_in_the_directory_does_not_stall_the_list() {
    let fixture = Fixture::new();
    let path = fixture.put(Origin::Project, "pipe.json", b"");
    fs::remove_file(&path).unwrap();
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let listed = fixture.files.list(FUNCTION).unwrap();
    let problem = listed[0].problem.as_deref().unwrap();
    assert!(problem.contains("not a regular file"), "{problem}");
    drop(listener);
}

proptest! {
    #[test]
    fn a_function_name_is_one_safe_directory(name in "[A-Za-z0-9_-]{1,64}|\\PC{0,20}|[./%]{0,4}") {
        let dir = dir_name(&name);
        prop_assert_eq!(Path::new(&dir).components().count(), 1);
        prop_assert!(dir.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_%".contains(&byte)));
        if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
            && !name.is_empty()
        {
            prop_assert_eq!(dir, name);
        }
    }

    #[test]
    fn two_functions_never_share_a_directory(a in "[a.%/2E-]{0,4}", b in "[a.%/2E-]{0,4}") {
        prop_assert_eq!(dir_name(&a) == dir_name(&b), a == b);
    }
}
