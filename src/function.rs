//! The elementary functions that formulas are made of, and what they mean in f64.

/// A function of one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unary {
    /// −x.
    Negate,
    /// |x|.
    Abs,
    /// −1, 0 or 1; NaN of NaN.
    Sign,
    /// The largest whole number that is not larger.
    Floor,
    /// √x.
    Sqrt,
    /// ∛x, of negative numbers too.
    Cbrt,
    /// eˣ.
    Exp,
    /// 2ˣ.
    Exp2,
    /// The natural logarithm.
    Ln,
    /// The logarithm to base 2.
    Log2,
    /// The logarithm to base 10.
    Log10,
    /// Sine of an angle in radians.
    Sin,
    /// Cosine of an angle in radians.
    Cos,
    /// Tangent of an angle in radians.
    Tan,
    /// The angle in [−π/2, π/2] with this sine.
    Asin,
    /// The angle in [0, π] with this cosine.
    Acos,
    /// The angle in (−π/2, π/2) with this tangent.
    Atan,
    /// Hyperbolic sine.
    Sinh,
    /// Hyperbolic cosine.
    Cosh,
    /// Hyperbolic tangent.
    Tanh,
}

/// A function of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Binary {
    /// The first where it is less than the second, else the second.
    Minimum,
    /// The first where the second is less than it, else the second.
    Maximum,
    /// The angle of the point (second, first), in [−π, π].
    Atan2,
    /// The first to the power of the second; of a negative number only where the second is whole.
    Power,
}

/// How two numbers are compared; always false where either is NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Comparison {
    /// The first is less.
    Less,
    /// The first is not more.
    LessOrEqual,
    /// Both are the same number.
    Equal,
}

impl Unary {
    /// Its value at `x`.
    pub fn of(self, x: f64) -> f64 {
        match self {
            Self::Negate => -x,
            Self::Abs => x.abs(),
            Self::Sign if x == 0.0 || x.is_nan() => x,
            Self::Sign => x.signum(),
            Self::Floor => x.floor(),
            Self::Sqrt => x.sqrt(),
            Self::Cbrt => x.cbrt(),
            Self::Exp => x.exp(),
            Self::Exp2 => x.exp2(),
            Self::Ln => x.ln(),
            Self::Log2 => x.log2(),
            Self::Log10 => x.log10(),
            Self::Sin => x.sin(),
            Self::Cos => x.cos(),
            Self::Tan => x.tan(),
            Self::Asin => x.asin(),
            Self::Acos => x.acos(),
            Self::Atan => x.atan(),
            Self::Sinh => x.sinh(),
            Self::Cosh => x.cosh(),
            Self::Tanh => x.tanh(),
        }
    }
}

impl Binary {
    /// Its value at (`a`, `b`).
    pub fn of(self, a: f64, b: f64) -> f64 {
        match self {
            Self::Minimum => {
                if a < b {
                    a
                } else {
                    b
                }
            }
            Self::Maximum => {
                if b < a {
                    a
                } else {
                    b
                }
            }
            Self::Atan2 => a.atan2(b),
            Self::Power => a.powf(b),
        }
    }
}

impl Comparison {
    /// Whether it holds of (`a`, `b`).
    pub fn holds(self, a: f64, b: f64) -> bool {
        match self {
            Self::Less => a < b,
            Self::LessOrEqual => a <= b,
            Self::Equal => a == b,
        }
    }
}
