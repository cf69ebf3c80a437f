//! Blake2b (RFC 7693) cut down to what a work needs: 40 bytes of input in one block, 8 bytes of output.
//!
//! Of the sixteen message words only the first differs from nonce to nonce, four are the root, and eleven are zero and
//! need not be added. Three columns of the first round do not see the nonce at all and are mixed once per root. Of the
//! last round only the two words that make the digest are mixed to the end.
//!
//! The rounds are written once, as a macro, over a type `Lanes` that holds the same word of several hashes. Each way to
//! compute (`portable`, `avx2`, …) supplies the type and its operations. A macro and
//! no trait, because the methods of a trait cannot have processor features of their own.

use nanoark_nano::work::Root;

/// RFC 7693, 2.6.
const INITIAL: [u64; 8] = [
    0x6a09_e667_f3bc_c908,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];

/// Digest of 8 bytes, no key, one leaf.
const PARAMETERS: u64 = 0x0101_0008;

/// Nonce and root.
const INPUT_BYTES: u64 = 40;

/// The first word of the chain value, which is also the word that the digest is taken from.
pub(crate) const CHAIN: u64 = INITIAL[0] ^ PARAMETERS;

/// What the hashes of all nonces of one root have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Midstate {
    /// The words of the working vector, with all columns but the first of the first round mixed.
    pub(crate) vector: [u64; 16],
    /// Message words 1 to 4.
    pub(crate) root: [u64; 4],
}

impl Midstate {
    pub(crate) fn of(root: &Root) -> Self {
        let mut words = [0; 4];
        let (bytes, _) = root.as_bytes().as_chunks();
        for (word, bytes) in words.iter_mut().zip(bytes) {
            *word = u64::from_le_bytes(*bytes);
        }
        let [_, second, third, fourth] = words;
        let [i0, i1, i2, i3, i4, i5, i6, i7] = INITIAL;
        let [v1, v5, v9, v13] = mixed([i1, i5, i1, i5], second, third);
        let [v2, v6, v10, v14] = mixed([i2, i6, i2, !i6], fourth, 0);
        let [v3, v7, v11, v15] = mixed([i3, i7, i3, i7], 0, 0);
        Self {
            vector: [
                CHAIN,
                v1,
                v2,
                v3,
                i4,
                v5,
                v6,
                v7,
                i0,
                v9,
                v10,
                v11,
                i4 ^ INPUT_BYTES,
                v13,
                v14,
                v15,
            ],
            root: words,
        }
    }
}

/// The mixing function G (RFC 7693, 3.1) on one hash.
fn mixed([mut a, mut b, mut c, mut d]: [u64; 4], x: u64, y: u64) -> [u64; 4] {
    a = a.wrapping_add(b).wrapping_add(x);
    d = (d ^ a).rotate_right(32);
    c = c.wrapping_add(d);
    b = (b ^ c).rotate_right(24);
    a = a.wrapping_add(b).wrapping_add(y);
    d = (d ^ a).rotate_right(16);
    c = c.wrapping_add(d);
    b = (b ^ c).rotate_right(63);
    [a, b, c, d]
}

/// One round on the working vector `$v`: columns, then diagonals. `$s` are the message words in the round's order.
macro_rules! round {
    ($rotations:ident, $words:ident, $v:ident, [$($s:literal)*]) => {
        let [v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15] = $v;
        let [s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15] = [$(word(&$words, $s)),*];
        let [v0, v4, v8, v12] = mix($rotations, [v0, v4, v8, v12], s0, s1);
        let [v1, v5, v9, v13] = mix($rotations, [v1, v5, v9, v13], s2, s3);
        let [v2, v6, v10, v14] = mix($rotations, [v2, v6, v10, v14], s4, s5);
        let [v3, v7, v11, v15] = mix($rotations, [v3, v7, v11, v15], s6, s7);
        let [v0, v5, v10, v15] = mix($rotations, [v0, v5, v10, v15], s8, s9);
        let [v1, v6, v11, v12] = mix($rotations, [v1, v6, v11, v12], s10, s11);
        let [v2, v7, v8, v13] = mix($rotations, [v2, v7, v8, v13], s12, s13);
        let [v3, v4, v9, v14] = mix($rotations, [v3, v4, v9, v14], s14, s15);
        let $v = [v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15];
    };
}
pub(crate) use round;

/// Defines `first_of` from what the caller has in scope: `Lanes` and how many they are, `LANES`; `splat`,
/// `counting_from`, `add`, `xor`, `rotate_right::<BITS>` with the `Rotations` it needs, and `reaching`. `$feature` is
/// the processor feature that they need.
macro_rules! first_of {
    ($(#[$feature:meta])?) => {
        /// The message word with this index, unless it is zero.
        $(#[$feature])?
        #[inline]
        fn word(words: &[Lanes; 5], index: usize) -> Option<Lanes> {
            words.get(index).copied()
        }

        /// The sum of `a`, `b` and a message word. `b` comes last: it is the one that is waited for.
        $(#[$feature])?
        #[inline]
        fn sum(a: Lanes, b: Lanes, word: Option<Lanes>) -> Lanes {
            match word {
                Some(word) => add(add(a, word), b),
                None => add(a, b),
            }
        }

        /// The mixing function G (RFC 7693, 3.1).
        $(#[$feature])?
        #[inline]
        fn mix(
            rotations: Rotations,
            [mut a, mut b, mut c, mut d]: [Lanes; 4],
            x: Option<Lanes>,
            y: Option<Lanes>,
        ) -> [Lanes; 4] {
            a = sum(a, b, x);
            d = rotate_right::<32>(xor(d, a), rotations);
            c = add(c, d);
            b = rotate_right::<24>(xor(b, c), rotations);
            a = sum(a, b, y);
            d = rotate_right::<16>(xor(d, a), rotations);
            c = add(c, d);
            b = rotate_right::<63>(xor(b, c), rotations);
            [a, b, c, d]
        }

        /// How far from `start` the first nonce is whose hash reaches `threshold`, if it is in the first `groups`
        /// groups of [`LANES`].
        $(#[$feature])?
        pub(crate) fn first_of(root: &Midstate, threshold: u64, start: u64, groups: u64) -> Option<u64> {
            let [v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15] = root.vector;
            let [r0, r1, r2, r3] = root.root;
            let middle = [
                splat(v0), splat(v1), splat(v2), splat(v3), splat(v4), splat(v5), splat(v6), splat(v7),
                splat(v8), splat(v9), splat(v10), splat(v11), splat(v12), splat(v13), splat(v14), splat(v15),
            ];
            let words_of_root = [splat(r0), splat(r1), splat(r2), splat(r3)];
            let (chain, step) = (splat(CHAIN), splat(LANES));
            let rotations = rotations();
            let mut nonces = counting_from(start);
            for group in 0..groups {
                let [r0, r1, r2, r3] = words_of_root;
                let words = [nonces, r0, r1, r2, r3];

                // The rest of the first round.
                let [v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15] = middle;
                let [v0, v4, v8, v12] = mix(rotations, [v0, v4, v8, v12], word(&words, 0), word(&words, 1));
                let [v0, v5, v10, v15] = mix(rotations, [v0, v5, v10, v15], None, None);
                let [v1, v6, v11, v12] = mix(rotations, [v1, v6, v11, v12], None, None);
                let [v2, v7, v8, v13] = mix(rotations, [v2, v7, v8, v13], None, None);
                let [v3, v4, v9, v14] = mix(rotations, [v3, v4, v9, v14], None, None);
                let v = [v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15];

                // RFC 7693, 2.7.
                round!(rotations, words, v, [14 10 4 8 9 15 13 6 1 12 0 2 11 7 5 3]);
                round!(rotations, words, v, [11 8 12 0 5 2 15 13 10 14 3 6 7 1 9 4]);
                round!(rotations, words, v, [7 9 3 1 13 12 11 14 2 6 5 10 4 0 15 8]);
                round!(rotations, words, v, [9 0 5 7 2 4 10 15 14 1 11 12 6 8 3 13]);
                round!(rotations, words, v, [2 12 6 10 0 11 8 3 4 13 7 5 15 14 1 9]);
                round!(rotations, words, v, [12 5 1 15 14 13 4 10 0 7 6 3 9 2 8 11]);
                round!(rotations, words, v, [13 11 7 14 12 1 3 9 5 0 15 4 8 6 2 10]);
                round!(rotations, words, v, [6 15 14 9 11 3 0 8 12 2 13 7 1 4 10 5]);
                round!(rotations, words, v, [10 2 8 4 7 6 1 5 15 11 9 14 3 12 13 0]);
                round!(rotations, words, v, [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15]);
                // The compiler leaves out what does not flow into words 0 and 8.
                round!(rotations, words, v, [14 10 4 8 9 15 13 6 1 12 0 2 11 7 5 3]);

                let [first, _, _, _, _, _, _, _, ninth, _, _, _, _, _, _, _] = v;
                if let Some(lane) = reaching(xor(chain, xor(first, ninth)), threshold) {
                    return Some(group.wrapping_mul(LANES).wrapping_add(lane));
                }
                nonces = add(nonces, step);
            }
            None
        }
    };
}
pub(crate) use first_of;
