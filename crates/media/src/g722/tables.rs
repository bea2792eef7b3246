//! The tables of ITU-T G.722.

/// Decision levels of the 60-level quantiser of the lower sub-band, for half of its intervals (table 14, Q6).
pub(super) const Q6: [i32; 30] = [
    0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940,
    1_023, 1_121, 1_219, 1_339, 1_458, 1_612, 1_765, 1_980, 2_195, 2_557, 2_919,
];

/// Output levels of the 60-level quantiser, for each code of the lower sub-band (QM6).
pub(super) const QM6: [i32; 64] = [
    -136, -136, -136, -136, -24_808, -21_904, -19_008, -16_704, -14_984, -13_512, -12_280, -11_192,
    -10_232, -9_360, -8_576, -7_856, -7_192, -6_576, -6_000, -5_456, -4_944, -4_464, -4_008,
    -3_576, -3_168, -2_776, -2_400, -2_032, -1_688, -1_360, -1_040, -728, 24_808, 21_904, 19_008,
    16_704, 14_984, 13_512, 12_280, 11_192, 10_232, 9_360, 8_576, 7_856, 7_192, 6_576, 6_000,
    5_456, 4_944, 4_464, 4_008, 3_576, 3_168, 2_776, 2_400, 2_032, 1_688, 1_360, 1_040, 728, 432,
    136, -432, -136,
];

/// Output levels by the four upper bits of such a code, which alone steer the predictor (QM4).
pub(super) const QM4: [i32; 16] = [
    0, -20_456, -12_896, -8_968, -6_288, -4_240, -2_584, -1_200, 20_456, 12_896, 8_968, 6_288,
    4_240, 2_584, 1_200, 0,
];

/// Output levels of the upper sub-band (QM2).
pub(super) const QM2: [i32; 4] = [-7_408, -1_616, 7_408, 1_616];

/// The decision level of the upper sub-band (Q2).
pub(super) const Q2: i32 = 564;

/// By how much a code of the lower sub-band moves the logarithmic scale factor (RL42 and WL).
pub(super) const WL: [i32; 16] =
    [-60, 3_042, 1_198, 538, 334, 172, 58, -30, 3_042, 1_198, 538, 334, 172, 58, -30, -60];

/// By how much a code of the upper sub-band does (RH2 and WH).
pub(super) const WH: [i32; 4] = [798, -214, 798, -214];

/// The fractional part of a logarithmic scale factor made linear (ILB): 2,048 · 2^(n/32).
pub(super) const ILB: [i32; 32] = [
    2_048, 2_093, 2_139, 2_186, 2_233, 2_282, 2_332, 2_383, 2_435, 2_489, 2_543, 2_599, 2_656,
    2_714, 2_774, 2_834, 2_896, 2_960, 3_025, 3_091, 3_158, 3_228, 3_298, 3_371, 3_444, 3_520,
    3_597, 3_676, 3_756, 3_838, 3_922, 4_008,
];

/// Half of the coefficients of the quadrature mirror filters, which are symmetric (table 11).
pub(super) const QMF: [i32; 12] = [3, -11, 12, 32, -210, 951, 3_876, -805, 362, -156, 53, -11];
