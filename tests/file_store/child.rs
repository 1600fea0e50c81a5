//! Other processes: this very test binary, run again as something else.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{env, fs, thread};

use tokenkeep::store::{Saved, Store};

use crate::desk::{ALICE, BACKUP, identity, record, run, store_at};

const ROLE: &str = "TOKENKEEP_TEST_ROLE";
const FOLDER: &str = "TOKENKEEP_TEST_FOLDER";

/// A process that is killed when the test ends, however it ends.
pub struct Process(pub Child);

impl Process {
    pub fn start(role: &str, folder: &Path) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "child::play_a_role", "--ignored", "--nocapture", "--test-threads=1"]);
        command.env(ROLE, role).env(FOLDER, folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        Self(command.spawn().unwrap())
    }

    /// Waits until it has said so.
    pub fn wait_for(&mut self, word: &str) {
        let lines = BufReader::new(self.0.stdout.as_mut().unwrap()).lines();
        assert!(lines.map_while(Result::ok).any(|line| line.ends_with(word)), "it ended without a word of {word}");
    }

    /// Lets it end by itself.
    #[track_caller]
    pub fn ends_well(mut self) {
        drop(self.0.stdin.take());
        assert!(self.0.wait().unwrap().success());
    }

    /// kill -9.
    pub fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "no test of its own: others start this binary with it as a second process, and it does what they say"]
fn play_a_role() {
    let folder = PathBuf::from(env::var_os(FOLDER).unwrap());
    match env::var(ROLE).unwrap().as_str() {
        "holder" => hold(&folder),
        "writer" => count_up(&folder, 100),
        "careless" => write_under_watch(&folder),
        role => panic!("{role}"),
    }
}

fn wait_for_the_end() {
    let _ = std::io::stdin().lines().count();
}

fn hold(folder: &Path) {
    let _lease = run(store_at(folder).lock(&identity(ALICE), Duration::ZERO)).unwrap();
    println!("\nheld");
    wait_for_the_end();
}

/// Writes each next generation over whatever there is, as often as it wins. Every number of the race has one writer.
pub fn count_up(folder: &Path, wins: u32) {
    let (store, identity) = (store_at(folder), identity(ALICE));
    run(async {
        let mut current = store.load(&identity).await.record.map(|record| record.generation);
        let mut won = 0;
        while won < wins {
            let next = current.unwrap_or(0) + 1;
            match store.save(&identity, record(next, Some("token")), current, BACKUP).await.unwrap() {
                Saved::Done => {
                    won += 1;
                    current = Some(next);
                }
                Saved::Lost(winner) => current = winner.map(|winner| winner.generation),
            }
        }
    });
}

/// Under a umask that hides nothing, and under the eyes of somebody who looks all the time.
fn write_under_watch(folder: &Path) {
    rustix::process::umask(rustix::fs::Mode::empty());
    let (done, folder) = (AtomicBool::new(false), folder.join("new/deep"));
    thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut temporary = 0;
            while !done.load(Ordering::Relaxed) {
                for path in [&folder, folder.parent().unwrap()] {
                    if let Ok(metadata) = path.metadata() {
                        assert_eq!(metadata.permissions().mode() & 0o777, 0o700, "{}", path.display());
                    }
                }
                for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                    if let Ok(metadata) = entry.metadata() {
                        assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{}", entry.path().display());
                        temporary += u32::from(entry.file_name().to_string_lossy().ends_with(".tmp"));
                    }
                }
            }
            temporary
        });
        count_up(&folder, 60);
        drop(run(store_at(&folder).lock(&identity(ALICE), Duration::ZERO)).unwrap());
        // One more look, at everything that has stayed.
        thread::sleep(Duration::from_millis(5));
        done.store(true, Ordering::Relaxed);
        assert!(watcher.join().unwrap() > 0, "the watcher has never seen a temporary file");
    });
}
