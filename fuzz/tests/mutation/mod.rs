//! Seeded mutations of inputs. The same seed gives the same bytes everywhere.

/// Words that formats are made of, and numbers at their edges.
const WORDS: [&str; 34] = [
    "null",
    "true",
    "{}",
    "[]",
    "\"\"",
    "0",
    "-1",
    "1e400",
    "0.5",
    "18446744073709551615",
    "18446744073709551616",
    "4294967296",
    "2100000000000000",
    "2100000000000001",
    "\\ud800",
    "\\u0000",
    "\u{0}",
    "\u{feff}",
    "é",
    "\"",
    "\\",
    ",",
    ":",
    "[",
    "]",
    "{",
    "}",
    "=",
    "?iv=",
    "ses_",
    "tark1",
    "ARK",
    "cHNidP8=",
    "ffffffffffffffff",
];

/// A stream of numbers (SplitMix64).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(name: &str, number: u64) -> Self {
        let name = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(name ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below this one; zero where there is none.
    fn below(&mut self, bound: usize) -> usize {
        if bound == 0 {
            0
        } else {
            (self.next() % bound as u64) as usize
        }
    }
}

/// Inputs that every target gets.
pub(crate) fn fixed(largest: usize) -> [(&'static str, Vec<u8>); 8] {
    [
        ("nothing", Vec::new()),
        ("a zero byte", vec![0]),
        ("zero bytes", vec![0; largest]),
        ("high bytes", vec![0xff; largest]),
        ("brackets", vec![b'['; largest]),
        ("objects", b"{\"a\":".repeat(largest / 5)),
        ("a text without end", [b"\"".to_vec(), vec![b'a'; largest]].concat()),
        ("digits", vec![b'9'; largest]),
    ]
}

/// A seed with one to four changes.
pub(crate) fn mutate(seeds: &[(String, Vec<u8>)], dice: &mut Dice, largest: usize) -> Vec<u8> {
    let mut data = seeds[dice.below(seeds.len())].1.clone();
    for _ in 0..=dice.below(4) {
        change(&mut data, seeds, dice);
    }
    data.truncate(largest);
    data
}

fn change(data: &mut Vec<u8>, seeds: &[(String, Vec<u8>)], dice: &mut Dice) {
    let at = dice.below(data.len());
    let end = (at + 1 + dice.below(64)).min(data.len());
    match dice.below(9) {
        0 if !data.is_empty() => data[at] ^= 1 << dice.below(8),
        1 if !data.is_empty() => data[at] = dice.next() as u8,
        2 => drop(data.drain(at.min(end)..end)),
        3 => {
            let piece = data[at.min(end)..end].to_vec();
            let place = dice.below(data.len() + 1);
            data.splice(place..place, piece);
        }
        4 => {
            let word = WORDS[dice.below(WORDS.len())];
            data.splice(at..at, word.bytes());
        }
        // A number, or a text, in the place of another.
        5 => replace(data, at, |byte| byte.is_ascii_digit(), dice),
        6 => replace(data, at, |byte| byte.is_ascii_alphanumeric(), dice),
        7 => {
            let other = &seeds[dice.below(seeds.len())].1;
            let from = dice.below(other.len());
            data.truncate(at);
            data.extend_from_slice(&other[from..]);
        }
        _ => data.truncate(at),
    }
}

/// Puts a word in the place of the next run of such bytes.
fn replace(data: &mut Vec<u8>, from: usize, such: impl Fn(&u8) -> bool, dice: &mut Dice) {
    let Some(start) = data[from..].iter().position(&such).map(|place| from + place) else {
        return;
    };
    let end = data[start..]
        .iter()
        .position(|byte| !such(byte))
        .map_or(data.len(), |place| start + place);
    let word = WORDS[dice.below(WORDS.len())];
    data.splice(start..end, word.bytes());
}
