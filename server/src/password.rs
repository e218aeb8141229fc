//! Passwords: argon2id, on a bounded pool.

mod guesses;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use domain::{Code, Problem};
use std::sync::Arc;
use std::time::Duration;
use storage::Entropy;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The fewest characters of a password (NIST SP 800-63B-4 3.1.1.2 asks for eight beside a second factor).
pub const MIN_CHARS: usize = 10;
/// The most: enough for any passphrase, little enough that hashing takes no longer.
pub const MAX_CHARS: usize = 200;

/// OWASP's password storage cheat sheet: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// How long a call waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many calls wait for their turn; who comes then is told to come back.
const WAITING: usize = 128;

/// Hashes and verifies passwords, as many at a time as half of the machine has cores: a flood of sign-ins leaves the
/// other half to everything else. Cheap to clone.
#[derive(Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    room: Arc<Semaphore>,
    entropy: Entropy,
    unknown: Arc<str>,
}

/// What guessers know of a person before they begin. What is not known is empty.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// Their address.
    pub email: &'a str,
    /// Their name.
    pub name: &'a str,
    /// Their store's name.
    pub store: &'a str,
}

/// The leave to hash. While it is held, one guess less can be under way.
pub struct Turn {
    permit: Arc<OwnedSemaphorePermit>,
    unknown: Arc<str>,
}

impl Passwords {
    /// A pool that takes its salts from `entropy`.
    pub fn new(entropy: Entropy) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let unknown = hash(b"nobody has this password", entropy.bytes());
        Self {
            turns: Arc::new(Semaphore::new((cores / 2).max(1))),
            room: Arc::new(Semaphore::new(WAITING)),
            entropy,
            unknown: unknown.into(),
        }
    }

    /// The password as an argon2id PHC string, if the person of whom this is known may choose it.
    ///
    /// # Errors
    /// `invalid_fields` (`password`) when it is too short, too long or soon guessed; `unavailable` when too many wait.
    pub async fn hash(&self, password: String, known: Known<'_>) -> Result<String, Problem> {
        check(&password, known.email)?;
        let (salt, words) = (self.entropy.bytes(), guesses::words(known));
        self.in_turn(move || -> Result<String, Problem> {
            guesses::check(&password, &words)?;
            Ok(hash(password.as_bytes(), salt))
        })
        .await?
    }

    /// Whether the password is the one that was hashed. Without a hash it takes as long and is wrong, so that
    /// the time doesn't tell which addresses exist.
    ///
    /// # Errors
    /// `unavailable` when too many wait.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, Problem> {
        self.turn().await?.verify(password, hash).await
    }

    /// Waits for the leave to hash. Who asks whether a guess is allowed at all asks while holding it: guesses made
    /// at the same moment come one after the other then.
    ///
    /// # Errors
    /// `unavailable` when too many wait.
    pub async fn turn(&self) -> Result<Turn, Problem> {
        let _room = self.room.try_acquire().map_err(|_| busy())?;
        let permit = tokio::time::timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned())
            .await
            .map_err(|_| busy())?
            .expect("the semaphore is never closed");
        Ok(Turn {
            permit: Arc::new(permit),
            unknown: Arc::clone(&self.unknown),
        })
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        self.turn().await?.work(work).await
    }
}

impl Turn {
    /// As [`Passwords::verify`].
    ///
    /// # Errors
    /// `unavailable` when the process ends.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, Problem> {
        if password.chars().count() > MAX_CHARS {
            return Ok(false);
        }
        let is_known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.unknown.as_ref().to_owned());
        let is_right = self
            .work(move || {
                PasswordHash::new(&hash)
                    .is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok())
            })
            .await?;
        Ok(is_right && is_known)
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        // The work goes on when whoever asked goes away: the turn is given back when it is done.
        let permit = Arc::clone(&self.permit);
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        })
        .await
        .map_err(|_| busy())
    }
}

/// Whether a password may be chosen by the person with this address, as far as can be told in no time;
/// [`Passwords::hash`] tells the rest.
///
/// # Errors
/// `invalid_fields` (`password`): too short, too long, the address itself, or among the first that are tried.
pub fn check(password: &str, email: &str) -> Result<(), Problem> {
    let length = password.chars().count();
    if length < MIN_CHARS {
        return Err(Problem::field(
            "password",
            "too_short",
            format!("at least {MIN_CHARS} characters, these are {length}"),
        ));
    }
    if length > MAX_CHARS {
        return Err(Problem::field(
            "password",
            "too_long",
            format!("at most {MAX_CHARS} characters, these are {length}"),
        ));
    }
    if is_guessed_first(password) {
        return Err(Problem::field(
            "password",
            "common",
            "this is among the first that are tried; choose another password",
        ));
    }
    if password.trim().eq_ignore_ascii_case(email.trim()) {
        return Err(Problem::field(
            "password",
            "contradiction",
            "the address itself is the first that is tried; choose another password",
        ));
    }
    Ok(())
}

/// Whether guessers begin with it: one letter or a row of the keyboard, or a common word with a few more characters,
/// signs between its letters included, which the lists of [`guesses`] don't see through.
fn is_guessed_first(password: &str) -> bool {
    const ROWS: [&str; 6] = [
        "abcdefghijklmnopqrstuvwxyz",
        "01234567890123456789",
        "qwertyuiopasdfghjklzxcvbnm",
        "qwertzuiopasdfghjklyxcvbnm",
        "azertyuiopqsdfghjklmwxcvbn",
        "1q2w3e4r5t6y7u8i9o0p",
    ];
    const WORDS: [&str; 16] = [
        "password",
        "passw0rd",
        "passwort",
        "letmein",
        "welcome",
        "iloveyou",
        "qwerty",
        "admin",
        "administrator",
        "changeme",
        "storetrail",
        "football",
        "baseball",
        "superman",
        "princess",
        "trustno1",
    ];
    let folded: String = password
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    let distinct = folded
        .chars()
        .collect::<std::collections::BTreeSet<_>>()
        .len();
    let backwards: String = folded.chars().rev().collect();
    let is_row = |text: &str| text.len() >= 6 && ROWS.iter().any(|row| row.contains(text));
    let plain = folded
        .replace('@', "a")
        .replace('0', "o")
        .replace('1', "i")
        .replace('3', "e");
    let left = WORDS.iter().fold(plain.clone(), |left, word| {
        left.replace(&word.replace('0', "o").replace('1', "i"), "")
    });
    let is_words = left.len() != plain.len()
        && left.chars().count() <= 4
        && left.chars().all(|c| c.is_numeric() || "oei".contains(c));
    distinct <= 3 || is_row(&folded) || is_row(&backwards) || is_words
}

fn busy() -> Problem {
    Problem::new(
        Code::Unavailable,
        "too many people are signing in at this moment; try again in a minute",
    )
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the parameters are in range");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(password: &[u8], salt: [u8; 16]) -> String {
    argon2()
        .hash_password_with_salt(password, &salt)
        .expect("a salt of 16 bytes and the default output length are valid")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passwords() -> Passwords {
        Passwords::new(Entropy::new(|bytes| bytes.fill(7)))
    }

    #[tokio::test]
    async fn a_password_is_known_again_and_another_is_not() {
        let passwords = passwords();
        let hash = passwords
            .hash("correct horse".to_owned(), Known::default())
            .await
            .unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        let is_right = |text: &str| passwords.verify(text.to_owned(), Some(hash.clone()));
        assert!(is_right("correct horse").await.unwrap());
        assert!(!is_right("correct horsf").await.unwrap());
    }

    #[tokio::test]
    async fn what_is_soon_guessed_is_not_hashed() {
        let passwords = passwords();
        let known = Known {
            email: "sara@maisonnoor.example",
            name: "Kwame Mensah",
            store: "Linen House",
        };
        for (guessed, known, cause) in [
            ("Liverpool1992", Known::default(), "common"),
            ("maisonnoor12", known, "guessable"),
            ("kwame-mensah-1", known, "name"),
            ("linen-house-2026", known, "name"),
        ] {
            let hashed = passwords.hash(guessed.to_owned(), known).await;
            assert_eq!(hashed.unwrap_err().fields[0].code, cause, "{guessed}");
        }
    }

    #[tokio::test]
    async fn nobody_signs_in_without_a_hash() {
        let text = "nobody has this password".to_owned();
        assert!(!passwords().verify(text, None).await.unwrap());
    }

    #[test]
    fn short_passwords_and_the_address_itself_are_refused() {
        assert!(check("ninechars", "").is_err());
        assert!(check("ten chars!", "").is_ok());
        assert!(check("Sara@Store.example", "sara@store.example").is_err());
        assert!(check(&"x".repeat(MAX_CHARS + 1), "").is_err());
    }

    #[test]
    fn what_guessers_try_first_is_refused() {
        for guessed in [
            "aaaaaaaaaaaa",
            "1234567890",
            "0987654321",
            "qwertyuiop",
            "Password123",
            "P-a-s-s-w-0-r-d-2024",
            "welcome2026!!",
            "abababababab",
            "adminadmin",
        ] {
            let problem = check(guessed, "").unwrap_err();
            assert_eq!(problem.fields[0].code, "common", "{guessed}");
        }
        for own in [
            "linen-and-wool",
            "correct horse",
            "كلمة سر طويلة",
            "my password is a dog",
        ] {
            assert!(check(own, "").is_ok(), "{own}");
        }
    }

    #[tokio::test]
    async fn who_comes_when_too_many_wait_is_told_so_at_once() {
        let passwords = passwords();
        let mut held = Vec::new();
        while passwords.turns.available_permits() > 0 {
            held.push(passwords.turn().await.unwrap());
        }
        let _room = passwords
            .room
            .acquire_many(u32::try_from(WAITING).unwrap())
            .await
            .unwrap();
        let problem = passwords.turn().await.err().unwrap();
        assert_eq!(problem.code, Code::Unavailable);
    }
}
