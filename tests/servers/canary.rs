//! Looks for secrets in whatever a program writes, says, or shows of itself.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::{Engine as _, prelude::BASE64_STANDARD};

/// What was looked at, by name.
pub type Places = Vec<(String, Vec<u8>)>;

/// A secret as it is, in base64 at each of its three offsets (so within any base64 of a longer text, RFC 4648 §4), in hex
/// and percent-encoded.
pub fn forms(secret: &str) -> Vec<Vec<u8>> {
    let mut forms = vec![secret.as_bytes().to_vec()];
    for before in 0..3 {
        let padded = [&b"xxx"[..before], secret.as_bytes()].concat();
        let whole = BASE64_STANDARD.encode(padded);
        // digits that depend on what stands before or behind are left out
        let (first, last) = ([0, 2, 3][before], whole.trim_end_matches('=').len() - 2);
        forms.push(whole.as_bytes()[first..last].to_vec());
    }
    forms.push(secret.bytes().map(|it| format!("{it:02x}")).collect::<String>().into_bytes());
    let percent = |it: u8| if it.is_ascii_alphanumeric() { char::from(it).to_string() } else { format!("%{it:02X}") };
    forms.push(secret.bytes().map(percent).collect::<String>().into_bytes());
    forms
}

#[track_caller]
pub fn nowhere(secrets: &[&str], places: &[(String, Vec<u8>)]) {
    assert!(places.len() > 3, "little was looked at");
    for secret in secrets {
        for form in forms(secret) {
            for (name, bytes) in places {
                let found = bytes.windows(form.len()).any(|it| it == form);
                assert!(!found, "{name} holds {secret} as {}", String::from_utf8_lossy(&form));
            }
        }
    }
}

/// Every file of these folders but raw mails.
pub fn files(folders: &[&Path]) -> Places {
    let mut open: Vec<_> = folders.iter().map(|it| it.to_path_buf()).collect();
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() && path.file_name().is_none_or(|it| it != "mails") {
            open.extend(fs::read_dir(&path).unwrap().map(|it| it.unwrap().path()));
        } else if path.is_file() {
            found.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
    found
}

/// Command line and environment of a process and its children, which any user, or a crash report, may read.
fn of_processes(id: u32, places: &mut Places) {
    let proc = Path::new("/proc").join(id.to_string());
    for name in ["cmdline", "environ"] {
        let path = proc.join(name);
        if let Ok(bytes) = fs::read(&path).map(|it| (path.display().to_string(), it))
            && !bytes.1.is_empty()
            && !places.contains(&bytes)
        {
            places.push(bytes);
        }
    }
    let children = fs::read_to_string(proc.join(format!("task/{id}/children"))).unwrap_or_default();
    children.split_whitespace().filter_map(|it| it.parse().ok()).for_each(|it| of_processes(it, places));
}

/// A daemon that logs all it can; ended when dropped.
pub struct Daemon(Child);

impl Daemon {
    /// Starts it in a folder with a `config`; its log goes to `log` there.
    pub fn start(dir: &Path) -> Daemon {
        let log = fs::File::options().create(true).append(true).open(dir.join("log")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_uketsuke"));
        command.current_dir(dir).env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full");
        command.args(["--config", "config", "--verbose", "run"]).stdin(Stdio::null());
        Daemon(command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap())
    }

    /// Waits until it is so; meanwhile looks at the processes.
    #[track_caller]
    pub fn until(&mut self, mut holds: impl FnMut() -> bool) -> Places {
        let (begun, mut places) = (Instant::now(), Vec::new());
        while !holds() {
            of_processes(self.0.id(), &mut places);
            assert!(self.0.try_wait().unwrap().is_none(), "the daemon ended");
            assert!(begun.elapsed() < Duration::from_secs(60), "it did not come to that");
            std::thread::sleep(Duration::from_millis(5));
        }
        of_processes(self.0.id(), &mut places);
        places
    }

    /// Ends it in good order.
    pub fn end(mut self) {
        let ended = Command::new("kill").arg(self.0.id().to_string()).status().unwrap();
        assert!(ended.success() && self.0.wait().unwrap().success());
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
