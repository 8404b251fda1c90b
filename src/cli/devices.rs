//! `thalweg devices`: where descents can run on this machine.

use clap::Args;
use serde_json::json;

use crate::backend::cpu::Cpu;
use crate::backend::gpu::{AdapterDescription, adapters};
use crate::backend::{Backend, Description};
use crate::cli::options::Voice;
use crate::cli::report;
use crate::error::Result;

/// What `thalweg devices --help` says last.
pub(super) const HELP: &str = "\
Adapters come in the order in which --backend gpu prefers them. Software adapters are programs that play a GPU: good for tests, and
used only where --backend gpu or --adapter asks for one, by its number here or by any part of its name, in any letter case.";

/// The options of `devices`.
#[derive(Args, Debug)]
pub(super) struct Devices {
    /// How to speak.
    #[command(flatten)]
    pub(super) voice: Voice,
}

impl Devices {
    pub(super) fn execute(&self) -> Result<()> {
        let (cpu, found) = (Cpu::new(None)?, adapters());
        let Description { adapter: processor, driver, lanes, .. } = cpu.description();
        if self.voice.json {
            let adapter = |adapter: &AdapterDescription| {
                json!({
                    "name": adapter.name, "type": adapter.kind, "interface": adapter.interface, "driver": adapter.driver,
                    "largest_buffer": adapter.largest_buffer, "timestamps": adapter.has_timestamps,
                })
            };
            return report::print_json(&json!({
                "command": "devices",
                "cpu": { "processor": processor, "instructions": cpu.instructions(), "threads": cpu.threads(), "lanes": lanes },
                "adapters": found.iter().map(adapter).collect::<Vec<_>>(),
            }));
        }
        let mut text = format!("cpu: {processor}, {driver}, {lanes} lanes a block\n");
        if found.is_empty() {
            text += "gpu: none; a Vulkan, Metal or DirectX 12 driver would make one known (Debian and Ubuntu: apt-get install mesa-vulkan-drivers)\n";
            return report::print(&text);
        }
        let row = |(number, adapter): (usize, &AdapterDescription)| {
            let buffer = format!("{} MiB", adapter.largest_buffer >> 20);
            vec![number.to_string(), adapter.name.clone(), adapter.kind.into(), adapter.interface.clone(), buffer, adapter.driver.clone()]
        };
        let header = ["number", "adapter", "type", "interface", "largest buffer", "driver"].map(String::from);
        text += &report::aligned(&header, found.iter().enumerate().map(row).collect(), found.len() as u64);
        report::print(&text)
    }
}
