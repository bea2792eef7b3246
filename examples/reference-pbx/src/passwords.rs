//! Passwords of telephones: what digest needs of them, hashed, in a file beside the messages.
//!
//! One line for each user and algorithm, `user:realm:algorithm:hash`. The hash is as good as the
//! password for this realm, so the file is readable by its owner only.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use centrala_ua::{Algorithm, Ha1};

/// The realm that telephones are asked to authenticate for.
pub const REALM: &str = "centrala";

/// The shortest password that [`Passwords::set`] takes.
pub const MIN_PASSWORD_LEN: usize = 8;

/// The longest user name.
pub const MAX_USER_LEN: usize = 128;

/// The longest line that is read.
const MAX_LINE_LEN: usize = 512;

/// The hashed passwords of an office.
#[derive(Clone, Debug, Default)]
pub struct Passwords {
    by_user: BTreeMap<String, Vec<Ha1>>,
}

impl Passwords {
    /// Reads the file; a file that does not exist holds no passwords.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or a line is not what [`save`](Self::save) writes.
    pub fn load(path: &Path) -> Result<Self, LoadPasswordsError> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(source) => return Err(LoadPasswordsError::Read { path: path.into(), source }),
        };
        let mut passwords = Self::default();
        for (line, content) in text.lines().enumerate() {
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            let (user, ha1) = parse_line(content)
                .ok_or_else(|| LoadPasswordsError::Line { path: path.into(), line: line + 1 })?;
            passwords.by_user.entry(user).or_default().push(ha1);
        }
        Ok(passwords)
    }

    /// Sets the password of `user`.
    ///
    /// # Errors
    ///
    /// If the password is shorter than [`MIN_PASSWORD_LEN`] or equals the user, or the user's name
    /// cannot be written down.
    pub fn set(&mut self, user: &str, password: &str) -> Result<(), WeakPasswordError> {
        let unusual = |c: char| c == ':' || c.is_control();
        if user.is_empty()
            || user.len() > MAX_USER_LEN
            || user.starts_with('#')
            || user.contains(unusual)
        {
            return Err(WeakPasswordError::BadUser);
        }
        if password.chars().count() < MIN_PASSWORD_LEN {
            return Err(WeakPasswordError::TooShort);
        }
        if password.eq_ignore_ascii_case(user) {
            return Err(WeakPasswordError::EqualsUser);
        }
        let hashed = [Algorithm::Md5, Algorithm::Sha256]
            .map(|algorithm| Ha1::new(algorithm, user, REALM, password));
        self.by_user.insert(user.to_owned(), hashed.into());
        Ok(())
    }

    /// Returns the users and what their passwords are kept as.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[Ha1])> {
        self.by_user.iter().map(|(user, hashed)| (user.as_str(), hashed.as_slice()))
    }

    /// Returns whether `user` has a password.
    #[must_use]
    pub fn contains(&self, user: &str) -> bool {
        self.by_user.contains_key(user)
    }

    /// Writes the file: whole or not at all, for its owner only.
    ///
    /// # Errors
    ///
    /// If it cannot be written. The old file is then still there.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let mut text = String::from("# Hashed passwords. Keep this file to yourself.\n");
        for (user, hashed) in &self.by_user {
            for ha1 in hashed {
                let line = [user, REALM, ha1.algorithm().token(), ha1.to_hex()].join(":");
                text.push_str(&line);
                text.push('\n');
            }
        }
        let temporary = path.with_extension("new");
        let mut file = create_private(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    }
}

fn parse_line(line: &str) -> Option<(String, Ha1)> {
    if line.len() > MAX_LINE_LEN {
        return None;
    }
    let mut fields = line.split(':');
    let (user, realm) = (fields.next()?, fields.next()?);
    let algorithm = Algorithm::from_token(fields.next()?)?;
    let ha1 = Ha1::from_hex(algorithm, fields.next()?).ok()?;
    let complete = !user.is_empty() && realm == REALM && fields.next().is_none();
    complete.then(|| (user.to_owned(), ha1))
}

fn create_private(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Why the passwords could not be read.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum LoadPasswordsError {
    /// The file cannot be read.
    #[error("cannot read the passwords in {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line is not `user:centrala:algorithm:hash`.
    #[error(
        "{}:{line}: not user:{REALM}:algorithm:hash; set this password again with `centrala passwd`",
        path.display()
    )]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
}

/// Why a password was refused.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakPasswordError {
    /// Too short.
    #[error("a password has at least {MIN_PASSWORD_LEN} characters")]
    TooShort,
    /// A user name that cannot be written down.
    #[error("a user name has 1 to {MAX_USER_LEN} octets, no colon, and no # at its beginning: 101")]
    BadUser,
    /// The user's name.
    #[error("a password must not equal the user's name")]
    EqualsUser,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_password_is_read_back_and_only_its_owner_may_read_it() {
        let folder =
            std::env::temp_dir().join(format!("centrala-passwords-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("passwords");
        let mut passwords = Passwords::load(&path).unwrap();
        passwords.set("101", "correct horse").unwrap();
        passwords.save(&path).unwrap();
        let read = Passwords::load(&path).unwrap();
        let hashed: Vec<_> = read.iter().flat_map(|(_, hashed)| hashed).map(Ha1::to_hex).collect();
        let expected = Ha1::new(Algorithm::Md5, "101", REALM, "correct horse");
        assert!(read.contains("101") && hashed.contains(&expected.to_hex()));
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains("correct horse"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::write(&path, format!("{text}nonsense\n")).unwrap();
        let error = Passwords::load(&path).unwrap_err();
        assert!(matches!(error, LoadPasswordsError::Line { line: 4, .. }), "{error}");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_weak_password_is_refused() {
        let mut passwords = Passwords::default();
        assert_eq!(passwords.set("101", "1234567"), Err(WeakPasswordError::TooShort));
        assert_eq!(passwords.set("reception", "Reception"), Err(WeakPasswordError::EqualsUser));
        for user in ["", "sip:101", "#1", "a\nb"] {
            assert_eq!(passwords.set(user, "correct horse"), Err(WeakPasswordError::BadUser));
        }
        assert_eq!(passwords.iter().count(), 0);
    }
}
