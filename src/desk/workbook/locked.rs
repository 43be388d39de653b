//! Workbooks under a password ([MS-OFFCRYPTO] §2.3.4): opened in memory where a password fits. No password is kept,
//! logged or told in an error.

use std::iter::zip;

use aes::{
    Aes128, Aes192, Aes256,
    cipher::{Array, BlockCipherDecrypt, KeyInit as _},
};
use quick_xml::{XmlVersion, events::Event};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::compound::{Compound, word};
use crate::desk::{mail::base64, reading::Unreadable, rules::Bounds};

/// Excel protects a book's structure under this password, and opens such a book without asking ([MS-OFFCRYPTO] §2.4.2.2 names it for .xls).
const EXCELS_OWN: &str = "VelvetSweatshop";
/// Passwords tried on one file.
const MOST_PASSWORDS: usize = 20;
/// Excel takes no longer ones.
const LONGEST_PASSWORD: usize = 255;
/// Rounds of hashing for one file, over all passwords: a writer chooses up to 10,000,000 for each (§2.3.4.10). Half a second.
const MOST_ROUNDS: u64 = 2_500_000;
/// EncryptionInfo is one or two thousand bytes.
const MOST_INFO: usize = 65_536;
/// Rounds of the standard encryption (§2.3.4.7).
const STANDARD_ROUNDS: u32 = 50_000;
/// Bytes that the agile encryption encrypts in one go (§2.3.4.15).
const SEGMENT: usize = 4_096;
const BLOCK: usize = 16;

// block keys of the agile encryption (§2.3.4.11, §2.3.4.13)
const VERIFIER_INPUT: [u8; 8] = [0xFE, 0xA7, 0xD2, 0x76, 0x3B, 0x4B, 0x9E, 0x79];
const VERIFIER_VALUE: [u8; 8] = [0xD7, 0xAA, 0x0F, 0x6D, 0x30, 0x61, 0x34, 0x4E];
const KEY_VALUE: [u8; 8] = [0x14, 0x6E, 0x0B, 0xE7, 0xAB, 0xAC, 0xD0, 0xD6];

/// The package within, and the first password that fits.
///
/// # Errors
/// `Encrypted` where none fits, or where the encryption is of a kind that nobody writes.
pub(super) fn open<'p>(
    bytes: &[u8],
    passwords: &'p [String],
    bounds: &Bounds,
) -> Result<(Vec<u8>, &'p str), Unreadable> {
    let file = Compound::open(bytes).ok_or(Unreadable::Damaged)?;
    let info = file.stream("EncryptionInfo", MOST_INFO).ok_or(Unreadable::Damaged)?;
    let lock = Lock::read(&info).ok_or(Unreadable::Encrypted)?;
    let tries = usize::try_from(MOST_ROUNDS / u64::from(lock.rounds().max(1))).unwrap_or(0).min(MOST_PASSWORDS);
    let candidates = std::iter::once(EXCELS_OWN).chain(passwords.iter().map(String::as_str));
    let (key, password) = candidates
        .filter(|it| it.chars().count() <= LONGEST_PASSWORD)
        .take(tries)
        .find_map(|it| Some((lock.key(it)?, it)))
        .ok_or(Unreadable::Encrypted)?;
    let most = usize::try_from(bounds.workbook_bytes).unwrap_or(usize::MAX);
    let mut package = file.stream("EncryptedPackage", most).ok_or(Unreadable::Damaged)?;
    // the package's length, then the package (§2.3.4.4)
    let length = word(&package, 0).and_then(|it| usize::try_from(it).ok()).ok_or(Unreadable::Damaged)?;
    package.drain(..package.len().min(8));
    lock.decrypt(&key, &mut package).ok_or(Unreadable::Damaged)?;
    package.truncate(length);
    if package.starts_with(b"PK") { Ok((package, password)) } else { Err(Unreadable::Damaged) }
}

/// How a package is encrypted.
enum Lock {
    Agile(Box<Agile>),
    Standard(Standard),
}

impl Lock {
    /// The stream `EncryptionInfo`: its version says how the rest is written (§2.3.4.5, §2.3.4.10).
    fn read(info: &[u8]) -> Option<Lock> {
        match info.first_chunk::<4>()? {
            [4, 0, 4, 0] => Agile::read(info.get(8..)?).map(|it| Lock::Agile(Box::new(it))),
            [2..=4, 0, 2, 0] => Standard::read(info.get(8..)?).map(Lock::Standard),
            _ => None,
        }
    }

    fn rounds(&self) -> u32 {
        match self {
            Lock::Agile(it) => it.password.spin,
            Lock::Standard(_) => STANDARD_ROUNDS,
        }
    }

    /// The package's key, where the password is the right one.
    fn key(&self, password: &str) -> Option<Cipher> {
        match self {
            Lock::Agile(it) => it.key(password),
            Lock::Standard(it) => it.key(password),
        }
    }

    fn decrypt(&self, key: &Cipher, package: &mut [u8]) -> Option<()> {
        match self {
            Lock::Agile(it) => {
                for (number, segment) in zip(0_u32.., package.chunks_mut(SEGMENT)) {
                    let iv = it.data.hash.of(&[&it.data.salt, &number.to_le_bytes()]);
                    key.unchain(iv.get(..BLOCK)?, segment);
                }
            }
            Lock::Standard(_) => key.unblock(package),
        }
        Some(())
    }
}

/// Agile encryption: described in XML (§2.3.4.10).
struct Agile {
    data: Parameters,
    password: Parameters,
}

/// `keyData` or `encryptedKey`.
struct Parameters {
    hash: Hash,
    salt: Vec<u8>,
    key_bytes: usize,
    spin: u32,
    verifier_input: Vec<u8>,
    verifier_value: Vec<u8>,
    key_value: Vec<u8>,
}

impl Agile {
    fn read(xml: &[u8]) -> Option<Agile> {
        let xml = std::str::from_utf8(xml).ok()?.trim_end_matches('\0');
        let mut reader = quick_xml::Reader::from_str(xml);
        let (mut data, mut password) = (None, None);
        loop {
            match reader.read_event().ok()? {
                Event::Start(it) | Event::Empty(it) => match it.local_name().into_inner() {
                    "keyData" => data = Parameters::read(&it),
                    "encryptedKey" => password = password.or(Parameters::read(&it)),
                    _ => {}
                },
                Event::Eof => break,
                _ => {}
            }
        }
        Some(Agile { data: data?, password: password? })
    }

    fn key(&self, password: &str) -> Option<Cipher> {
        let it = &self.password;
        let spun = it.hash.spin(&it.salt, password, it.spin);
        let decrypt = |block_key: &[u8], value: &[u8]| {
            let mut key = it.hash.of(&[&spun, block_key]);
            key.resize(it.key_bytes, 0x36);
            let mut value = value.to_vec();
            let mut iv = it.salt.clone();
            iv.resize(BLOCK, 0x36);
            Cipher::new(&key)?.unchain(&iv, &mut value);
            Some(value)
        };
        let input = decrypt(&VERIFIER_INPUT, &it.verifier_input)?;
        let input = input.get(..it.salt.len().min(input.len()))?;
        let expected = it.hash.of(&[input]);
        let told = decrypt(&VERIFIER_VALUE, &it.verifier_value)?;
        if told.get(..expected.len())? != expected {
            return None;
        }
        let key = decrypt(&KEY_VALUE, &it.key_value)?;
        Cipher::new(key.get(..self.data.key_bytes)?)
    }
}

impl Parameters {
    fn read(element: &quick_xml::events::BytesStart<'_>) -> Option<Parameters> {
        let value = |name: &str| -> Option<String> {
            let found = element.try_get_attribute(name).ok()??;
            Some(found.normalized_value(XmlVersion::Implicit1_0).ok()?.into_owned())
        };
        let decoded = |name: &str| base64(value(name).unwrap_or_default().as_bytes());
        if value("cipherAlgorithm")? != "AES" || value("cipherChaining")? != "ChainingModeCBC" {
            return None;
        }
        let salt = decoded("saltValue");
        Some(Parameters {
            hash: Hash::named(&value("hashAlgorithm")?)?,
            key_bytes: value("keyBits")?.parse::<usize>().ok()? / 8,
            spin: value("spinCount").map_or(Some(0), |it| it.parse().ok())?,
            verifier_input: decoded("encryptedVerifierHashInput"),
            verifier_value: decoded("encryptedVerifierHashValue"),
            key_value: decoded("encryptedKeyValue"),
            salt: if (1..=64).contains(&salt.len()) { salt } else { return None },
        })
    }
}

/// Standard encryption: AES and SHA-1 (§2.3.4.5 to §2.3.4.9).
struct Standard {
    key_bytes: usize,
    salt: Vec<u8>,
    verifier: Vec<u8>,
    verifier_hash: Vec<u8>,
}

impl Standard {
    fn read(bytes: &[u8]) -> Option<Standard> {
        let (header, rest) = bytes.get(4..)?.split_at_checked(usize::try_from(word(bytes, 0)?).ok()?)?;
        // AlgID: AES of 128, 192 or 256 bits (§2.3.2)
        let key_bytes = match word(header, 8)? {
            0x660E => 16,
            0x660F => 24,
            0x6610 => 32,
            _ => return None,
        };
        Some(Standard {
            key_bytes,
            salt: rest.get(4..20)?.to_vec(),
            verifier: rest.get(20..36)?.to_vec(),
            verifier_hash: rest.get(40..72)?.to_vec(),
        })
    }

    fn key(&self, password: &str) -> Option<Cipher> {
        let spun = Hash::Sha1.spin(&self.salt, password, STANDARD_ROUNDS);
        let last = Hash::Sha1.of(&[&spun, &0_u32.to_le_bytes()]);
        let derived = |filler: u8| {
            let mut block = [filler; 64];
            zip(block.iter_mut(), &last).for_each(|(byte, it)| *byte ^= it);
            Hash::Sha1.of(&[&block])
        };
        let key = [derived(0x36), derived(0x5C)].concat();
        let cipher = Cipher::new(key.get(..self.key_bytes)?)?;
        let (mut verifier, mut told) = (self.verifier.clone(), self.verifier_hash.clone());
        cipher.unblock(&mut verifier);
        cipher.unblock(&mut told);
        (told.get(..20)? == Hash::Sha1.of(&[&verifier])).then_some(cipher)
    }
}

/// The hashes that Office and LibreOffice write.
#[derive(Clone, Copy)]
enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    fn named(name: &str) -> Option<Hash> {
        match name {
            "SHA1" | "SHA-1" => Some(Hash::Sha1),
            "SHA256" | "SHA-256" => Some(Hash::Sha256),
            "SHA384" | "SHA-384" => Some(Hash::Sha384),
            "SHA512" | "SHA-512" => Some(Hash::Sha512),
            _ => None,
        }
    }

    fn of(self, pieces: &[&[u8]]) -> Vec<u8> {
        match self {
            Hash::Sha1 => digest::<Sha1>(pieces),
            Hash::Sha256 => digest::<Sha256>(pieces),
            Hash::Sha384 => digest::<Sha384>(pieces),
            Hash::Sha512 => digest::<Sha512>(pieces),
        }
    }

    /// Salt and password, hashed over and over (§2.3.4.11).
    fn spin(self, salt: &[u8], password: &str, rounds: u32) -> Vec<u8> {
        match self {
            Hash::Sha1 => spin::<Sha1>(salt, password, rounds),
            Hash::Sha256 => spin::<Sha256>(salt, password, rounds),
            Hash::Sha384 => spin::<Sha384>(salt, password, rounds),
            Hash::Sha512 => spin::<Sha512>(salt, password, rounds),
        }
    }
}

fn digest<D: Digest>(pieces: &[&[u8]]) -> Vec<u8> {
    let mut hasher = D::new();
    pieces.iter().for_each(|it| hasher.update(it));
    hasher.finalize().to_vec()
}

fn spin<D: Digest>(salt: &[u8], password: &str, rounds: u32) -> Vec<u8> {
    let password: Vec<u8> = password.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut last = D::new().chain_update(salt).chain_update(password).finalize();
    for round in 0..rounds {
        last = D::new().chain_update(round.to_le_bytes()).chain_update(&last).finalize();
    }
    last.to_vec()
}

/// AES with one of its three lengths of key.
enum Cipher {
    Aes128(Box<Aes128>),
    Aes192(Box<Aes192>),
    Aes256(Box<Aes256>),
}

impl Cipher {
    fn new(key: &[u8]) -> Option<Cipher> {
        match key.len() {
            16 => Some(Cipher::Aes128(Box::new(Aes128::new_from_slice(key).ok()?))),
            24 => Some(Cipher::Aes192(Box::new(Aes192::new_from_slice(key).ok()?))),
            32 => Some(Cipher::Aes256(Box::new(Aes256::new_from_slice(key).ok()?))),
            _ => None,
        }
    }

    fn block(&self, block: &mut [u8; BLOCK]) {
        let block = Array::cast_slice_from_core_mut(std::slice::from_mut(block));
        match self {
            Cipher::Aes128(it) => it.decrypt_blocks(block),
            Cipher::Aes192(it) => it.decrypt_blocks(block),
            Cipher::Aes256(it) => it.decrypt_blocks(block),
        }
    }

    /// ECB; an odd end is left alone.
    fn unblock(&self, bytes: &mut [u8]) {
        bytes.as_chunks_mut::<BLOCK>().0.iter_mut().for_each(|it| self.block(it));
    }

    /// CBC, likewise.
    fn unchain(&self, iv: &[u8], bytes: &mut [u8]) {
        let mut before = [0; BLOCK];
        zip(before.iter_mut(), iv).for_each(|(byte, it)| *byte = *it);
        for it in bytes.as_chunks_mut::<BLOCK>().0 {
            let sealed = *it;
            self.block(it);
            zip(it.iter_mut(), before).for_each(|(byte, it)| *byte ^= it);
            before = sealed;
        }
    }
}
