//! Progress on a terminal, and Ctrl-C.

use std::io::{IsTerminal, stderr};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::backend::Monitor;
use crate::error::{Error, Result};

/// Runs shorter than this show no bar.
const PATIENCE: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(200);
/// What a shell reports of a program that Ctrl-C ended: 128 + SIGINT.
const INTERRUPTED: i32 = 130;

/// A monitor that the first Ctrl-C cancels; the second ends the program at once; the same one in a process, whose runs follow each other.
///
/// # Errors
/// [`Error::CheckFailed`] where the system takes no handler.
pub(super) fn cancelled_by_ctrl_c() -> Result<Arc<Monitor>> {
    static WATCHED: OnceLock<Arc<Monitor>> = OnceLock::new();
    if let Some(monitor) = WATCHED.get() {
        // A process has one handler, which serves all of its runs.
        monitor.finished.store(0, Ordering::Relaxed);
        return Ok(Arc::clone(monitor));
    }
    let monitor = Arc::new(Monitor::default());
    let watched = Arc::clone(&monitor);
    #[expect(clippy::exit, reason = "the user insists, and nothing half-written has its final name")]
    let on_ctrl_c = move || {
        if watched.cancelled.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED);
        }
    };
    ctrlc::set_handler(on_ctrl_c).map_err(|error| Error::CheckFailed(format!("Ctrl-C cannot be watched: {error}")))?;
    Ok(Arc::clone(WATCHED.get_or_init(|| monitor)))
}

/// A bar on stderr, for as long as this lives.
#[derive(Debug)]
pub(super) struct Progress {
    ticker: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Shows how many of `descents` the monitor counts as finished, on a terminal and unless `quiet`.
    pub(super) fn new(monitor: &Arc<Monitor>, descents: u64, quiet: bool) -> Self {
        if quiet || !stderr().is_terminal() {
            return Self { ticker: None };
        }
        let monitor = Arc::clone(monitor);
        let (sender, receiver) = channel::<()>();
        let handle = std::thread::spawn(move || {
            let bar = ProgressBar::with_draw_target(Some(descents), ProgressDrawTarget::hidden()).with_style(style());
            let mut patience = PATIENCE;
            while receiver.recv_timeout(patience) == Err(RecvTimeoutError::Timeout) {
                if bar.is_hidden() {
                    bar.set_draw_target(ProgressDrawTarget::stderr());
                }
                bar.set_position(monitor.finished.load(Ordering::Relaxed));
                patience = TICK;
            }
            bar.finish_and_clear();
        });
        Self { ticker: Some((sender, handle)) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((sender, handle)) = self.ticker.take() {
            drop(sender);
            // A bar that panicked has nothing left to clear.
            let _ = handle.join();
        }
    }
}

fn style() -> ProgressStyle {
    let template = "{percent:>3} % [{bar:30}] {human_pos} of {human_len} descents, {per_sec}, {eta} left";
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> ")
}
