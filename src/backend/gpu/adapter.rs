//! The adapters of this machine, and which of them to use.

use crate::error::{Error, Result};

/// An adapter, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdapterDescription {
    /// Its name.
    pub name: String,
    /// `discrete`, `integrated`, `virtual`, `software` or `unknown`.
    pub kind: &'static str,
    /// The graphics interface it is reached through.
    pub interface: String,
    /// The driver and its version.
    pub driver: String,
    /// The largest buffer a program can read or write, in bytes.
    pub largest_buffer: u64,
    /// Whether it can time its own work.
    pub has_timestamps: bool,
}

/// The adapters found, the one to prefer first.
pub(super) fn find() -> Vec<wgpu::Adapter> {
    // GL comes last, and alone: looking for it prints stray errors on machines without a display.
    let native = wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12;
    let mut found = enumerate(native);
    if found.is_empty() {
        found = enumerate(wgpu::Backends::GL);
    }
    found.retain(|adapter| adapter.get_downlevel_capabilities().flags.contains(wgpu::DownlevelFlags::COMPUTE_SHADERS));
    found.sort_by_key(|adapter| rank(adapter.get_info().device_type));
    found
}

fn enumerate(backends: wgpu::Backends) -> Vec<wgpu::Adapter> {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = backends;
    pollster::block_on(wgpu::Instance::new(descriptor).enumerate_adapters(backends))
}

fn rank(kind: wgpu::DeviceType) -> u8 {
    match kind {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    }
}

/// Whether it is a program that plays a GPU.
pub(super) fn is_software(adapter: &wgpu::Adapter) -> bool {
    adapter.get_info().device_type == wgpu::DeviceType::Cpu
}

/// The adapter of this number among all, or whose name contains `name`, letter case aside; or else the best one.
pub(super) fn pick(name: Option<&str>) -> Result<wgpu::Adapter> {
    let mut found = find();
    let names: Vec<String> = found.iter().map(|adapter| adapter.get_info().name).collect();
    if names.is_empty() {
        let reason = "this machine has none; install a Vulkan driver (on Debian and Ubuntu: apt-get install mesa-vulkan-drivers) \
                      or use --backend cpu";
        return Err(Error::Adapter { reason: reason.into() });
    }
    let name = name.unwrap_or_default();
    if let Some(number) = name.parse().ok().filter(|number| *number < found.len()) {
        return Ok(found.swap_remove(number));
    }
    let wanted = name.to_lowercase();
    let listed: Vec<String> = names.iter().enumerate().map(|(number, name)| format!("{number} {name}")).collect();
    let chosen = found.into_iter().find(|adapter| adapter.get_info().name.to_lowercase().contains(&wanted));
    chosen.ok_or_else(|| Error::Adapter { reason: format!("none is called '{name}'; there are: {}", listed.join(", ")) })
}

/// All adapters of this machine, the one to prefer first.
pub fn adapters() -> Vec<AdapterDescription> {
    find().iter().map(describe).collect()
}

/// What an adapter is, for people.
pub(super) fn describe(adapter: &wgpu::Adapter) -> AdapterDescription {
    let info = adapter.get_info();
    let kind = match info.device_type {
        wgpu::DeviceType::DiscreteGpu => "discrete",
        wgpu::DeviceType::IntegratedGpu => "integrated",
        wgpu::DeviceType::VirtualGpu => "virtual",
        wgpu::DeviceType::Cpu => "software",
        wgpu::DeviceType::Other => "unknown",
    };
    AdapterDescription {
        name: info.name,
        kind,
        interface: format!("{:?}", info.backend),
        driver: [info.driver, info.driver_info].join(" ").trim().to_string(),
        largest_buffer: adapter.limits().max_storage_buffer_binding_size,
        has_timestamps: adapter.features().contains(wgpu::Features::TIMESTAMP_QUERY),
    }
}
