//! What the processor of this machine is called.

/// The name its maker gave it, or its architecture where it does not say.
pub(super) fn name() -> String {
    branded().unwrap_or_else(|| std::env::consts::ARCH.into())
}

#[cfg(target_arch = "x86_64")]
fn branded() -> Option<String> {
    let brand = raw_cpuid::CpuId::new().get_processor_brand_string()?;
    // Padded with blanks to 48 characters.
    let words: Vec<&str> = brand.as_str().split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

#[cfg(not(target_arch = "x86_64"))]
fn branded() -> Option<String> {
    None
}
