//! An RSA-4096 key that signs in a fraction of the time a real one takes, because its modulus is a
//! product of 64 small primes and not of two large ones. Everybody can factor it; a verifier cannot tell.
//!
//! Without it a target whose claims are signed by a vendor would spend its time on signing.

use sha2::{Digest as _, Sha256};

const PRIMES: usize = 64;
const EXPONENT: u64 = 65_537;
const BYTES: usize = 512;

/// The key.
pub struct WeakRsa {
    primes: Vec<Prime>,
    spki: Vec<u8>,
}

struct Prime {
    p: u64,
    /// The private exponent modulo p − 1.
    d: u64,
    /// The inverse of the product of all primes before this one.
    garner: u64,
}

impl WeakRsa {
    /// The key of the 64 largest primes of 64 bits that suit the exponent.
    pub fn new() -> Self {
        let largest = (0..=u64::MAX)
            .rev()
            .filter(|&n| n % EXPONENT != 1 && is_prime(n));
        let mut product = vec![1];
        let primes = largest
            .take(PRIMES)
            .map(|p| {
                let garner = power(remainder(&product, p), p - 2, p);
                product = times_plus(&product, p, &[]);
                Prime {
                    p,
                    d: inverse(EXPONENT, p - 1),
                    garner,
                }
            })
            .collect();
        Self {
            primes,
            spki: spki(&big_endian(&product)),
        }
    }

    /// The SubjectPublicKeyInfo (DER).
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// A PS256 signature (RFC 8017 §8.1.1) with a salt that is always the same.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let encoded = pss(message, &[7; 32]);
        let mut limbs: Vec<u64> = encoded
            .rchunks(8)
            .map(|chunk| {
                chunk
                    .iter()
                    .fold(0, |limb, &byte| (limb << 8) | u64::from(byte))
            })
            .collect();
        limbs.truncate(BYTES / 8);
        // Garner's recombination: after each prime, `sum` is right modulo all primes so far.
        let (mut sum, mut product) = (vec![0], vec![1]);
        for Prime { p, d, garner } in &self.primes {
            let wanted = power(remainder(&limbs, *p), *d, *p);
            let missing = subtract(wanted, remainder(&sum, *p), *p);
            sum = times_plus(&product, multiply(missing, *garner, *p), &sum);
            product = times_plus(&product, *p, &[]);
        }
        big_endian(&sum)
    }
}

impl Default for WeakRsa {
    fn default() -> Self {
        Self::new()
    }
}

/// EMSA-PSS (RFC 8017 §9.1.1) for 4,095 bits.
fn pss(message: &[u8], salt: &[u8; 32]) -> Vec<u8> {
    let inner = Sha256::digest(message);
    let hash = Sha256::new()
        .chain_update([0; 8])
        .chain_update(inner)
        .chain_update(salt)
        .finalize();
    let mut block = vec![0; BYTES - 32 - 1];
    let at = block.len() - 33;
    block[at] = 1;
    block[at + 1..].copy_from_slice(salt);
    for (counter, chunk) in (0_u32..).zip(block.chunks_mut(32)) {
        let mask = Sha256::new()
            .chain_update(hash)
            .chain_update(counter.to_be_bytes())
            .finalize();
        chunk
            .iter_mut()
            .zip(mask)
            .for_each(|(byte, mask)| *byte ^= mask);
    }
    block[0] &= 0x7f;
    [&block[..], &hash, &[0xbc]].concat()
}

fn spki(modulus: &[u8]) -> Vec<u8> {
    let modulus = der(2, &[&[0], modulus].concat());
    let key = der(0x30, &[&modulus[..], &[2, 3, 1, 0, 1]].concat());
    let algorithm = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
    der(
        0x30,
        &[&algorithm[..], &der(3, &[&[0], &key[..]].concat())].concat(),
    )
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    [&[tag, 0x82, length[6], length[7]], content].concat()
}

// Numbers of many limbs, the lowest first.

/// a × b + c.
fn times_plus(a: &[u64], b: u64, c: &[u64]) -> Vec<u64> {
    let mut out = Vec::with_capacity(a.len() + 1);
    let mut carry = 0_u128;
    for at in 0..a.len().max(c.len()) {
        let limb = |of: &[u64]| of.get(at).copied().map_or(0, u128::from);
        let sum = limb(a) * u128::from(b) + limb(c) + carry;
        out.push(sum as u64);
        carry = sum >> 64;
    }
    if carry > 0 {
        out.push(carry as u64);
    }
    out
}

fn remainder(limbs: &[u64], p: u64) -> u64 {
    let step = |rest: u64, &limb: &u64| {
        ((u128::from(rest) << 64 | u128::from(limb)) % u128::from(p)) as u64
    };
    limbs.iter().rev().fold(0, step)
}

fn big_endian(limbs: &[u64]) -> Vec<u8> {
    let mut out: Vec<u8> = limbs
        .iter()
        .rev()
        .flat_map(|limb| limb.to_be_bytes())
        .collect();
    let missing = BYTES - out.len();
    out.splice(0..0, vec![0; missing]);
    out
}

// Numbers of one limb.

fn multiply(a: u64, b: u64, p: u64) -> u64 {
    (u128::from(a) * u128::from(b) % u128::from(p)) as u64
}

fn subtract(a: u64, b: u64, p: u64) -> u64 {
    if a >= b { a - b } else { p - (b - a) }
}

fn power(mut base: u64, mut exponent: u64, p: u64) -> u64 {
    let mut out = 1;
    while exponent > 0 {
        if exponent & 1 == 1 {
            out = multiply(out, base, p);
        }
        base = multiply(base, base, p);
        exponent >>= 1;
    }
    out
}

/// The inverse of a modulo m, by the extended Euclidean algorithm.
fn inverse(a: u64, m: u64) -> u64 {
    let (mut old, mut new) = ((i128::from(m), 0_i128), (i128::from(a), 1_i128));
    while new.0 != 0 {
        let quotient = old.0 / new.0;
        (old, new) = (new, (old.0 - quotient * new.0, old.1 - quotient * new.1));
    }
    old.1.rem_euclid(i128::from(m)) as u64
}

/// Miller and Rabin's test; with these bases it never errs on 64 bits.
fn is_prime(n: u64) -> bool {
    const BASES: [u64; 12] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];
    if BASES.iter().any(|base| n % base == 0) {
        return false;
    }
    let twos = (n - 1).trailing_zeros();
    BASES.iter().all(|&base| {
        let mut x = power(base, (n - 1) >> twos, n);
        x == 1
            || (0..twos).any(|_| {
                let found = x == n - 1;
                x = multiply(x, x, n);
                found
            })
    })
}
