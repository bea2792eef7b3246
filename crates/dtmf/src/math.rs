//! The few functions that `core` lacks, good to about 1e-12, and computable by the compiler.

use core::f64::consts::{LN_2, LN_10, TAU};

/// Returns the sine and the cosine of an angle of at most some million radians.
pub(crate) const fn sin_cos(angle: f64) -> (f64, f64) {
    #![expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "turns are few"
    )]
    let turns = angle / TAU;
    let fraction = turns - (turns as i64) as f64;
    // Small angles for the series, then doubled back.
    let small = fraction * TAU / 16.0;
    let square = small * small;
    let mut sine = small * series(square, 2.0);
    let mut cosine = series(square, 1.0);
    let mut doublings = 0;
    while doublings < 4 {
        (sine, cosine) = (2.0 * sine * cosine, cosine * cosine - sine * sine);
        doublings += 1;
    }
    (sine, cosine)
}

/// Returns 1 - x/(a(a+1)) + x²/(a(a+1)(a+2)(a+3)) ...
const fn series(x: f64, first: f64) -> f64 {
    let (mut sum, mut term, mut factor) = (1.0, 1.0, first);
    let mut terms = 0;
    while terms < 8 {
        term *= -x / (factor * (factor + 1.0));
        sum += term;
        factor += 2.0;
        terms += 1;
    }
    sum
}

/// Returns 10 to the power of `x`, for -100 to 100.
pub(crate) const fn pow10(x: f64) -> f64 {
    let mut small = x * LN_10 / 1_024.0;
    let (mut sum, mut term, mut n) = (1.0, 1.0, 1.0);
    while n < 12.0 {
        term *= small / n;
        sum += term;
        n += 1.0;
    }
    small = sum;
    let mut squarings = 0;
    while squarings < 10 {
        small *= small;
        squarings += 1;
    }
    small
}

/// Returns the decimal logarithm of a positive normal number.
pub(crate) fn log10(x: f64) -> f64 {
    let bits = x.to_bits();
    let exponent = i32::try_from((bits >> 52) & 0x7ff).unwrap_or(0) - 1_023;
    let mantissa = f64::from_bits((bits & ((1 << 52) - 1)) | (1_023 << 52));
    // ln m = 2 artanh((m - 1) / (m + 1))
    let y = (mantissa - 1.0) / (mantissa + 1.0);
    let square = y * y;
    let (mut sum, mut power, mut n) = (0.0, y, 1.0);
    while n < 30.0 {
        sum += power / n;
        power *= square;
        n += 2.0;
    }
    (2.0 * sum + f64::from(exponent) * LN_2) / LN_10
}

/// Returns the square root; 0 for what has none.
pub(crate) fn sqrt(x: f32) -> f32 {
    if x.partial_cmp(&0.0) != Some(core::cmp::Ordering::Greater) {
        return 0.0;
    }
    // Half the exponent is a guess good to 4 %.
    let mut root = f32::from_bits((x.to_bits() >> 1) + 0x1fbd_1df5);
    for _ in 0..3 {
        root = 0.5 * (root + x / root);
    }
    root
}

/// Returns the angle of a vector, in radians, good to 1e-4.
pub(crate) fn atan2(y: f32, x: f32) -> f32 {
    use core::f32::consts::{FRAC_PI_2, PI};
    let (small, large) = if y.abs() < x.abs() { (y.abs(), x.abs()) } else { (x.abs(), y.abs()) };
    if large == 0.0 {
        return 0.0;
    }
    let ratio = small / large;
    let square = ratio * ratio;
    // A minimax polynomial on 0 to 1
    let angle = ratio
        * (0.999_866
            + square
                * (-0.330_299_5
                    + square * (0.180_141 + square * (-0.085_133 + square * 0.020_835_1))));
    let angle = if y.abs() < x.abs() { angle } else { FRAC_PI_2 - angle };
    let angle = if x < 0.0 { PI - angle } else { angle };
    if y < 0.0 { -angle } else { angle }
}

/// Narrows what was computed once with care.
pub(crate) const fn narrow(x: f64) -> f32 {
    #![expect(clippy::cast_possible_truncation, reason = "24 bits are enough for 16-bit samples")]
    x as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_functions_are_those_of_the_standard_library() {
        for n in -2_000..2_000 {
            let x = f64::from(n) / 37.0;
            let (sine, cosine) = sin_cos(x);
            assert!((sine - x.sin()).abs() < 1e-12 && (cosine - x.cos()).abs() < 1e-12, "{x}");
            assert!((pow10(x / 10.0) / 10_f64.powf(x / 10.0) - 1.0).abs() < 1e-9, "{x}");
            let positive = x.exp();
            assert!((log10(positive) - positive.log10()).abs() < 1e-12, "{x}");
            let root = f64::from(sqrt(narrow(positive)));
            assert!((root / positive.sqrt() - 1.0).abs() < 1e-6, "{x}");
            let (y, x) = (narrow(sine), narrow(cosine));
            assert!((atan2(y, x) - y.atan2(x)).abs() < 1e-4, "{y} {x}");
        }
        assert_eq!([0.0, -1.0, f32::NAN].map(sqrt), [0.0; 3]);
        assert!(atan2(0.0, 0.0).abs() < f32::EPSILON);
    }
}
