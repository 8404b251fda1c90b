//! The numbers that update rules, schedules and transforms take.

/// A number that a rule, a schedule or a transform takes.
#[derive(Clone, Copy, Debug)]
pub struct Hyperparameter {
    /// Its name on the command line and in results.
    pub name: &'static str,
    /// A shorter name that is understood as well.
    pub short: Option<&'static str>,
    /// Its value where none is given; one without is asked for.
    pub default: Option<f32>,
    /// Its least value, if there is one.
    pub at_least: Option<f32>,
    /// What its values lie below.
    pub below: Option<f32>,
}

impl Hyperparameter {
    /// One that is not negative and has to be given.
    pub(crate) const fn asked(name: &'static str) -> Self {
        Self { name, short: None, default: None, at_least: Some(0.0), below: None }
    }

    /// One that is not negative.
    pub(crate) const fn of(name: &'static str, default: f32) -> Self {
        Self::asked(name).or(default)
    }

    /// One that is not negative and less than 1.
    pub(crate) const fn share(name: &'static str, default: f32) -> Self {
        Self { below: Some(1.0), ..Self::of(name, default) }
    }

    pub(crate) const fn called(self, short: &'static str) -> Self {
        Self { short: Some(short), ..self }
    }

    pub(crate) const fn or(self, default: f32) -> Self {
        Self { default: Some(default), ..self }
    }

    pub(crate) const fn least(self, least: f32) -> Self {
        Self { at_least: Some(least), ..self }
    }

    /// Whether it goes by this name, the full one or the short one.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.short == Some(name)
    }

    /// Whether it may have this value.
    pub fn allows(&self, value: f32) -> bool {
        self.at_least.is_none_or(|least| value >= least) && self.below.is_none_or(|end| value < end)
    }

    /// The values it may have, in words.
    pub fn domain(&self) -> String {
        let bounds = [self.at_least.map(|least| format!("at least {least}")), self.below.map(|end| format!("less than {end}"))];
        bounds.into_iter().flatten().collect::<Vec<_>>().join(" and ")
    }
}
