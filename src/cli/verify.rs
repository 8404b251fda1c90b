//! `thalweg verify`: whether this machine's backends do what the reference does.

use clap::Args;
use serde_json::{Value, json};

use crate::analysis::certificate::{Check, certify};
use crate::backend::choice::Kind;
use crate::backend::cpu::Cpu;
use crate::backend::gpu::{Gpu, adapters};
use crate::backend::{Backend, Description};
use crate::cli::options::{Place, Voice};
use crate::cli::report::{self, short};
use crate::error::{Error, Result};
use crate::shader::LANES;
use crate::table::json::number;

/// What `thalweg verify --help` says last.
pub(super) const HELP: &str = "\
Compares every loss × dimension (and, on a GPU, every lane width), and every optimizer on one of them, with the f64 reference: one step from the same bits,
50 steps against the closed form, and the basins and statuses of a map. Each number may differ by what the roundings on the way to
it can add up to, a bound that the reference computes along with it. Differing labels pass only beside a basin boundary, where rounding
decides.
With auto, the GPU backend is checked on the best adapter, software ones included, and the CPU backend too.
Exit code 1 where a check fails.";

/// The options of `verify`.
#[derive(Args, Debug)]
pub(super) struct Verify {
    /// Where to run.
    #[command(flatten)]
    pub(super) place: Place,
    /// How to speak.
    #[command(flatten)]
    pub(super) voice: Voice,
}

impl Verify {
    pub(super) fn execute(&self) -> Result<()> {
        let mut certificates = Vec::new();
        for backend in self.backends()? {
            let mut checks = Vec::new();
            certify(&*backend, |check| {
                if !check.passed() && !self.voice.quiet {
                    report::note(&format!("failed: {}", line(&check)));
                }
                checks.push(check);
            })?;
            let certificate = Certificate { description: backend.description().clone(), checks };
            if !self.voice.json {
                report::print(&certificate.text())?;
            }
            certificates.push(certificate);
        }
        let failed: usize = certificates.iter().map(|certificate| certificate.failed().count()).sum();
        if self.voice.json {
            let backends: Vec<Value> = certificates.iter().map(Certificate::json).collect();
            report::print_json(&json!({ "command": "verify", "passed": failed == 0, "backends": backends }))?;
        }
        match failed {
            0 => Ok(()),
            _ => Err(Error::CheckFailed(format!("{failed} checks failed; this adapter and driver are not to be trusted with descents"))),
        }
    }

    fn backends(&self) -> Result<Vec<Box<dyn Backend>>> {
        let choice = self.place.choice()?;
        let cpu = || Cpu::new(choice.threads).map(|cpu| Box::new(cpu) as Box<dyn Backend>);
        let gpu = || -> Result<Vec<Box<dyn Backend>>> {
            let gpu = Gpu::open(choice.adapter.as_deref(), None)?;
            LANES.iter().map(|lanes| gpu.with_lanes(*lanes).map(|gpu| Box::new(gpu) as Box<dyn Backend>)).collect()
        };
        match choice.kind {
            Kind::Cpu => Ok(vec![cpu()?]),
            Kind::Gpu => gpu(),
            Kind::Auto if choice.adapter.is_some() => gpu(),
            Kind::Auto if adapters().is_empty() => {
                if !self.voice.quiet {
                    report::note("no adapter found: only the cpu backend is checked");
                }
                Ok(vec![cpu()?])
            }
            Kind::Auto => Ok(gpu()?.into_iter().chain([cpu()?]).collect()),
            Kind::Reference => Err(Error::invalid("backend", "the reference is what others are checked against; use auto, gpu or cpu")),
        }
    }
}

/// What was found of one backend.
struct Certificate {
    description: Description,
    checks: Vec<Check>,
}

impl Certificate {
    fn failed(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| !check.passed())
    }

    fn text(&self) -> String {
        let (failed, lanes) = (self.failed().count(), self.description.lanes);
        let mut text = format!("{}, {}\n", self.description, report::number_of(lanes as u64, "lane"));
        for (kind, what) in [("one step", "single steps"), ("closed form", "50 steps, closed form"), ("basins", "basins and statuses")] {
            let checks: Vec<&Check> = self.checks.iter().filter(|check| check.name.contains(kind)).collect();
            let compared: u64 = checks.iter().map(|check| check.compared).sum();
            let skipped: u64 = checks.iter().map(|check| check.skipped).sum();
            let (mismatches, at_boundary) =
                checks.iter().fold((0, 0), |(all, beside), check| (all + check.mismatches, beside + check.at_boundary));
            let worst = checks.iter().max_by(|a, b| a.largest_error.total_cmp(&b.largest_error));
            text += &format!("  {what}: {} checks of {} values", checks.len(), report::grouped(compared));
            if let Some(worst) = worst.filter(|worst| worst.allowed_error > 0.0) {
                text += &format!("; largest error {} of its bound ({})", short(worst.largest_error), worst.name);
            }
            text += &format!("; {mismatches} mismatches");
            if mismatches > 0 {
                text += &format!(", {at_boundary} of them at a basin boundary");
            }
            if skipped > 0 {
                text += &format!("; {skipped} descents left out, two branches being too close to call");
            }
            text += "\n";
        }
        let verdict = if failed == 0 { format!("all {} checks passed", self.checks.len()) } else { format!("{failed} checks FAILED") };
        text + &format!("  {verdict}\n")
    }

    fn json(&self) -> Value {
        let check = |check: &Check| {
            json!({
                "name": check.name, "passed": check.passed(), "compared": check.compared, "skipped": check.skipped,
                "largest_error": number(check.largest_error), "allowed_error": number(check.allowed_error),
                "mismatches": check.mismatches, "at_boundary": check.at_boundary,
            })
        };
        json!({
            "kind": self.description.kind, "adapter": self.description.adapter, "driver": self.description.driver,
            "lanes": self.description.lanes, "passed": self.failed().next().is_none(),
            "checks": self.checks.iter().map(check).collect::<Vec<_>>(),
        })
    }
}

fn line(check: &Check) -> String {
    format!(
        "{}: error {} of its bound, {} mismatches of which {} at a boundary",
        check.name,
        short(check.largest_error),
        check.mismatches,
        check.at_boundary
    )
}
